/** Keeps texts that many objects have in common once. */

import type { JsonObject } from "../../base/json.ts";

/** Texts of one generation. */
const GENERATION_TEXTS = 2048;

/** What is longer is hardly ever the same twice. */
const TEXT_CHARS_MAX = 128;

/** Larger objects are records of their own, and what nests deeper is nothing that repeats. */
const MEMBERS_MAX = 64;
const LEVELS_MAX = 8;

/**
 * A reader of JSON makes a text anew wherever it stands: objects of one kind have most of theirs, such as
 * names of kinds, reasons and times, in common with each other. A pool knows those that it saw lately.
 */
export class TextPool {
  /** Texts that only one object has leave with their generation; others are in the next one again. */
  #older = new Map<string, string>();
  #texts = new Map<string, string>();

  /**
   * Replaces each text in a value by an equal one that was seen before.
   *
   * @param value JSON that nobody else has yet. What is frozen stays as it is.
   */
  share<T>(value: T): T {
    this.#shareIn(value, 0);
    return value;
  }

  #shareIn(value: unknown, level: number): void {
    if (typeof value !== "object" || value === null) return;
    if (level > LEVELS_MAX || Object.isFrozen(value)) return;
    const keys = Object.keys(value);
    if (keys.length > MEMBERS_MAX) return;
    const members = value as JsonObject & Record<string, unknown>;
    for (const key of keys) {
      const member = members[key];
      if (typeof member !== "string") this.#shareIn(member, level + 1);
      else if (member.length <= TEXT_CHARS_MAX && key !== "__proto__") {
        const known = this.#known(member);
        if (known !== undefined) members[key] = known;
      }
    }
  }

  /** @returns `undefined` when the text was not seen lately. */
  #known(text: string): string | undefined {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    const old = this.#older.get(text);
    if (this.#texts.size >= GENERATION_TEXTS) {
      this.#older = this.#texts;
      this.#texts = new Map();
    }
    this.#texts.set(text, old ?? text);
    return old;
  }
}
