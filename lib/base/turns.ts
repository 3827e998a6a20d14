/** Cuts long work into turns, between which all else that waits has its own: packets, above all. */

import type { Clock } from "./clock.ts";

/** Work that may rest at each `yield`; what it returns is its result. */
export type Steps<T> = Generator<undefined, T>;

/**
 * Does the work without a rest.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * function* add(): Generator<undefined, number> {
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

/** Length of a turn: some ten packets. */
const TURN_MS = 1;

/**
 * Between turns: as long as the shortest timer of the runtime. With turns that follow each other at once
 * (`setImmediate`), what other threads have done, such as the wait for packets, is noticed after the last one.
 */
const REST_MS = 0;

/** Runs work in steps. */
export class Turns {
  readonly #clock: Pick<Clock, "monotonicMs" | "sleep">;
  #restedMs: number;

  constructor(clock: Pick<Clock, "monotonicMs" | "sleep">) {
    this.#clock = clock;
    this.#restedMs = clock.monotonicMs();
  }

  /** Lets all else have its turn, when the last time was some while ago. */
  async rest(): Promise<void> {
    if (this.#clock.monotonicMs() - this.#restedMs < TURN_MS) return;
    await this.#clock.sleep(REST_MS);
    this.#restedMs = this.#clock.monotonicMs();
  }

  /**
   * Does the work, as much of it as fits into a turn now and the rest in turns to come.
   *
   * @returns Its result, at once when no other turn was needed.
   */
  run<T>(steps: Steps<T>): T | Promise<T> {
    const { done, value } = this.#turnOf(steps);
    return done ? value : this.#goOn(steps);
  }

  async #goOn<T>(steps: Steps<T>): Promise<T> {
    for (;;) {
      await this.#clock.sleep(REST_MS);
      const { done, value } = this.#turnOf(steps);
      if (done) return value;
    }
  }

  #turnOf<T>(steps: Steps<T>): IteratorResult<undefined, T> {
    const endMs = this.#clock.monotonicMs() + TURN_MS;
    let step = steps.next();
    while (!step.done && this.#clock.monotonicMs() < endMs) step = steps.next();
    return step;
  }
}
