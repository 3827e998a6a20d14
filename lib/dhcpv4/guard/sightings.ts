/**
 * Which of the hosts that misbehave are worth a log line: each once an hour, and one that goes on is
 * named within minutes even while somebody makes up thousands of others a second. A set of those
 * already named cannot do that: it fills up, and then it is blind.
 *
 * The first few are named at once. When more come than that, a host has to be seen again: those that
 * are made up are not. Should somebody repeat them, every other line is about the host that is seen
 * most often, and the lines between go round.
 */

import { TokenBucket } from "../../base/token_bucket.ts";
import { hashMacAddress, type MacAddress } from "../../net/mac_address.ts";

/** Lines about hosts that are seen for the first time. */
const AT_FIRST_SIGHT = { perSecond: 1 / 60, burst: 16 };

/** Lines about hosts that were seen before. */
const SEEN_AGAIN = { perSecond: 1 / 5, burst: 4 };

/** After this a host is named again if it is still there. */
const NAMED_MS = 3600_000;

/** Hosts whose lines are remembered; beyond them the oldest line is forgotten. */
const NAMED_MAX = 256;

/** For so long a host keeps its place, whoever else comes: for talkative hosts and for silent ones. */
const PATIENCES_MS = [8_000, 128_000] as const;

/** Places of each list, a power of two. */
const PLACES_BITS = 13;
const PLACES = 2 ** PLACES_BITS;

const COUNT_MAX = 0xffff;

/** A host that misbehaves. */
export interface Sighting {
  readonly mac: MacAddress;
  /** The address that it is about: with another one it counts as another host. */
  readonly address: number;
}

/** A host to be named now. */
export interface Notice extends Sighting {
  /** Sightings since the last notice that caused none. */
  readonly leftOut: number;
}

/**
 * Sightings of one kind. Times are milliseconds of a clock that does not go back.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import type { MacAddress } from "../../net/mac_address.ts";
 * const sightings = new Sightings(0);
 * const sighting = { mac: 0x020000000001 as MacAddress, address: 1 };
 * deepEqual(sightings.see(sighting, 0), { ...sighting, leftOut: 0 });
 * deepEqual(sightings.see(sighting, 1000), undefined);
 * ```
 */
export class Sightings {
  readonly #salt: number;
  readonly #atFirstSight: TokenBucket;
  readonly #seenAgain: TokenBucket;
  /** When the hosts were named, oldest first. */
  readonly #named = new Map<MacAddress, { readonly address: number; readonly nowMs: number }>();
  /** Made when they are needed: most networks never have as many hosts that misbehave. */
  #lists: readonly PlaceList[] = [];
  #turn = 0;
  #leftOut = 0;

  constructor(nowMs: number) {
    // Nobody can tell from outside which hosts share a place, and so whose place to take.
    this.#salt = Math.floor(nowMs * 1000) & 0xffff;
    this.#atFirstSight = new TokenBucket(AT_FIRST_SIGHT, nowMs);
    this.#seenAgain = new TokenBucket(SEEN_AGAIN, nowMs);
  }

  /** Counts a sighting. @returns The host to be named, which may be another one. */
  see(sighting: Sighting, nowMs: number): Notice | undefined {
    if (this.#isNamed(sighting, nowMs)) return undefined;
    this.#leftOut++;
    if (this.#atFirstSight.take(nowMs)) return this.#name(sighting, nowMs);
    if (this.#lists.length === 0) {
      this.#lists = PATIENCES_MS.map((ms) => new PlaceList(ms, this.#salt));
    }
    let isSeenAgain = false;
    for (const list of this.#lists) isSeenAgain = list.see(sighting, nowMs) || isSeenAgain;
    if (!isSeenAgain || !this.#seenAgain.take(nowMs)) return undefined;
    return this.#nameNext(nowMs);
  }

  /** Names a host that was seen again: of either list in turn, and of each by either rule. */
  #nameNext(nowMs: number): Notice | undefined {
    const turn = this.#turn++;
    const isWanted = (sighting: Sighting) => !this.#isNamed(sighting, nowMs);
    for (let i = 0; i < this.#lists.length; i++) {
      const list = this.#lists[(turn + i) % this.#lists.length]!;
      const isByCount = Math.floor(turn / this.#lists.length) % 2 === 0;
      const next = isByCount ? list.takeMostSeen(isWanted) : list.takeNext(isWanted);
      if (next !== undefined) return this.#name(next, nowMs);
    }
    return undefined;
  }

  #isNamed({ mac, address }: Sighting, nowMs: number): boolean {
    const named = this.#named.get(mac);
    return named !== undefined && named.address === address && nowMs - named.nowMs < NAMED_MS;
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

/**
 * A place for each host by its hash. A newcomer gets the place when its holder has had it for long
 * enough, so that all get their turn and none can hold it for ever.
 */
class PlaceList {
  readonly #patienceMs: number;
  readonly #salt: number;
  readonly #macs = new Float64Array(PLACES);
  readonly #addresses = new Uint32Array(PLACES);
  readonly #sinceMs = new Float64Array(PLACES).fill(-Infinity);
  /** How often each was seen. */
  readonly #counts = new Uint16Array(PLACES);
  #cursor = 0;

  constructor(patienceMs: number, salt: number) {
    this.#patienceMs = patienceMs;
    this.#salt = salt;
  }

  /** @returns Whether the host was seen before. */
  see({ mac, address }: Sighting, nowMs: number): boolean {
    const place = this.#placeOf(mac);
    const isSeenAgain = this.#macs[place] === mac;
    if (!isSeenAgain) {
      if (nowMs - this.#sinceMs[place]! < this.#patienceMs) return false;
      this.#macs[place] = mac;
      this.#sinceMs[place] = nowMs;
      this.#counts[place] = 0;
    }
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

  #placeOf(mac: MacAddress): number {
    const high = Math.floor(mac / 2 ** 32) ^ this.#salt;
    return hashMacAddress(high * 2 ** 32 + (mac >>> 0) as MacAddress) >>> (32 - PLACES_BITS);
  }
}
