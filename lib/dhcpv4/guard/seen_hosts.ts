/** A short list of hosts that were seen, with how often and when. */

import type { MacAddress } from "../../net/mac_address.ts";

/** Hosts of a list. */
const HOSTS_MAX = 32;

/** A host that was not seen for so long gives its place to the next one. */
const STALE_MS = 900_000;

/** A host that misbehaves. */
export interface Sighting {
  readonly mac: MacAddress;
  /** The address that it is about: with another one it counts as another host. */
  readonly address: number;
}

/** A host of the list. */
export interface SeenHost extends Sighting {
  /** Sightings since it is in the list. */
  readonly count: number;
  /** When it was seen last, in milliseconds of a clock that does not go back. */
  readonly lastMs: number;
}

/**
 * The list. While it is full of hosts that were seen lately, a newcomer has to be admitted, and those that
 * have a place lose it in turn. Whoever makes up more hosts than it holds can keep another one out for a
 * while.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import type { MacAddress } from "../../net/mac_address.ts";
 * const hosts = new SeenHosts();
 * const sighting = { mac: 0x020000000001 as MacAddress, address: 1 };
 * for (const nowMs of [0, 1000]) hosts.see(sighting, nowMs);
 * deepEqual(hosts.list, [{ ...sighting, count: 2, lastMs: 1000 }]);
 * ```
 */
export class SeenHosts {
  readonly #hosts: { mac: MacAddress; address: number; count: number; lastMs: number }[] = [];
  #turn = 0;

  get list(): readonly SeenHost[] {
    return this.#hosts;
  }

  /** Counts a sighting of a host that has a place or finds a free one. */
  see({ mac, address }: Sighting, nowMs: number): void {
    let oldest = 0;
    for (let place = 0; place < this.#hosts.length; place++) {
      const host = this.#hosts[place]!;
      if (host.mac === mac && host.address === address) {
        host.count++;
        host.lastMs = nowMs;
        return;
      }
      if (host.lastMs < this.#hosts[oldest]!.lastMs) oldest = place;
    }
    const seen = { mac, address, count: 1, lastMs: nowMs };
    if (this.#hosts.length < HOSTS_MAX) this.#hosts.push(seen);
    else if (nowMs - this.#hosts[oldest]!.lastMs >= STALE_MS) this.#hosts[oldest] = seen;
  }

  /** Gives a host a place, unless it has one. */
  admit({ mac, address }: Sighting, nowMs: number): void {
    if (this.#hosts.some((host) => host.mac === mac && host.address === address)) return;
    this.#hosts[this.#turn++ % HOSTS_MAX] = { mac, address, count: 1, lastMs: nowMs };
  }
}
