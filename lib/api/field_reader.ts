/**
 * Reads fields of unknown JSON. Every read gives a value of the right type, and what was wrong is
 * collected with its path, so that one pass over an object reports everything that is wrong with it.
 */

import { isJsonObject, type JsonObject } from "../base/json.ts";
import type { FieldError } from "./meta.ts";

const SHOWN_LENGTH_MAX = 64;

/** Collects errors: for each field the first, and none below a field that has one. */
export class FieldErrors {
  readonly #errors = new Map<string, FieldError>();

  /** Adds an error unless it only follows from another one. */
  add(field: string, message: string): void {
    for (let path = field; path !== ""; path = parentOf(path)) {
      if (this.#errors.has(path)) return;
    }
    if (!this.#errors.has("")) this.#errors.set(field, { field, message });
  }

  get list(): readonly FieldError[] {
    return [...this.#errors.values()];
  }
}

/**
 * The path without its last step; empty for a path of one step. A step in brackets may hold dots
 * itself: then the result names no field, which does no harm to a look-up on the way to the root.
 */
function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("."), path.lastIndexOf("["), 0));
}

/** Formats a value of a field for a message, cut to a length that fits a line. */
export function showValue(value: unknown): string {
  const text = JSON.stringify(value) ?? "undefined";
  return text.length <= SHOWN_LENGTH_MAX ? text : `${text.slice(0, SHOWN_LENGTH_MAX)}…`;
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
  children(key: string): readonly FieldReader[] {
    return this.#list(key).map((item, i) =>
      FieldReader.of(item, `${this.pathOf(key)}[${i}]`, this.errors)
    );
  }

  optionalChildren(key: string): readonly FieldReader[] | undefined {
    return this.has(key) ? this.children(key) : undefined;
  }

  /** A required string; empty after an error. */
  string(key: string): string {
    if (this.has(key)) return this.optionalString(key) ?? "";
    this.errors.add(this.pathOf(key), "is required");
    return "";
  }

  optionalString(key: string): string | undefined {
    return this.#optional(key, isString, "must be a string");
  }

  optionalBoolean(key: string): boolean | undefined {
    return this.#optional(key, isBoolean, "must be true or false");
  }

  /** An integer that a double holds exactly. */
  optionalInteger(key: string): number | undefined {
    return this.#optional(key, isInteger, "must be an integer");
  }

  /** A required integer; 0 after an error. */
  integer(key: string): number {
    if (this.has(key)) return this.optionalInteger(key) ?? 0;
    this.errors.add(this.pathOf(key), "is required");
    return 0;
  }

  optionalIntegers(key: string): readonly number[] | undefined {
    if (!this.has(key)) return undefined;
    return this.#list(key).map((item, i) => {
      if (isInteger(item)) return item;
      this.errors.add(`${this.pathOf(key)}[${i}]`, "must be an integer");
      return 0;
    });
  }

  optionalStrings(key: string): readonly string[] | undefined {
    if (!this.has(key)) return undefined;
    return this.#list(key).map((item, i) => {
      if (isString(item)) return item;
      this.errors.add(`${this.pathOf(key)}[${i}]`, "must be a string");
      return "";
    });
  }

  /** An object whose values are all strings, such as `metadata.labels`. */
  optionalStringMap(key: string): Readonly<Record<string, string>> | undefined {
    const child = this.optionalChild(key);
    if (child === undefined) return undefined;
    for (const [name, value] of Object.entries(child.object)) {
      if (!isString(value)) {
        this.errors.add(`${child.path}[${JSON.stringify(name)}]`, "must be a string");
      }
    }
    return child.object as Record<string, string>;
  }

  #list(key: string): readonly unknown[] {
    return this.#optional(key, Array.isArray, "must be a list") ?? [];
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

function isString(value: unknown): value is string {
  return typeof value === "string";
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === "boolean";
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

/**
 * Keeps the fields of an object that are there, so that an optional field is absent rather than
 * `undefined`.
 */
export function defined<T extends object>(
  fields: { readonly [K in keyof T]: T[K] | undefined },
): { [K in keyof T]?: T[K] } {
  const kept: { [K in keyof T]?: T[K] } = {};
  for (const key of Object.keys(fields) as (keyof T)[]) {
    const value = fields[key];
    if (value !== undefined) kept[key] = value;
  }
  return kept;
}
