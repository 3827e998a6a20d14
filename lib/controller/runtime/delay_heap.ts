/** Keys that are due later, the earliest at hand. */

interface Delayed {
  readonly key: string;
  readonly dueMs: number;
}

/** A binary heap of keys by the time when they are due; each key is in it with its earliest time. */
export class DelayHeap {
  readonly #heap: Delayed[] = [];
  /** The time that counts for each key; entries of the heap that say otherwise are outdated. */
  readonly #dueMs = new Map<string, number>();

  /** Keys that are not due yet. */
  get size(): number {
    return this.#dueMs.size;
  }

  /** When the earliest key is due; `undefined` when there is none. */
  get nextDueMs(): number | undefined {
    this.#dropOutdated();
    return this.#heap[0]?.dueMs;
  }

  /** Adds a key, or moves it to an earlier time. */
  push(key: string, dueMs: number): void {
    if (dueMs >= (this.#dueMs.get(key) ?? Infinity)) return;
    this.#dueMs.set(key, dueMs);
    this.#siftUp({ key, dueMs });
  }

  /** Takes out what is due, the earliest first. */
  takeDue(nowMs: number): readonly string[] {
    const due: string[] = [];
    for (let nextMs = this.nextDueMs; nextMs !== undefined && nextMs <= nowMs;) {
      const { key } = this.#pop();
      this.#dueMs.delete(key);
      due.push(key);
      nextMs = this.nextDueMs;
    }
    return due;
  }

  #dropOutdated(): void {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      if (this.#dueMs.get(top.key) === top.dueMs) return;
      this.#pop();
    }
  }

  #pop(): Delayed {
    const top = this.#heap[0];
    const last = this.#heap.pop();
    if (top === undefined || last === undefined) throw new Error("the heap is empty");
    if (this.#heap.length > 0) this.#siftDown(last);
    return top;
  }

  #siftUp(entry: Delayed): void {
    let index = this.#heap.length;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = this.#at(parentIndex);
      if (parent.dueMs <= entry.dueMs) break;
      this.#heap[index] = parent;
      index = parentIndex;
    }
    this.#heap[index] = entry;
  }

  /** Puts an entry at the root and lets it sink to its place. */
  #siftDown(entry: Delayed): void {
    let index = 0;
    for (;;) {
      let childIndex = 2 * index + 1;
      if (childIndex >= this.#heap.length) break;
      const rightIndex = childIndex + 1;
      if (
        rightIndex < this.#heap.length && this.#at(rightIndex).dueMs < this.#at(childIndex).dueMs
      ) childIndex = rightIndex;
      const child = this.#at(childIndex);
      if (entry.dueMs <= child.dueMs) break;
      this.#heap[index] = child;
      index = childIndex;
    }
    this.#heap[index] = entry;
  }

  #at(index: number): Delayed {
    const entry = this.#heap[index];
    if (entry === undefined) throw new Error(`the heap has no entry ${index}`);
    return entry;
  }
}
