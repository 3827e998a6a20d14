/**
 * A map in a status as it is sent: an object of texts. With 30,000 entries a copy costs more than
 * writing it as text, so it is edited in place.
 */

import { makeTextMap } from "../../../api/text_map.ts";

/** What changes in a map: the new text of a key, or `undefined` where it goes. */
export type MapChanges = ReadonlyMap<string, string | undefined>;

/** Quotes, colon and comma around an entry. */
const PUNCTUATION_CHARS = 6;

/** A map as it was committed. */
export class PlainMap {
  readonly #stored: Readonly<Record<string, string>> | undefined;
  #own: Record<string, string> | undefined;
  #size = 0;
  #charCount = 0;
  #commits = 0;

  /** @param stored As the server sent it; not modified. */
  constructor(stored: Readonly<Record<string, string>> | undefined) {
    this.#stored = stored;
    for (const key of Object.keys(stored ?? {})) this.#count(key, stored![key], 1);
  }

  get size(): number {
    return this.#size;
  }

  /** Characters that its entries take in JSON, all of which are ASCII. */
  get charCount(): number {
    return this.#charCount;
  }

  get(key: string): string | undefined {
    const map = this.#own ?? this.#stored;
    return map !== undefined && Object.hasOwn(map, key) ? map[key] : undefined;
  }

  /** All entries. */
  all(): Readonly<Record<string, string>> {
    return this.#own ?? this.#stored ?? {};
  }

  /** How many entries there are after the changes. */
  sizeAfter(changes: MapChanges): number {
    let size = this.#size;
    for (const [key, value] of changes) {
      size += Number(value !== undefined) - Number(this.get(key) !== undefined);
    }
    return size;
  }

  /** {@link charCount} after the changes. */
  charCountAfter(changes: MapChanges): number {
    let count = this.#charCount;
    for (const [key, value] of changes) {
      count += charCountOf(key, value) - charCountOf(key, this.get(key));
    }
    return count;
  }

  /** The object that is lent and edited: always the same one. */
  edited(): Readonly<Record<string, string>> {
    this.#own ??= makeTextMap(this.#stored);
    return this.#own;
  }

  /** Lets {@link edited} have the changes while `use` runs: long enough to make a text of it. */
  lend<T>(changes: MapChanges, use: () => T): T {
    const before = new Map<string, string | undefined>();
    for (const key of changes.keys()) before.set(key, this.get(key));
    const commits = this.#commits;
    if (changes.size > 0) this.#put(changes);
    try {
      return use();
    } finally {
      // Unless they were committed meanwhile.
      if (changes.size > 0 && this.#commits === commits) this.#put(before);
    }
  }

  /** Makes changes for good: they were committed. */
  apply(changes: MapChanges): void {
    for (const [key, value] of changes) {
      this.#count(key, this.get(key), -1);
      this.#count(key, value, 1);
    }
    this.#commits++;
    if (changes.size > 0) this.#put(changes);
  }

  #put(changes: MapChanges): void {
    this.edited();
    const map = this.#own!;
    for (const [key, value] of changes) {
      if (value === undefined) delete map[key];
      else map[key] = value;
    }
  }

  #count(key: string, value: string | undefined, sign: 1 | -1): void {
    if (value === undefined) return;
    this.#size += sign;
    this.#charCount += sign * charCountOf(key, value);
  }
}

function charCountOf(key: string, value: string | undefined): number {
  return value === undefined ? 0 : key.length + value.length + PUNCTUATION_CHARS;
}
