/** Thrown values as errors: JavaScript can throw anything. */

/** The thrown value itself when it is an error, else an error about it. */
export function errorOf(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/**
 * The message of what was thrown.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * equal(messageOf(new TypeError("no route")), "no route");
 * equal(errorOf("no route").message, "no route");
 * ```
 */
export function messageOf(thrown: unknown): string {
  return errorOf(thrown).message;
}
