/** Which MAC address last said by ARP that an address is its own: of the last few hundred addresses. */

import type { Ipv4Address } from "../../net/ipv4_address.ts";
import type { MacAddress } from "../../net/mac_address.ts";

/** Places, a power of two; addresses that hash alike take each other's place. */
const PLACES_BITS = 8;
const PLACES = 2 ** PLACES_BITS;

/**
 * What hosts say of themselves, and any host can say it.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import type { Ipv4Address } from "../../net/ipv4_address.ts";
 * import type { MacAddress } from "../../net/mac_address.ts";
 * const neighbours = new Neighbours();
 * neighbours.note(7 as Ipv4Address, 0x525400000001 as MacAddress);
 * const found = [7, 8].map((address) => neighbours.macOf(address as Ipv4Address));
 * deepEqual(found, [0x525400000001, undefined]);
 * ```
 */
export class Neighbours {
  readonly #addresses = new Uint32Array(PLACES);
  readonly #macs = new Float64Array(PLACES);

  /** A host sent ARP from the address. */
  note(address: Ipv4Address, mac: MacAddress): void {
    const place = placeOf(address);
    this.#addresses[place] = address;
    this.#macs[place] = mac;
  }

  /** The host; `undefined` when none is known. */
  macOf(address: Ipv4Address): MacAddress | undefined {
    const place = placeOf(address);
    const mac = this.#macs[place]!;
    return mac !== 0 && this.#addresses[place] === address ? mac as MacAddress : undefined;
  }
}

function placeOf(address: Ipv4Address): number {
  return Math.imul(address, 0x9e3779b1) >>> (32 - PLACES_BITS);
}
