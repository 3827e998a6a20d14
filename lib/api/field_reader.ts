/**
 * Reads fields of unknown JSON. Every read gives a value of the right type that keeps its rule, and what
 * was wrong is left out and collected with its path, so that one pass over an object reports everything
 * that is wrong with it.
 */

import { isKnownTextMap } from "../base/json/json_steps.ts";
import { isJsonObject, type JsonObject } from "../base/json.ts";
import { FieldErrors } from "./field_errors.ts";
import { isMadeTextMap } from "./text_map.ts";

const SHOWN_LENGTH_MAX = 64;

/** Formats a value of a field for a message, cut to a length that fits a line. */
export function showValue(value: unknown): string {
  const text = JSON.stringify(value) ?? "undefined";
  return text.length <= SHOWN_LENGTH_MAX ? text : `${text.slice(0, SHOWN_LENGTH_MAX)}…`;
}

/** What a text must be. */
export interface TextRule<T = unknown> {
  /** Completes "must be …". */
  readonly expected: string;
  /** What the text says; `undefined` when it breaks the rule. */
  parse(text: string): T | undefined;
}

/** First and last number that is allowed; of a list, its fewest and most items. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** One JSON object being read. */
export class FieldReader {
  private constructor(
    readonly object: JsonObject,
    readonly path: string,
    readonly errors: FieldErrors,
  ) {}

  /**
   * Starts to read.
   *
   * @param value Should be an object; anything else is reported and read as an empty one.
   * @param path Path of the value; empty for the whole object.
   */
  static of(value: unknown, path: string, errors: FieldErrors): FieldReader {
    if (isJsonObject(value)) return new FieldReader(value, path, errors);
    errors.add(path, value === undefined ? "is required" : "must be an object");
    return new FieldReader({}, path, errors);
  }

  /** Reads the same object, and collects what is wrong with it somewhere else. */
  reportingTo(errors: FieldErrors): FieldReader {
    return new FieldReader(this.object, this.path, errors);
  }

  /**
   * What was read of this object. It is the object itself when that has just these fields, so that keeping
   * both costs the memory of one.
   */
  shared<T extends object>(read: T): T {
    return hasFieldsOf(this.object, read) ? this.object as T : read;
  }

  /** What was read of the items of a list, which is the list itself where they are its items. */
  sharedList<T>(key: string, read: readonly T[]): readonly T[] {
    const list = this.#value(key);
    return Array.isArray(list) && list.length === read.length &&
        list.every((item, i) => item === read[i])
      ? list
      : read;
  }

  /** The path of a field of this object. */
  pathOf(key: string): string {
    return this.path === "" ? key : `${this.path}.${key}`;
  }

  has(key: string): boolean {
    return this.#value(key) !== undefined;
  }

  /** A required object. */
  child(key: string): FieldReader {
    return FieldReader.of(this.#value(key), this.pathOf(key), this.errors);
  }

  optionalChild(key: string): FieldReader | undefined {
    return this.has(key) ? this.child(key) : undefined;
  }

  /** The objects of a list; none when it is absent. */
  children(key: string, bounds?: Bounds): readonly FieldReader[] {
    return this.#list(key, bounds).map((item, i) =>
      FieldReader.of(item, `${this.pathOf(key)}[${i}]`, this.errors)
    );
  }

  optionalChildren(key: string, bounds?: Bounds): readonly FieldReader[] | undefined {
    return this.has(key) ? this.children(key, bounds) : undefined;
  }

  /** What the objects of a list say. One with something wrong is left out as a whole. */
  optionalWhole<T>(
    key: string,
    bounds: Bounds,
    read: (item: FieldReader) => T,
  ): readonly T[] | undefined {
    return this.optionalChildren(key, bounds)?.flatMap((item) => {
      const errors = new FieldErrors();
      const value = read(item.reportingTo(errors));
      for (const { field, message } of errors.list) this.errors.add(field, message);
      return errors.list.length === 0 ? [value] : [];
    });
  }

  /** A required string as it is written; empty when it is absent. */
  string(key: string, rule?: TextRule): string {
    this.#require(key);
    return this.optionalString(key, rule) ?? "";
  }

  optionalString(key: string, rule?: TextRule): string | undefined {
    const text = this.#optional(key, isString, "must be a string");
    if (text === undefined || rule === undefined) return text;
    return this.#parse(text, rule, this.pathOf(key)) === undefined ? undefined : text;
  }

  /** What a required text says; after an error `undefined`, since the object is refused then. */
  parsed<T>(key: string, rule: TextRule<T>): T {
    this.#require(key);
    return this.optionalParsed(key, rule) as T;
  }

  optionalParsed<T>(key: string, rule: TextRule<T>): T | undefined {
    const text = this.optionalString(key);
    return text === undefined ? undefined : this.#parse(text, rule, this.pathOf(key));
  }

  /** What the texts of a list say; texts that break the rule are left out. */
  optionalParsedList<T>(
    key: string,
    rule: TextRule<T>,
    bounds: Bounds,
  ): readonly T[] | undefined {
    if (!this.has(key)) return undefined;
    return this.#list(key, bounds).flatMap((item, i) => {
      const path = `${this.pathOf(key)}[${i}]`;
      if (isString(item)) return this.#parse(item, rule, path) ?? [];
      this.errors.add(path, "must be a string");
      return [];
    });
  }

  optionalBoolean(key: string): boolean | undefined {
    return this.#optional(key, isBoolean, "must be true or false");
  }

  /** An integer that a double holds exactly. */
  optionalInteger(key: string, bounds?: Bounds): number | undefined {
    const number = this.#optional(key, isInteger, "must be an integer");
    return number !== undefined && this.#isWithin(number, bounds, this.pathOf(key))
      ? number
      : undefined;
  }

  /** A required integer; 0 when it is absent. */
  integer(key: string, bounds?: Bounds): number {
    this.#require(key);
    return this.optionalInteger(key, bounds) ?? 0;
  }

  optionalIntegers(key: string, bounds: Bounds, each: Bounds): readonly number[] | undefined {
    if (!this.has(key)) return undefined;
    return this.#list(key, bounds).filter((item, i) => {
      const path = `${this.pathOf(key)}[${i}]`;
      if (isInteger(item)) return this.#isWithin(item, each, path);
      this.errors.add(path, "must be an integer");
      return false;
    }) as readonly number[];
  }

  /**
   * What the items of a list say, each possibly several things.
   *
   * @param read Reads an item, or says what is wrong with it.
   */
  optionalItems<T>(
    key: string,
    bounds: Bounds,
    read: (item: unknown) => readonly T[] | string,
  ): readonly T[] | undefined {
    if (!this.has(key)) return undefined;
    return this.#list(key, bounds).flatMap((item, i) => {
      const values = read(item);
      if (typeof values !== "string") return values;
      this.errors.add(`${this.pathOf(key)}[${i}]`, values);
      return [];
    });
  }

  optionalStrings(key: string): readonly string[] | undefined {
    if (!this.has(key)) return undefined;
    const list = this.#list(key);
    return list.every(isString) ? list : list.map((item, i) => {
      if (isString(item)) return item;
      this.errors.add(`${this.pathOf(key)}[${i}]`, "must be a string");
      return "";
    });
  }

  /** An object whose values are all strings, such as `metadata.labels`. */
  optionalStringMap(key: string): Readonly<Record<string, string>> | undefined {
    const child = this.optionalChild(key);
    if (child === undefined) return undefined;
    const { object } = child;
    if (isKnownTextMap(object) || isMadeTextMap(object)) return object as Record<string, string>;
    for (const [name, value] of Object.entries(child.object)) {
      if (!isString(value)) {
        this.errors.add(`${child.path}[${JSON.stringify(name)}]`, "must be a string");
      }
    }
    return child.object as Record<string, string>;
  }

  #require(key: string): void {
    if (!this.has(key)) this.errors.add(this.pathOf(key), "is required");
  }

  #list(key: string, bounds?: Bounds): readonly unknown[] {
    const list = this.#optional(key, Array.isArray, "must be a list");
    if (list === undefined) return [];
    if (bounds !== undefined && list.length < bounds.min) {
      const items = bounds.min === 1 ? "item" : "items";
      const message = `must have at least ${bounds.min} ${items}, not ${list.length}`;
      this.errors.add(this.pathOf(key), message);
    }
    if (bounds !== undefined && list.length > bounds.max) {
      const message = `must have at most ${bounds.max} items, not ${list.length}`;
      this.errors.add(this.pathOf(key), message);
      return list.slice(0, bounds.max);
    }
    return list;
  }

  #parse<T>(text: string, rule: TextRule<T>, path: string): T | undefined {
    const value = rule.parse(text);
    if (value === undefined) {
      this.errors.add(path, `must be ${rule.expected}, not ${showValue(text)}`);
    }
    return value;
  }

  #isWithin(number: number, bounds: Bounds | undefined, path: string): boolean {
    if (bounds === undefined || number >= bounds.min && number <= bounds.max) return true;
    this.errors.add(path, `must be a number from ${bounds.min} to ${bounds.max}, not ${number}`);
    return false;
  }

  #optional<T>(key: string, is: (value: unknown) => value is T, message: string): T | undefined {
    const value = this.#value(key);
    if (value === undefined) return undefined;
    if (is(value)) return value;
    this.errors.add(this.pathOf(key), `${message}, not ${showValue(value)}`);
    return undefined;
  }

  /** Own fields only: `constructor` is no field of `{}`. */
  #value(key: string): unknown {
    return Object.hasOwn(this.object, key) ? this.object[key] : undefined;
  }
}

function hasFieldsOf(object: JsonObject, read: object): boolean {
  const fields = Object.keys(read);
  if (fields.length !== Object.keys(object).length) return false;
  for (const key of fields) {
    if (!Object.hasOwn(object, key) || object[key] !== (read as JsonObject)[key]) return false;
  }
  return true;
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === "boolean";
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
