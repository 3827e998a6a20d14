/**
 * How many log lines packets may cause. Whoever can send packets could fill the disk otherwise, so
 * lines are limited by what they tell and by who sent the packet, in memory of a fixed size.
 */

import {
  type RateLimit,
  TOKEN_BUCKET_CELLS,
  TokenBucket,
  TokenBuckets,
} from "../../base/token_bucket.ts";
import { hashMacAddress, type MacAddress } from "../../net/mac_address.ts";

/** How many lines there may be. */
export interface LineLimit {
  /** Lines of one kind, of all sources together. */
  readonly ofKind: RateLimit;
  /** Lines of one source. A client that boots causes four. */
  readonly ofSource: RateLimit;
}

const USUAL: LineLimit = {
  ofKind: { perSecond: 200, burst: 1000 },
  ofSource: { perSecond: 50, burst: 200 },
};

/** Sources that are told apart at a time; those whose addresses hash alike share a limit. */
const SOURCES = 256;

interface Kind {
  readonly bucket: TokenBucket;
  leftOut: number;
}

/**
 * Limits lines. Times are milliseconds of a clock that does not go back.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import type { MacAddress } from "../../net/mac_address.ts";
 * const limits = new LineLimits(0);
 * const mac = 0x525400123456 as MacAddress;
 * const lines = Array.from({ length: 250 }, () => limits.take("offer", mac, 0));
 * deepEqual([lines.at(199), lines.at(200), limits.take("offer", mac, 1000)], [0, undefined, 50]);
 * ```
 */
export class LineLimits {
  readonly #beganMs: number;
  readonly #kinds = new Map<string, Kind>();
  readonly #ofKind: RateLimit;
  readonly #sources: TokenBuckets;
  readonly #cells = new Float64Array(SOURCES * TOKEN_BUCKET_CELLS);

  constructor(nowMs: number, { ofKind, ofSource }: LineLimit = USUAL) {
    this.#beganMs = nowMs;
    this.#ofKind = ofKind;
    this.#sources = new TokenBuckets(ofSource);
    for (let i = 0; i < SOURCES; i++) {
      this.#sources.fill(this.#cells, i * TOKEN_BUCKET_CELLS, nowMs);
    }
  }

  /**
   * Asks for a line.
   *
   * @param kind One of a fixed number of words.
   * @returns How many lines of the kind were left out since its last one; `undefined` to leave this
   * one out as well.
   */
  take(kind: string, source: MacAddress, nowMs: number): number | undefined {
    const state = this.#kindOf(kind);
    const cell = (hashMacAddress(source) >>> 24) * TOKEN_BUCKET_CELLS;
    // The source's own limit first: one that exceeds it takes nothing from the others.
    if (!this.#sources.take(this.#cells, cell, nowMs) || !state.bucket.take(nowMs)) {
      state.leftOut++;
      return undefined;
    }
    const { leftOut } = state;
    state.leftOut = 0;
    return leftOut;
  }

  #kindOf(kind: string): Kind {
    const known = this.#kinds.get(kind);
    if (known !== undefined) return known;
    const added = { bucket: new TokenBucket(this.#ofKind, this.#beganMs), leftOut: 0 };
    this.#kinds.set(kind, added);
    return added;
  }
}
