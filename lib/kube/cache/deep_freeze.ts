/** Makes shared objects safe to hand out. */

/**
 * Freezes plain objects and arrays with all that is in them, so that nobody changes a cache by
 * accident. What is frozen already is taken as frozen throughout.
 */
export function deepFreeze<T>(value: T): T {
  if (!isPlain(value) || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) deepFreeze(part);
  return value;
}

/** Others, such as maps and typed arrays, guard themselves or cannot be frozen. */
function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === Array.prototype || prototype === null;
}
