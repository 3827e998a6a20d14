/** Bounds a rate over time while it lets bursts through. Time is an argument. */

/** How many on average, and how many at once. */
export interface RateLimit {
  readonly perSecond: number;
  readonly burst: number;
}

/** Numbers of a bucket: its tokens, and when they were counted. */
export const TOKEN_BUCKET_CELLS = 2;

/**
 * Many buckets of one limit, kept by the caller as numbers, so that a packet allocates nothing. `at`
 * is where the {@link TOKEN_BUCKET_CELLS} of a bucket begin. `nowMs` comes from a clock that does not
 * go back; what lies before the last call counts as that.
 */
export class TokenBuckets {
  readonly #limit: RateLimit;

  constructor(limit: RateLimit) {
    this.#limit = limit;
  }

  /** Fills a bucket. */
  fill(cells: Float64Array, at: number, nowMs: number): void {
    cells[at] = this.#limit.burst;
    cells[at + 1] = nowMs;
  }

  /** Takes a token if there is one. */
  take(cells: Float64Array, at: number, nowMs: number): boolean {
    const tokens = this.#refill(cells, at, nowMs);
    if (tokens < 1) return false;
    cells[at] = tokens - 1;
    return true;
  }

  /** Takes a token, on credit if there is none. @returns How long to wait for it; milliseconds. */
  reserve(cells: Float64Array, at: number, nowMs: number): number {
    const tokens = this.#refill(cells, at, nowMs) - 1;
    cells[at] = tokens;
    return Math.max(0, -tokens * 1000 / this.#limit.perSecond);
  }

  #refill(cells: Float64Array, at: number, nowMs: number): number {
    const { perSecond, burst } = this.#limit;
    const elapsedMs = Math.max(0, nowMs - cells[at + 1]!);
    cells[at + 1]! += elapsedMs;
    return cells[at] = Math.min(burst, cells[at]! + elapsedMs * perSecond / 1000);
  }
}

/**
 * One token bucket; full at first.
 *
 * @example
 * ```ts
 * import { deepEqual, equal } from "node:assert/strict";
 * const bucket = new TokenBucket({ perSecond: 10, burst: 1 }, 0);
 * deepEqual([0, 99, 100].map((nowMs) => bucket.take(nowMs)), [true, false, true]);
 * equal(bucket.reserve(100), 100);
 * ```
 */
export class TokenBucket {
  readonly #buckets: TokenBuckets;
  readonly #cells = new Float64Array(TOKEN_BUCKET_CELLS);

  constructor(limit: RateLimit, nowMs: number) {
    this.#buckets = new TokenBuckets(limit);
    this.#buckets.fill(this.#cells, 0, nowMs);
  }

  /** As {@link TokenBuckets.take}. */
  take(nowMs: number): boolean {
    return this.#buckets.take(this.#cells, 0, nowMs);
  }

  /** As {@link TokenBuckets.reserve}. */
  reserve(nowMs: number): number {
    return this.#buckets.reserve(this.#cells, 0, nowMs);
  }
}
