/** How long a key waits after a failure: client-go's two limits, one for the key, one for all. */

/** Wait after the first failure of a key; doubles with each further one. */
const FIRST_MS = 5;
/** Longest wait of a key. */
export const RETRY_MS_MAX = 1_000_000;

/** Part of the wait that is added at random, so that keys that failed together part. */
const JITTER = 0.1;

/** Retries of all keys together: so many at once, then so many in a second. */
const BURST_RETRIES = 100;
const RETRIES_PER_SECOND = 10;

/** Counts failures. */
export class RetryBackoff {
  readonly #random: () => number;
  readonly #failures = new Map<string, number>();
  #tokens = BURST_RETRIES;
  #countedMs = 0;

  /** @param random Uniform in [0, 1). */
  constructor(random: () => number) {
    this.#random = random;
  }

  /**
   * Counts a failure of the key.
   *
   * @param nowMs Milliseconds of a clock that does not go back.
   * @returns How long the key has to wait; milliseconds.
   */
  next(key: string, nowMs: number): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const keyMs = Math.min(FIRST_MS * 2 ** failures, RETRY_MS_MAX);
    return Math.max(keyMs * (1 + JITTER * this.#random()), this.#takeToken(nowMs));
  }

  /** Lets the backoff of a key start anew. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** Takes a token, on credit if there is none. @returns How long to wait for it. */
  #takeToken(nowMs: number): number {
    const regained = Math.max(0, nowMs - this.#countedMs) * RETRIES_PER_SECOND / 1000;
    this.#tokens = Math.min(BURST_RETRIES, this.#tokens + regained) - 1;
    this.#countedMs = nowMs;
    return Math.max(0, -this.#tokens * 1000 / RETRIES_PER_SECOND);
  }
}
