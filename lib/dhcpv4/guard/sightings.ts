/** Hosts that misbehave: which they are, and which of them to name in the log. */

import { type Notice, type NoticeLimits, Notices } from "./notices.ts";
import { type SeenHost, SeenHosts, type Sighting } from "./seen_hosts.ts";

/** A line about each host once an hour. */
const LIMITS: NoticeLimits = {
  atFirstSight: { perSecond: 1 / 60, burst: 16 },
  seenAgain: { perSecond: 1 / 5, burst: 4 },
  namedMs: 3600_000,
};

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
  readonly #hosts = new SeenHosts();
  readonly #notices: Notices;

  constructor(nowMs: number) {
    this.#notices = new Notices(LIMITS, nowMs);
  }

  /** Counts a sighting. @returns The host to be named, which may be another one. */
  see(sighting: Sighting, nowMs: number): Notice | undefined {
    this.#hosts.see(sighting, nowMs);
    const notice = this.#notices.see(sighting, nowMs);
    if (notice !== undefined) this.#hosts.admit(notice, nowMs);
    return notice;
  }

  /** The hosts of the list, which is short, whatever was seen. */
  get hosts(): readonly SeenHost[] {
    return this.#hosts.list;
  }
}
