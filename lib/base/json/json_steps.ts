/** Reads JSON as `JSON.parse` does, in steps: a megabyte at once takes the time of a hundred packets. */

import { type JsonObject, setOwn } from "../json.ts";
import type { Steps } from "../turns.ts";

/** Length of what a step reads. */
const STEP_CHARS = 16 * 1024;

/** Levels that are read in steps; what nests deeper is read at once, so that no text is scanned often. */
const LEVELS_MAX = 8;

const [QUOTE, COMMA, COLON, BACKSLASH] = [0x22, 0x2c, 0x3a, 0x5c];
const [OPENING_BRACKET, CLOSING_BRACKET, OPENING_BRACE, CLOSING_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Maps that were read in steps and hold nothing but texts. They are frozen, so that they stay so. */
const TEXT_MAPS = new WeakSet<object>();

/**
 * Whether it is known, without a look, that an object is a frozen map of texts.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * import { finish } from "../turns.ts";
 * const text = '{"a":"x","b":"y"}';
 * equal(isKnownTextMap(finish(parseInSteps(text, 12)) as object), true);
 * equal(isKnownTextMap(JSON.parse(text)), false);
 * ```
 */
export function isKnownTextMap(object: object): boolean {
  return TEXT_MAPS.has(object);
}

/**
 * Parses a text, step by step, with the result of `JSON.parse`. Large maps of texts are frozen: that there is
 * nothing in them to be frozen or checked is known now, and would take long to find out again.
 *
 * @param stepChars How much of it a step reads.
 * @throws {SyntaxError} when it is no JSON.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import { finish } from "../turns.ts";
 * deepEqual(finish(parseInSteps('{"a":[1,"}"]}')), { a: [1, "}"] });
 * ```
 */
export function* parseInSteps(text: string, stepChars = STEP_CHARS): Steps<unknown> {
  if (text.length <= stepChars) return JSON.parse(text);
  const reader = new StepReader(text, stepChars);
  const value = yield* reader.value(0);
  reader.requireEnd();
  return value;
}

/** Members or items that follow each other, with the commas between them. */
interface Group {
  readonly text: string;
  /** Each has one colon, and none has a bracket or an escape. */
  readonly areSimple: boolean;
}

/** Reads a text from its beginning to its end. */
class StepReader {
  readonly #text: string;
  readonly #stepChars: number;
  #at = 0;

  constructor(text: string, stepChars: number) {
    this.#text = text;
    this.#stepChars = stepChars;
  }

  /** Reads the value that begins here, whatever follows it. */
  *value(level: number): Steps<unknown> {
    this.#skipSpace();
    const opening = this.#text.charCodeAt(this.#at);
    const isNested = opening === OPENING_BRACE || opening === OPENING_BRACKET;
    if (!isNested || level === LEVELS_MAX) return this.#parseAtOnce();
    return yield* opening === OPENING_BRACE ? this.#object(level) : this.#list(level);
  }

  requireEnd(): void {
    this.#skipSpace();
    if (this.#at < this.#text.length) throw new SyntaxError("something follows the end");
  }

  /**
   * A map of nothing but texts is read as a whole: to make one of parts takes four times as long, and now and
   * then a single part takes longer than the whole. That it is one is found out in steps.
   */
  *#object(level: number): Steps<JsonObject> {
    const start = this.#at;
    let textsEnd = start + 1;
    let object: JsonObject | undefined;
    for (const group of this.#groups(CLOSING_BRACE)) {
      yield;
      if (object === undefined && group !== undefined && holdsTexts(group)) {
        textsEnd = this.#at - 1;
        continue;
      }
      object ??= JSON.parse(`${this.#text.slice(start, textsEnd)}}`) as JsonObject;
      if (group === undefined) {
        const key = this.#key();
        setMember(object, key, yield* this.value(level + 1));
      } else {
        const members: JsonObject = JSON.parse(`{${group.text}}`);
        for (const key of Object.keys(members)) setMember(object, key, members[key]);
      }
    }
    return object ?? this.#textMap(start);
  }

  /** The map of texts that ends here. */
  #textMap(start: number): JsonObject {
    const map: JsonObject = JSON.parse(this.#text.slice(start, this.#at));
    TEXT_MAPS.add(Object.freeze(map));
    return map;
  }

  *#list(level: number): Steps<unknown[]> {
    const list: unknown[] = [];
    for (const group of this.#groups(CLOSING_BRACKET)) {
      yield;
      if (group === undefined) list.push(yield* this.value(level + 1));
      else list.push(...JSON.parse(`[${group.text}]`) as unknown[]);
    }
    return list;
  }

  /**
   * Cuts what is in the object or list that begins here at its commas, and goes behind it. Gives `undefined`
   * where the next member or item is longer than a step; it has to be read before the next group.
   *
   * @throws {SyntaxError} when something is missing beside a comma, or the end is.
   */
  *#groups(closing: number): Generator<Group | undefined> {
    this.#at++;
    for (let [isFirst, isLast] = [true, false]; !isLast; isFirst = false) {
      const start = this.#at;
      let areSimple = true;
      let end: End | undefined;
      do {
        end = this.#endOfMember(closing);
        if (end === undefined) break;
        areSimple &&= end.isSimple;
        this.#at = end.at + 1;
        isLast = end.isLast;
      } while (!isLast && this.#at - start < this.#stepChars);
      const text = this.#text.slice(start, Math.max(start, this.#at - 1));
      const isEmpty = IS_SPACE.test(text);
      if (!isEmpty) yield { text, areSimple };
      else if (this.#at > start && !(isFirst && isLast)) {
        throw new SyntaxError("something is missing beside a comma");
      }
      if (end !== undefined) continue;
      this.#skipSpace();
      if (isFirst && isEmpty && this.#text.charCodeAt(this.#at) === closing) return void this.#at++;
      yield undefined;
      isLast = this.#passSeparator(closing);
    }
  }

  /** Finds the comma behind this member, or the end of all; `undefined` when it is far. */
  #endOfMember(closing: number): End | undefined {
    const text = this.#text;
    const limit = Math.min(text.length, this.#at + this.#stepChars);
    let depth = 0;
    let colons = 0;
    let isSimple = true;
    for (let at = this.#at; at < limit; at++) {
      const char = text.charCodeAt(at);
      if (char === QUOTE) {
        for (at++; at < limit && text.charCodeAt(at) !== QUOTE; at++) {
          if (text.charCodeAt(at) !== BACKSLASH) continue;
          isSimple = false;
          at++;
        }
      } else if (char === COLON) colons++;
      else if (char === OPENING_BRACE || char === OPENING_BRACKET) {
        depth++;
        isSimple = false;
      } else if (depth > 0) {
        if (char === CLOSING_BRACE || char === CLOSING_BRACKET) depth--;
      } else if (char === COMMA || char === closing) {
        return { at, isLast: char === closing, isSimple: isSimple && colons === 1 };
      }
    }
    return undefined;
  }

  /** Goes behind the comma after a large member, or behind the end. @returns Whether it is the end. */
  #passSeparator(closing: number): boolean {
    this.#skipSpace();
    const char = this.#text.charCodeAt(this.#at++);
    if (char !== COMMA && char !== closing) throw new SyntaxError("there is no comma, and no end");
    return char === closing;
  }

  /** Goes behind the key of a member, and its colon. */
  #key(): string {
    this.#skipSpace();
    const start = this.#at;
    this.#at = endOfValue(this.#text, start);
    const key: unknown = JSON.parse(this.#text.slice(start, this.#at));
    this.#skipSpace();
    if (typeof key !== "string" || this.#text.charCodeAt(this.#at++) !== COLON) {
      throw new SyntaxError("a member has no key");
    }
    return key;
  }

  #parseAtOnce(): unknown {
    const start = this.#at;
    this.#at = endOfValue(this.#text, start);
    return JSON.parse(this.#text.slice(start, this.#at));
  }

  #skipSpace(): void {
    while (isSpace(this.#text.charCodeAt(this.#at))) this.#at++;
  }
}

/** The end of a member or an item. */
interface End {
  readonly at: number;
  readonly isLast: boolean;
  readonly isSimple: boolean;
}

const IS_SPACE = /^[ \t\n\r]*$/;

function isSpace(char: number): boolean {
  return char === 0x20 || char === 0x0a || char === 0x0d || char === 0x09;
}

/** Where the value ends that begins there, if it is one. */
function endOfValue(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) {
      for (at++; at < text.length && text.charCodeAt(at) !== QUOTE; at++) {
        if (text.charCodeAt(at) === BACKSLASH) at++;
      }
      if (depth === 0) return at + 1;
    } else if (char === OPENING_BRACE || char === OPENING_BRACKET) depth++;
    else if (char === CLOSING_BRACE || char === CLOSING_BRACKET) {
      if (depth === 0) return at;
      if (--depth === 0) return at + 1;
    } else if (depth === 0 && (char === COMMA || char === COLON || isSpace(char))) return at;
  }
  return text.length;
}

/** Whether all members are texts; `false` also when that is not easy to say. */
function holdsTexts({ text, areSimple }: Group): boolean {
  if (!areSimple) return false;
  try {
    // Each member has one colon, so that a list of texts can only have come of pairs of them.
    JSON.parse(`[${text.replaceAll('":"', '","')}]`);
    return true;
  } catch {
    return false;
  }
}

function setMember(object: JsonObject, key: string, value: unknown): void {
  if (key === "__proto__") setOwn(object, key, value);
  else object[key] = value;
}
