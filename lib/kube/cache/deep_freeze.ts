/** Makes shared objects safe to hand out. */

import { NESTING_MAX } from "../../base/json.ts";

/**
 * Freezes plain objects and arrays with all that is in them, so that nobody changes a cache by
 * accident. What is frozen already is taken as frozen throughout.
 *
 * @throws {Error} when they nest deeper than what walks through them can go.
 */
export function deepFreeze<T>(value: T, depth = 0): T {
  if (!isPlain(value) || Object.isFrozen(value)) return value;
  if (depth > NESTING_MAX) throw new Error(`it nests deeper than ${NESTING_MAX} levels`);
  for (const part of Object.values(value)) deepFreeze(part, depth + 1);
  return Object.freeze(value);
}

/** Others, such as maps and typed arrays, guard themselves or cannot be frozen. */
function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === Array.prototype || prototype === null;
}
