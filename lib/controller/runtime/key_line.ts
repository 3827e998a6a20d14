/** Keys in order of arrival, any of which can leave early. */

/** A line in which each key stands once. */
export class KeyLine {
  readonly #keys = new Set<string>();
  /** Sets keep the order of insertion, and their iterators go on to what is added later. */
  #next = this.#keys.values();

  get size(): number {
    return this.#keys.size;
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** Puts a key that is not in the line at its end. */
  add(key: string): void {
    this.#keys.add(key);
  }

  /** @returns Whether the key was in the line. */
  delete(key: string): boolean {
    return this.#keys.delete(key);
  }

  /** Takes the key that came first; `undefined` when the line is empty. */
  take(): string | undefined {
    // An iterator that came to its end stays there: the next keys need a new one. A new one for each
    // key would pass the room of all those taken before it.
    if (this.#keys.size === 0) return undefined;
    let { value, done } = this.#next.next();
    if (done) {
      this.#next = this.#keys.values();
      ({ value } = this.#next.next());
    }
    if (value !== undefined) this.#keys.delete(value);
    return value;
  }
}
