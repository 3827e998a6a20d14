/** A clock for tests of what is renewed by its age, where requests need all their time. */

import { createClock } from "../../../lib/sys/host/clock.ts";

const REAL = createClock();

/** Time is measured as if it ran faster, but nobody sleeps for less. */
export class AgingClock {
  readonly #factor: number;
  readonly #startMs = performance.now();

  /** @param factor How many of its milliseconds pass in a real one. */
  constructor(factor: number) {
    this.#factor = factor;
  }

  /** Milliseconds since the epoch; the real ones. */
  nowMs(): number {
    return REAL.nowMs();
  }

  /** Milliseconds since the clock was made, too many of them. */
  monotonicMs(): number {
    return (performance.now() - this.#startMs) * this.#factor;
  }

  /** Resolves after the real time, or when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return REAL.sleep(ms, signal);
  }
}
