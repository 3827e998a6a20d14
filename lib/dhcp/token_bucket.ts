/** Limits on how often something may happen, with the time as an argument. */

/** So many on average, and so many at once. */
export interface RateLimit {
  readonly perSecond: number;
  readonly burst: number;
}

/** A token bucket; full at first. */
export class TokenBucket {
  readonly #limit: RateLimit;
  #tokens: number;
  #filledAtMs: number;

  constructor(limit: RateLimit, nowMs: number) {
    this.#limit = limit;
    this.#tokens = limit.burst;
    this.#filledAtMs = nowMs;
  }

  /**
   * Takes a token if there is one.
   *
   * @param nowMs Milliseconds of a clock that does not go back; what lies before the last call
   * counts as that.
   */
  take(nowMs: number): boolean {
    const { perSecond, burst } = this.#limit;
    const elapsedMs = Math.max(0, nowMs - this.#filledAtMs);
    this.#tokens = Math.min(burst, this.#tokens + elapsedMs * perSecond / 1000);
    this.#filledAtMs += elapsedMs;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
