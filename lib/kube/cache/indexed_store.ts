/** The objects of a cache with their indexes; knows nothing of how they get there. */

/** Names the values under which an object is found; always the same ones for the same object. */
export type IndexFunctions<T> = Readonly<Record<string, (value: T) => readonly string[]>>;

/** Values by key, found by index values as well. */
export class IndexedStore<T> {
  readonly #values = new Map<string, T>();
  /** Index name to index value to keys. A set of one key takes as much memory as many keys. */
  readonly #indexes = new Map<string, Map<string, string | Set<string>>>();
  readonly #functions: IndexFunctions<T>;

  constructor(functions: IndexFunctions<T> = {}) {
    this.#functions = functions;
    for (const name of Object.keys(functions)) this.#indexes.set(name, new Map());
  }

  get(key: string): T | undefined {
    return this.#values.get(key);
  }

  list(): readonly T[] {
    return [...this.#values.values()];
  }

  /** @throws {Error} when there is no index of this name: a bug. */
  byIndex(index: string, value: string): readonly T[] {
    const keys = this.#index(index).get(value);
    if (keys === undefined) return [];
    const list = typeof keys === "string" ? [keys] : [...keys];
    return list.map((key) => this.get(key)).filter((found) => found !== undefined);
  }

  /** @returns What the store held before. */
  set(key: string, value: T): T | undefined {
    // First of all, so that a function that throws leaves nothing half done.
    const indexed = this.#indexValuesOf(value);
    const before = this.delete(key);
    this.#values.set(key, value);
    for (const [name, indexValue] of indexed) this.#addAt(name, indexValue, key);
    return before;
  }

  /** @returns What the store held before. */
  delete(key: string): T | undefined {
    const value = this.#values.get(key);
    if (value === undefined) return undefined;
    this.#values.delete(key);
    for (const [name, indexValue] of this.#indexValuesOf(value)) {
      this.#removeAt(name, indexValue, key);
    }
    return value;
  }

  /** Pairs of an index and a value in it. Not kept: they were a tenth of the cache. */
  #indexValuesOf(value: T): readonly (readonly [string, string])[] {
    return Object.entries(this.#functions).flatMap(([name, valuesOf]) =>
      valuesOf(value).map((indexValue) => [name, indexValue] as const)
    );
  }

  #index(name: string): Map<string, string | Set<string>> {
    const index = this.#indexes.get(name);
    if (index === undefined) throw new Error(`there is no index "${name}"`);
    return index;
  }

  #addAt(name: string, indexValue: string, key: string): void {
    const index = this.#index(name);
    const keys = index.get(indexValue);
    if (keys === undefined) index.set(indexValue, key);
    else if (typeof keys !== "string") keys.add(key);
    else if (keys !== key) index.set(indexValue, new Set([keys, key]));
  }

  #removeAt(name: string, indexValue: string, key: string): void {
    const index = this.#index(name);
    const keys = index.get(indexValue);
    if (typeof keys === "object") keys.delete(key);
    // Empty sets would pile up with every value that ever was.
    if (keys === key || typeof keys === "object" && keys.size === 0) index.delete(indexValue);
  }
}
