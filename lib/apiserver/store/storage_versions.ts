/** Tells whether anything in a storage may have changed since it was read. */

/** Counts writes by storage. One that is undone counts for all, because nobody knows what it was. */
export class StorageVersions {
  readonly #writes = new Map<string, number>();
  #undone = 0;

  /** Something was written or removed. */
  note(storage: string): void {
    this.#writes.set(storage, (this.#writes.get(storage) ?? 0) + 1);
  }

  /** What was noted last may not have happened. */
  undo(): void {
    this.#undone++;
  }

  /** A number that is another one after each change. */
  of(storage: string): number {
    return (this.#writes.get(storage) ?? 0) + this.#undone;
  }
}
