/** The objects of a cache with their indexes; knows nothing of how they get there. */

/** Names the values under which an object is found. */
export type IndexFunctions<T> = Readonly<Record<string, (value: T) => readonly string[]>>;

interface Entry<T> {
  readonly value: T;
  /** What the index functions gave, so that it can be undone. */
  readonly indexed: ReadonlyMap<string, readonly string[]>;
}

/** Values by key, found by index values as well. */
export class IndexedStore<T> {
  readonly #entries = new Map<string, Entry<T>>();
  /** Index name to index value to keys. */
  readonly #indexes = new Map<string, Map<string, Set<string>>>();
  readonly #functions: IndexFunctions<T>;

  constructor(functions: IndexFunctions<T> = {}) {
    this.#functions = functions;
    for (const name of Object.keys(functions)) this.#indexes.set(name, new Map());
  }

  get(key: string): T | undefined {
    return this.#entries.get(key)?.value;
  }

  list(): readonly T[] {
    return Array.from(this.#entries.values(), (entry) => entry.value);
  }

  /** @throws {Error} when there is no index of this name: a bug. */
  byIndex(index: string, value: string): readonly T[] {
    const keys = this.#index(index).get(value) ?? [];
    return Array.from(keys, (key) => this.get(key)).filter((found) => found !== undefined);
  }

  /** @returns What the store held before. */
  set(key: string, value: T): T | undefined {
    const indexed = new Map(
      Object.entries(this.#functions).map(([name, valuesOf]) => [name, valuesOf(value)]),
    );
    const before = this.delete(key);
    this.#entries.set(key, { value, indexed });
    for (const [name, values] of indexed) {
      for (const indexValue of values) this.#keysAt(name, indexValue).add(key);
    }
    return before;
  }

  /** @returns What the store held before. */
  delete(key: string): T | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    for (const [name, values] of entry.indexed) {
      for (const indexValue of values) this.#removeAt(name, indexValue, key);
    }
    return entry.value;
  }

  #index(name: string): Map<string, Set<string>> {
    const index = this.#indexes.get(name);
    if (index === undefined) throw new Error(`there is no index "${name}"`);
    return index;
  }

  #keysAt(name: string, indexValue: string): Set<string> {
    const index = this.#index(name);
    const keys = index.get(indexValue) ?? new Set<string>();
    index.set(indexValue, keys);
    return keys;
  }

  #removeAt(name: string, indexValue: string, key: string): void {
    const index = this.#index(name);
    const keys = index.get(indexValue);
    keys?.delete(key);
    // Empty sets would pile up with every value that ever was.
    if (keys?.size === 0) index.delete(indexValue);
  }
}
