/** Work that can be interrupted. */

/** Work that may rest at each `yield`; what it returns is its result. */
export type Steps<T> = Generator<undefined, T>;

/**
 * Does the work without a rest.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * function* add(): Steps<number> {
 *   yield;
 *   return 1 + 1;
 * }
 * equal(finish(add()), 2);
 * ```
 */
export function finish<T>(steps: Steps<T>): T {
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}
