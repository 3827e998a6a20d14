/** A map from MAC to address for the packet path: no boxed numbers, one probe mostly. */

import { type Ipv4Address, UNSPECIFIED_IPV4 } from "../net/ipv4_address.ts";
import type { MacAddress } from "../net/mac_address.ts";

/** No client has this one, so that it marks slots that are free. */
const NO_MAC = 0;

/** Slots for each entry, at least: half of them free keep the probes short. */
const SLOTS_PER_ENTRY = 2;

/** Addresses by MAC, fixed when it is made (open addressing, linear probing). */
export class MacIndex {
  readonly #macs: Float64Array;
  readonly #addresses: Uint32Array;
  readonly #shift: number;

  /** @param entries Entries of the MAC 00:00:00:00:00:00 are not found. */
  constructor(entries: ReadonlyMap<MacAddress, Ipv4Address>) {
    const bits = Math.ceil(Math.log2(Math.max(1, entries.size) * SLOTS_PER_ENTRY));
    this.#shift = 32 - bits;
    this.#macs = new Float64Array(2 ** bits);
    this.#addresses = new Uint32Array(2 ** bits);
    for (const [mac, address] of entries) {
      const slot = this.#slotOf(mac);
      this.#macs[slot] = mac;
      this.#addresses[slot] = address;
    }
  }

  /** The address of the MAC. */
  get(mac: MacAddress): Ipv4Address | undefined {
    const slot = this.#slotOf(mac);
    return mac !== NO_MAC && this.#macs[slot] === mac
      ? (this.#addresses[slot] ?? UNSPECIFIED_IPV4) as Ipv4Address
      : undefined;
  }

  /** The slot of the MAC, or the free one where it belongs. */
  #slotOf(mac: MacAddress): number {
    const macs = this.#macs;
    const last = macs.length - 1;
    // Multiplicative hashing (2^32 / golden ratio): consecutive MACs end up far apart.
    const high = Math.floor(mac / 2 ** 32);
    let slot = Math.imul((mac >>> 0) ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1) >>> this.#shift;
    while (macs[slot] !== NO_MAC && macs[slot] !== mac) slot = (slot + 1) & last;
    return slot;
  }
}
