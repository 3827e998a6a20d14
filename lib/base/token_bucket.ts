/** Bounds a rate over time while it lets bursts through. */

import type { Clock } from "./clock.ts";

/** Holds tokens that come back at a fixed rate. */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #tokensMax: number;
  readonly #tokensPerMs: number;
  #tokens: number;
  #countedMs: number;

  /**
   * @param burst Tokens that the bucket begins with and never exceeds.
   * @param perSecond Tokens that come back.
   */
  constructor(clock: Clock, burst: number, perSecond: number) {
    this.#clock = clock;
    this.#tokensMax = burst;
    this.#tokens = burst;
    this.#tokensPerMs = perSecond / 1000;
    this.#countedMs = clock.monotonicMs();
  }

  /** Takes a token, on credit if there is none. @returns How long to wait for it; milliseconds. */
  take(): number {
    const nowMs = this.#clock.monotonicMs();
    const regained = Math.max(0, nowMs - this.#countedMs) * this.#tokensPerMs;
    this.#tokens = Math.min(this.#tokensMax, this.#tokens + regained) - 1;
    this.#countedMs = nowMs;
    return this.#tokens >= 0 ? 0 : -this.#tokens / this.#tokensPerMs;
  }
}
