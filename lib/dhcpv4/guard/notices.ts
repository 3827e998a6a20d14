/**
 * Which of the hosts that are seen are worth a log line: each once in a while, and one that goes on is
 * named within minutes even while somebody makes up thousands of others a second. A set of those
 * already named cannot do that: it fills up, and then it is blind.
 *
 * The first few are named at once. When more come than that, a host has to be seen again: those that
 * are made up are not. Should somebody repeat them, one line in three is about the host that is seen
 * most often, and the others go round.
 */

import { type RateLimit, TokenBucket } from "../../base/token_bucket.ts";
import { hashMacAddress, type MacAddress } from "../../net/mac_address.ts";
import type { Sighting } from "./seen_hosts.ts";

/** How many lines there are. */
export interface NoticeLimits {
  /** Lines about hosts that are seen for the first time. */
  readonly atFirstSight: RateLimit;
  /** Lines about hosts that were seen before. */
  readonly seenAgain: RateLimit;
  /** After this a host is named again if it is still there. */
  readonly namedMs: number;
}

/** Hosts whose lines are remembered; beyond them the oldest line is forgotten. */
const NAMED_MAX = 256;

/** Places of talkative hosts, a power of two, and for how long a host keeps its place. */
const PLACES_BITS = 12;
const PLACES = 2 ** PLACES_BITS;
const PLACE_MS = 8_000;
const COUNT_MAX = 0xff;

/** Marks of silent hosts, which need more room to be remembered for longer. */
const MARKS_BITS = 15;
const MARKS = 2 ** MARKS_BITS;
/** Unit of the time of a mark, of which an octet counts 256, and for how many units a mark stays. */
const TICK_MS = 8_000;
const MARK_TICKS = 16;

/** A host to be named now. */
export interface Notice extends Sighting {
  /** Sightings since the last notice that caused none. */
  readonly leftOut: number;
}

/**
 * The lines about hosts of one kind. Times are milliseconds of a clock that does not go back.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import type { MacAddress } from "../../net/mac_address.ts";
 * const lines = { perSecond: 1, burst: 1 };
 * const notices = new Notices({ atFirstSight: lines, seenAgain: lines, namedMs: 60_000 }, 0);
 * const seen = [1, 2, 1].map((mac) => notices.see({ mac: mac as MacAddress, address: 0 }, 0));
 * deepEqual(seen, [{ mac: 1, address: 0, leftOut: 0 }, undefined, undefined]);
 * ```
 */
export class Notices {
  readonly #salt: number;
  readonly #atFirstSight: TokenBucket;
  readonly #seenAgain: TokenBucket;
  readonly #namedMs: number;
  /** When the hosts were named, oldest first. */
  readonly #named = new Map<MacAddress, { readonly address: number; readonly nowMs: number }>();
  /** Made when they are needed: most networks never have as many hosts that misbehave. */
  #lately: Lately | undefined;
  #turn = 0;
  #leftOut = 0;

  constructor({ atFirstSight, seenAgain, namedMs }: NoticeLimits, nowMs: number) {
    // Nobody can tell from outside which hosts share a place, and so whose place to take.
    this.#salt = Math.floor(nowMs * 1000) & 0xffff;
    this.#atFirstSight = new TokenBucket(atFirstSight, nowMs);
    this.#seenAgain = new TokenBucket(seenAgain, nowMs);
    this.#namedMs = namedMs;
  }

  /** Counts a sighting. @returns The host to be named, which may be another one. */
  see(sighting: Sighting, nowMs: number): Notice | undefined {
    return this.isNamed(sighting, nowMs) ? undefined : this.seeUnnamed(sighting, nowMs);
  }

  /** The same of a host of which {@link isNamed} says no. */
  seeUnnamed(sighting: Sighting, nowMs: number): Notice | undefined {
    this.#leftOut++;
    if (this.#atFirstSight.take(nowMs)) return this.#name(sighting, nowMs);
    const { places, marks } = this.#lately ??= { places: new Places(), marks: new Marks() };
    const hash = this.#hashOf(sighting.mac);
    const isTalkative = places.see(sighting, hash, nowMs);
    const isMarked = marks.see(hash, nowMs);
    if (!(isTalkative || isMarked) || !this.#seenAgain.take(nowMs)) return undefined;
    const next = this.#choose(places, isMarked ? sighting : undefined, nowMs);
    return next === undefined ? undefined : this.#name(next, nowMs);
  }

  /** Whether a host has been named lately. */
  isNamed({ mac, address }: Sighting, nowMs: number): boolean {
    const named = this.#named.get(mac);
    return named !== undefined && named.address === address && nowMs - named.nowMs < this.#namedMs;
  }

  /** Takes the number of sightings since the last notice that caused none. */
  takeLeftOut(): number {
    const leftOut = this.#leftOut;
    this.#leftOut = 0;
    return leftOut;
  }

  /** Of those that were seen again, the loudest, one in turn, and one that may be silent. */
  #choose(places: Places, silent: Sighting | undefined, nowMs: number): Sighting | undefined {
    const turn = this.#turn++ % 3;
    if (turn === 2 && silent !== undefined) return silent;
    const isWanted = (sighting: Sighting) => !this.isNamed(sighting, nowMs);
    const next = turn === 0 ? places.takeMostSeen(isWanted) : places.takeNext(isWanted);
    return next ?? silent;
  }

  /** 32 bits. */
  #hashOf(mac: MacAddress): number {
    const high = Math.floor(mac / 2 ** 32) ^ this.#salt;
    return hashMacAddress(high * 2 ** 32 + (mac >>> 0) as MacAddress);
  }

  #name({ mac, address }: Sighting, nowMs: number): Notice {
    this.#named.delete(mac);
    for (const oldest of this.#named.keys()) {
      if (this.#named.size < NAMED_MAX) break;
      this.#named.delete(oldest);
    }
    this.#named.set(mac, { address, nowMs });
    const leftOut = this.#leftOut - 1;
    this.#leftOut = 0;
    return { mac, address, leftOut };
  }
}

/** What is remembered of the last seconds and minutes. */
interface Lately {
  readonly places: Places;
  readonly marks: Marks;
}

/**
 * A place for each host by its hash. A newcomer gets the place when its holder has had it for long
 * enough, so that all get their turn and none can hold it for ever.
 */
class Places {
  readonly #macs = new Float64Array(PLACES);
  readonly #addresses = new Uint32Array(PLACES);
  readonly #sinceMs = new Float64Array(PLACES).fill(-Infinity);
  /** How often each was seen in its time; two at least if it was seen before. */
  readonly #counts = new Uint8Array(PLACES);
  #cursor = 0;

  /** @returns Whether the host was seen before. */
  see({ mac, address }: Sighting, hash: number, nowMs: number): boolean {
    const place = hash >>> (32 - PLACES_BITS);
    const isSeenAgain = this.#macs[place] === mac;
    if (nowMs - this.#sinceMs[place]! >= PLACE_MS) {
      this.#macs[place] = mac;
      this.#sinceMs[place] = nowMs;
      this.#counts[place] = isSeenAgain ? 1 : 0;
    } else if (!isSeenAgain) return false;
    this.#addresses[place] = address;
    if (this.#counts[place]! < COUNT_MAX) this.#counts[place]!++;
    return isSeenAgain;
  }

  /** Takes the host that was seen most often. */
  takeMostSeen(isWanted: (sighting: Sighting) => boolean): Sighting | undefined {
    let most = 1;
    let found: number | undefined;
    for (let place = 0; place < PLACES; place++) {
      const count = this.#counts[place]!;
      if (count <= most || !isWanted(this.#sightingAt(place))) continue;
      most = count;
      found = place;
    }
    return found === undefined ? undefined : this.#take(found);
  }

  /** Takes the next host in turn that was seen more than once. */
  takeNext(isWanted: (sighting: Sighting) => boolean): Sighting | undefined {
    for (let i = 0; i < PLACES; i++) {
      const place = this.#cursor;
      this.#cursor = (place + 1) % PLACES;
      if (this.#counts[place]! > 1 && isWanted(this.#sightingAt(place))) return this.#take(place);
    }
    return undefined;
  }

  #take(place: number): Sighting {
    this.#counts[place] = 0;
    return this.#sightingAt(place);
  }

  #sightingAt(place: number): Sighting {
    return { mac: this.#macs[place] as MacAddress, address: this.#addresses[place]! };
  }
}

/** The same for longer, with a mark for each host instead of the host: one in 65,536 is wrong. */
class Marks {
  readonly #marks = new Uint16Array(MARKS);
  readonly #ticks = new Uint8Array(MARKS);

  /** @returns Whether the host seems to have been seen before. */
  see(hash: number, nowMs: number): boolean {
    const place = hash >>> (32 - MARKS_BITS);
    // 0 is a free place.
    const mark = Math.imul(hash, 0x2c1b3c6d) >>> 16 || 1;
    const tick = Math.floor(nowMs / TICK_MS) & 0xff;
    const isFresh = this.#marks[place] !== 0 && ((tick - this.#ticks[place]!) & 0xff) < MARK_TICKS;
    if (isFresh) return this.#marks[place] === mark;
    this.#marks[place] = mark;
    this.#ticks[place] = tick;
    return false;
  }
}
