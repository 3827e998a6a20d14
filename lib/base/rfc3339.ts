/** Points in time as Kubernetes writes them: RFC 3339, UTC. Arguments count from the epoch. */

/**
 * Formats a time as `metav1.Time` does, with whole seconds.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * equal(formatInstant(1_700_000_000_999), "2023-11-14T22:13:20Z");
 * ```
 */
export function formatInstant(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/**
 * Formats a time as `metav1.MicroTime` is read, with exactly six digits of a second.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * equal(formatMicroTime(1_700_000_000_999), "2023-11-14T22:13:20.999000Z");
 * ```
 */
export function formatMicroTime(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000Z");
}
