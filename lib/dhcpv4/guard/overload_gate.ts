/**
 * What is passed over when more frames come than can be answered. Below that nobody is refused. Under
 * overload each Ethernet source has its share, so that one that floods does not take the turns of the
 * others; sources with a binding keep theirs the longest. A frame is judged before it is decoded, in
 * memory of a fixed size, whatever addresses are made up.
 */

import { hashMacAddress, type MacAddress } from "../../net/mac_address.ts";

/** Crowded passes in a row that are no overload yet: a burst, or a pause of this process. */
const GRACE_PASSES = 3;
const LEVEL_MAX = 12;
/** Sources without a binding have half the share at each level, down to one frame. */
const SHARE_MAX = 64;
const ONE_FRAME_LEVEL = Math.log2(SHARE_MAX);
/** What a source with a binding has at any level: some complete exchanges. */
const BOUND_SHARE = 16;
/** Frames after which what was counted is worth half. */
const WINDOW_FRAMES = 4096;

/** Cells of one row of counts, a power of two. */
const ROW_BITS = 11;
const ROW = 1 << ROW_BITS;

/**
 * Counts of sources, some too high where addresses hash alike, but none too low (count-min sketch with
 * two rows). Those with a binding are counted apart, so that made-up ones do not raise their counts.
 */
class SourceCounts {
  readonly #counts = new Uint16Array(4 * ROW);
  #frames = 0;

  /** Counts a frame. @returns How many of its source there were lately. */
  add(source: MacAddress, isBound: boolean): number {
    if (++this.#frames >= WINDOW_FRAMES) this.#age();
    const hash = hashMacAddress(source);
    const first = (isBound ? 2 * ROW : 0) + (hash >>> (32 - ROW_BITS));
    const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> (32 - ROW_BITS);
    const second = (isBound ? 3 * ROW : ROW) + mixed;
    return Math.min(++this.#counts[first]!, ++this.#counts[second]!);
  }

  #age(): void {
    this.#frames = 0;
    for (let at = 0; at < this.#counts.length; at++) this.#counts[at]! >>= 1;
  }
}

/**
 * The gate of one interface.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * import type { MacAddress } from "../../net/mac_address.ts";
 * const gate = new OverloadGate();
 * equal(gate.begin(true), false);
 * for (let pass = 0; pass < 9; pass++) gate.begin(true);
 * const flooder = 0x020000000001 as MacAddress;
 * equal([1, 2, 3].filter(() => gate.admits(flooder, false)).length, 1);
 * equal(gate.admits(0x525400000001 as MacAddress, true), true);
 * ```
 */
export class OverloadGate {
  #crowdedPasses = 0;
  /** Taken while there is overload only: a process may have hundreds of gates. */
  #counts: SourceCounts | undefined;
  #unboundFrames = 0;

  /**
   * Begins a pass over the waiting frames.
   *
   * @param isCrowded Whether frames come faster than they are answered.
   * @returns Whether frames have to be judged by {@link admits} in this pass.
   */
  begin(isCrowded: boolean): boolean {
    const passes = this.#crowdedPasses + (isCrowded ? 1 : -1);
    this.#crowdedPasses = Math.min(GRACE_PASSES + LEVEL_MAX, Math.max(0, passes));
    if (this.#crowdedPasses === 0) this.#counts = undefined;
    return this.#level > 0;
  }

  /** Judges a frame. @returns Whether it is to be answered. */
  admits(source: MacAddress, isBound: boolean): boolean {
    const count = (this.#counts ??= new SourceCounts()).add(source, isBound);
    if (isBound) return count <= BOUND_SHARE;
    const level = this.#level;
    if (level <= ONE_FRAME_LEVEL) return count <= SHARE_MAX >> level;
    // Not even one frame of each: every second, then every fourth and so on.
    return count === 1 && this.#unboundFrames++ % (1 << (level - ONE_FRAME_LEVEL)) === 0;
  }

  get #level(): number {
    return this.#crowdedPasses - GRACE_PASSES;
  }
}
