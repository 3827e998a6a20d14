/** A clock for tests of what is renewed by its age, where requests need all their time. */

import { createClock } from "../../../lib/sys/host/clock.ts";

const REAL = createClock();

/** Time is measured as if it ran faster, but nobody sleeps for less. */
export class AgingClock {
  readonly #factor: number;
  readonly #startMs = performance.now();
  #readMs: number | undefined;

  /** @param factor How many of its milliseconds pass in a real one. */
  constructor(factor: number) {
    this.#factor = factor;
  }

  /** Milliseconds since the epoch; the real ones. */
  nowMs(): number {
    return REAL.nowMs();
  }

  /**
   * Milliseconds since the clock was made, too many of them. They stand still until the caller waits for
   * something: on a busy machine 75 ms may pass between two statements, and a deadline of 15 s with them.
   */
  monotonicMs(): number {
    if (this.#readMs === undefined) queueMicrotask(() => this.#readMs = undefined);
    return this.#readMs ??= (performance.now() - this.#startMs) * this.#factor;
  }

  /** Resolves after the real time, or when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return REAL.sleep(ms, signal);
  }
}
