/** Spreads writes that can wait: thousands of VMs have something to be told when the agents of a pool end. */

import { type RateLimit, TokenBucket } from "../../base/token_bucket.ts";

/** Other writes go at once. */
const RATE: RateLimit = { perSecond: 10, burst: 100 };

/** Objects whose turn comes. */
export class WritePace {
  readonly #bucket: TokenBucket;
  readonly #waiting = new Set<string>();

  constructor(nowMs: number) {
    this.#bucket = new TokenBucket(RATE, nowMs);
  }

  /** Takes a turn. @returns How long to wait before the object asks again; 0 when it is its turn. */
  waitMs(key: string, nowMs: number): number {
    if (this.#bucket.take(nowMs)) {
      this.#waiting.delete(key);
      return 0;
    }
    this.#waiting.add(key);
    return 1000 * this.#waiting.size / RATE.perSecond;
  }

  /** The object has nothing to wait for any more. */
  forget(key: string): void {
    this.#waiting.delete(key);
  }
}
