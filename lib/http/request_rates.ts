/** How fast each client may go on, so that none has all of the process's time. */

import { type RateLimit, TokenBucket } from "../base/token_bucket.ts";

/** Clients that are remembered; an older one starts anew. */
const CLIENTS_MAX = 1024;

/** The rates of the clients of one listener. */
export class RequestRates {
  readonly #limit: RateLimit;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(limit: RateLimit) {
    this.#limit = limit;
  }

  /** How long the next request of this client has to wait; milliseconds. */
  waitMs(client: string, nowMs: number): number {
    const bucket = this.#buckets.get(client) ?? new TokenBucket(this.#limit, nowMs);
    // Again, so that the first one is that which has asked for nothing for the longest time.
    this.#buckets.delete(client);
    this.#buckets.set(client, bucket);
    if (this.#buckets.size > CLIENTS_MAX) {
      const [oldest] = this.#buckets.keys();
      this.#buckets.delete(oldest!);
    }
    return bucket.reserve(nowMs);
  }
}
