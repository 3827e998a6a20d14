/** What an API server acknowledged, to be compared with what it has after it was killed. */

/** The counter of an object; `undefined` for a missing object. */
export type Content = number | undefined;

/** An object or its absence, and the oldest version at which that is known to hold. */
export interface Known {
  readonly content: Content;
  readonly revision: number;
}

/** What was found after a restart. */
export interface Found {
  /** `resourceVersion` of the list. */
  readonly revision: number;
  /** The objects that are there, by name. */
  readonly objects: ReadonlyMap<string, Known>;
}

/** Each object has one writer, with one write under way at most. */
export class Ledger {
  readonly #known = new Map<string, Known>();
  readonly #pending = new Map<string, Content>();
  #newestRevision = 0;
  #acknowledged = 0;
  #unanswered = 0;

  /** Writes that were answered so far. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Writes that were under way when a server was killed. */
  get unanswered(): number {
    return this.#unanswered;
  }

  /** The knowledge of an object. */
  known(name: string): Known {
    return this.#known.get(name) ?? { content: undefined, revision: 0 };
  }

  /** A write is sent. */
  begin(name: string, content: Content): void {
    this.#pending.set(name, content);
  }

  /**
   * The write that is under way was acknowledged.
   *
   * @param revision Absent for a deletion: its answer does not tell.
   */
  acknowledge(name: string, revision = this.known(name).revision): void {
    this.#acknowledged++;
    this.#keep(name, { content: this.#pending.get(name), revision });
    this.#pending.delete(name);
  }

  /** A watch showed an object: it may not be lost, whether the write was answered or not. */
  show(name: string, { content, revision }: Known): void {
    this.#newestRevision = Math.max(this.#newestRevision, revision);
    const isPending = this.#pending.has(name) && this.#pending.get(name) === content;
    if (isPending && revision > this.known(name).revision) this.#keep(name, { content, revision });
  }

  /**
   * Compares after a restart, and goes on from the found state.
   *
   * @returns A sentence for each thing that is wrong.
   */
  settle({ revision, objects }: Found): string[] {
    const problems: string[] = [];
    if (revision < this.#newestRevision) {
      problems.push(`resourceVersion went back from ${this.#newestRevision} to ${revision}`);
    }
    for (
      const name of new Set([...this.#known.keys(), ...this.#pending.keys(), ...objects.keys()])
    ) {
      const found = objects.get(name)?.content;
      const allowed = [this.known(name).content];
      if (this.#pending.has(name)) allowed.push(this.#pending.get(name));
      if (!allowed.includes(found)) {
        problems.push(`${name} is ${found}, should be ${allowed.join(" or ")}`);
      }
      this.#known.set(name, objects.get(name) ?? { content: undefined, revision });
    }
    this.#unanswered += this.#pending.size;
    this.#pending.clear();
    this.#newestRevision = Math.max(this.#newestRevision, revision);
    return problems;
  }

  #keep(name: string, known: Known): void {
    this.#known.set(name, known);
    this.#newestRevision = Math.max(this.#newestRevision, known.revision);
  }
}
