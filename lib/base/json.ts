/** Helpers for parsed JSON. */

/** Any JSON object. */
export type JsonObject = { [key: string]: unknown };

/** Whether the value is a JSON object: neither `null` nor an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The value as a JSON object; `undefined` when it is something else.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * deepEqual([{}, [], null, "x"].map(isJsonObject), [true, false, false, false]);
 * deepEqual(asJsonObject({ a: 1 }), { a: 1 });
 * ```
 */
export function asJsonObject(value: unknown): JsonObject | undefined {
  return isJsonObject(value) ? value : undefined;
}

/**
 * Parses a text; `undefined` when it is not JSON.
 *
 * @example
 * ```ts
 * import { deepEqual, equal } from "node:assert/strict";
 * deepEqual(parseJson('{"a":1}'), { a: 1 });
 * equal(parseJson("{"), undefined);
 * ```
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Deepest nesting that is accepted: what walks through objects and lists is recursive. */
export const NESTING_MAX = 500;

/**
 * Whether objects and lists nest deeper than that. Not recursive, so any depth is safe.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * equal(nestsDeeperThan({ a: [1] }, 2), false);
 * equal(nestsDeeperThan({ a: [1] }, 1), true);
 * ```
 */
export function nestsDeeperThan(value: unknown, levels: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > levels) return true;
    level = level.flatMap((item) =>
      typeof item === "object" && item !== null ? Object.values(item) : []
    );
  }
  return false;
}

/**
 * Whether two JSON values are the same, regardless of the order of keys.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * equal(isJsonEqual({ a: 1, b: [2] }, { b: [2], a: 1 }), true);
 * ```
 */
export function isJsonEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length &&
      a.every((item, i) => isJsonEqual(item, b[i]));
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isJsonEqual(a[key], b[key]));
}

/** The JSON object under the key, or an empty one. */
export function objectAt(value: unknown, key: string): JsonObject {
  return asJsonObject(asJsonObject(value)?.[key]) ?? {};
}

/**
 * The text under the key, or an empty one.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * const pool = { spec: { network: "lab/net" } };
 * equal(stringAt(objectAt(pool, "spec"), "network"), "lab/net");
 * equal(stringAt(objectAt(pool, "status"), "phase"), "");
 * ```
 */
export function stringAt(value: unknown, key: string): string {
  const found = asJsonObject(value)?.[key];
  return typeof found === "string" ? found : "";
}

/**
 * The value at a dotted path such as `involvedObject.name`.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * equal(valueAt({ involvedObject: { name: "x" } }, "involvedObject.name"), "x");
 * ```
 */
export function valueAt(value: unknown, path: string): unknown {
  let found = value;
  for (const key of path.split(".")) {
    if (!isJsonObject(found) || !Object.hasOwn(found, key)) return undefined;
    found = found[key];
  }
  return found;
}

/** The object's own member of that name, never an inherited one. */
export function ownValue(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/**
 * Sets a member. An assignment to `__proto__` would change the prototype instead of adding one.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * const object = {};
 * setOwn(object, "__proto__", 1);
 * deepEqual([Object.keys(object), ownValue(object, "toString")], [["__proto__"], undefined]);
 * ```
 */
export function setOwn(object: JsonObject, key: string, value: unknown): void {
  Object.defineProperty(object, key, {
    value,
    configurable: true,
    enumerable: true,
    writable: true,
  });
}

/**
 * A value as text. `String()` calls an object's own `toString`, which may be anything here.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * equal(textOf({ toString: 1 }), '{"toString":1}');
 * equal(textOf(1), "1");
 * ```
 */
export function textOf(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/**
 * Keeps the fields of an object that are there, so that an optional field is absent rather than
 * `undefined`.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * deepEqual(defined({ a: 1, b: undefined }), { a: 1 });
 * ```
 */
export function defined<T extends object>(
  fields: { readonly [K in keyof T]: T[K] | undefined },
): { [K in keyof T]?: T[K] } {
  const kept: { [K in keyof T]?: T[K] } = {};
  for (const key in fields) {
    const value = fields[key];
    if (value !== undefined) kept[key] = value;
  }
  return kept;
}

/**
 * Keeps the fields of an object that say something: to Kubernetes, `null` says nothing either.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * deepEqual(present({ a: 0, b: undefined, c: null }), { a: 0 });
 * ```
 */
export function present(fields: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== null),
  );
}
