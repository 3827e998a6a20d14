/** How long to wait after a failure: exponentially longer, with jitter, up to a limit. */

import type { Clock } from "./clock.ts";
import { type RateLimit, TokenBucket } from "./token_bucket.ts";

/** How the waits grow. */
export interface BackoffSettings {
  readonly initialMs: number;
  readonly msMax: number;
  /** Time without a failure after which the waits start from the initial one again. */
  readonly resetMs?: number;
}

/**
 * The waits of one loop. They double, and each is drawn from the upper half of its interval, so that
 * replicas do not come back together and yet no draw makes a loop hot.
 */
export class ExponentialBackoff {
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
    this.#nextMs = settings.initialMs;
  }

  /** Counts a failure. @returns The wait that follows it, in milliseconds. */
  next(): number {
    const { msMax, resetMs = Infinity } = this.#settings;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#lastFailureMs > resetMs) this.reset();
    this.#lastFailureMs = nowMs;
    const intervalMs = this.#nextMs;
    this.#nextMs = Math.min(intervalMs * 2, msMax);
    return intervalMs * (1 + this.#random()) / 2;
  }

  /** Starts again with the initial wait, for a failure that has nothing to do with the last one. */
  reset(): void {
    this.#nextMs = this.#settings.initialMs;
  }
}

const KEY_INITIAL_MS = 5;
/**
 * What has failed for hours, as on a full disk or without the API, has to be done soon after that is
 * mended: a VM waits for it. The work queues of client-go wait up to 1,000 seconds.
 */
const KEY_BACKOFF_MS_MAX = 30_000;

/** Share of the wait that is added at random, so that keys that failed together come back apart. */
const KEY_JITTER = 0.1;

/** Retries of all keys together, so that 3,000 can come again within the longest wait of one. */
const ALL_KEYS: RateLimit = { perSecond: 100, burst: 100 };

/** The waits of many keys, each by its own failures; all retries share one rate. */
export class KeyedBackoff {
  readonly #random: () => number;
  readonly #failures = new Map<string, number>();
  readonly #all = new TokenBucket(ALL_KEYS, 0);

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
    const keyMs = Math.min(KEY_INITIAL_MS * 2 ** failures, KEY_BACKOFF_MS_MAX);
    return Math.max(keyMs * (1 + KEY_JITTER * this.#random()), this.#all.reserve(nowMs));
  }

  /** Starts again with the initial wait for this key. */
  forget(key: string): void {
    this.#failures.delete(key);
  }
}
