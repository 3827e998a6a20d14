/** Limits on how often something may happen, with the time as an argument. */

/** So many on average, and so many at once. */
export interface RateLimit {
  readonly perSecond: number;
  readonly burst: number;
}

/** Numbers that a bucket consists of: its tokens, and the time that they were counted at. */
export const TOKEN_BUCKET_CELLS = 2;

/** Many buckets of one limit, kept by the caller as numbers. */
export class TokenBuckets {
  readonly #limit: RateLimit;

  constructor(limit: RateLimit) {
    this.#limit = limit;
  }

  /** Fills a bucket. @param at Where its {@link TOKEN_BUCKET_CELLS} begin. */
  fill(cells: Float64Array, at: number, nowMs: number): void {
    cells[at] = this.#limit.burst;
    cells[at + 1] = nowMs;
  }

  /**
   * Takes a token if there is one.
   *
   * @param at Where the bucket begins.
   * @param nowMs Milliseconds of a clock that does not go back; what lies before the last call
   * counts as that.
   */
  take(cells: Float64Array, at: number, nowMs: number): boolean {
    const { perSecond, burst } = this.#limit;
    const elapsedMs = Math.max(0, nowMs - cells[at + 1]!);
    const tokens = Math.min(burst, cells[at]! + elapsedMs * perSecond / 1000);
    const isTaken = tokens >= 1;
    cells[at] = isTaken ? tokens - 1 : tokens;
    cells[at + 1]! += elapsedMs;
    return isTaken;
  }
}

/** One token bucket; full at first. */
export class TokenBucket {
  readonly #buckets: TokenBuckets;
  readonly #cells = new Float64Array(TOKEN_BUCKET_CELLS);

  constructor(limit: RateLimit, nowMs: number) {
    this.#buckets = new TokenBuckets(limit);
    this.#buckets.fill(this.#cells, 0, nowMs);
  }

  /** Takes a token if there is one. @param nowMs As in {@link TokenBuckets.take}. */
  take(nowMs: number): boolean {
    return this.#buckets.take(this.#cells, 0, nowMs);
  }
}
