/** How long a loop waits after each failure. */

import type { Clock } from "./clock.ts";

/** Growth of the waits: client-go's figures for its reflector. */
export interface BackoffSettings {
  readonly firstMs: number;
  readonly factor: number;
  readonly msMax: number;
  /** Time without a failure after which the waits start from the first again. */
  readonly resetMs: number;
}

/**
 * Waits that double up to a limit. Each is drawn from the upper half of its interval, so that
 * replicas do not come back together, and yet no draw makes a loop hot: against a server that is
 * down this makes at most nine attempts in the first minute.
 */
export class Backoff {
  readonly #settings: BackoffSettings;
  readonly #clock: Clock;
  readonly #random: () => number;
  #nextMs: number;
  #lastFailureMs = -Infinity;

  /** @param random Uniform in [0, 1). */
  constructor(settings: BackoffSettings, clock: Clock, random: () => number) {
    this.#settings = settings;
    this.#clock = clock;
    this.#random = random;
    this.#nextMs = settings.firstMs;
  }

  /** Counts a failure. @returns The wait that follows it, in milliseconds. */
  next(): number {
    const { firstMs, factor, msMax, resetMs } = this.#settings;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#lastFailureMs > resetMs) this.#nextMs = firstMs;
    this.#lastFailureMs = nowMs;
    const intervalMs = this.#nextMs;
    this.#nextMs = Math.min(intervalMs * factor, msMax);
    return intervalMs * (1 + this.#random()) / 2;
  }

  /** Lets the waits start from the first again, for a failure that has nothing to do with the last. */
  reset(): void {
    this.#nextMs = this.#settings.firstMs;
  }
}
