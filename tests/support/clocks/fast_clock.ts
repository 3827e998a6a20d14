/** Real time that runs faster than the wall's: for tests over real sockets. */

import type { Clock } from "../../../lib/base/clock.ts";
import { createClock } from "../../../lib/sys/host/clock.ts";

const REAL = createClock();

/** Real time, scaled. */
export class FastClock implements Clock {
  readonly #factor: number;
  readonly #startMs = performance.now();
  #readMs: number | undefined;

  /** @param factor How many of its milliseconds pass in a real one. */
  constructor(factor: number) {
    this.#factor = factor;
  }

  /** Milliseconds since the epoch, beginning in 2024. */
  nowMs(): number {
    return Date.UTC(2024, 0, 1) + this.monotonicMs();
  }

  /**
   * Scaled milliseconds since the clock was made. They stand still until the caller waits for something:
   * on a busy machine 75 ms may pass between two statements, and a deadline of 15 s with them.
   */
  monotonicMs(): number {
    if (this.#readMs === undefined) queueMicrotask(() => this.#readMs = undefined);
    return this.#readMs ??= (performance.now() - this.#startMs) * this.#factor;
  }

  /** Resolves after the scaled time, or when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return REAL.sleep(ms / this.#factor, signal);
  }
}

/** Ages things faster than real time, but sleeps for real, so that requests have their time. */
export class AgingClock extends FastClock {
  override nowMs(): number {
    return REAL.nowMs();
  }

  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return REAL.sleep(ms, signal);
  }
}
