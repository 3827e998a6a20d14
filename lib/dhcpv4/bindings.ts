/**
 * Which client has which address: tens of thousands of pairs as numbers in arrays, without an
 * object or a boxed number for each, and one probe mostly to find one.
 */

import { finish, type Steps } from "../base/turns.ts";
import type { Ipv4Address } from "../net/ipv4_address.ts";
import { hashMacAddress, type MacAddress } from "../net/mac_address.ts";

/** Slots of an index for each pair, at least: half of them free keep the probes short. */
const SLOTS_PER_PAIR = 2;

/** Pairs that are added in one step. */
const STEP_PAIRS = 1024;

/** No client has this MAC: it says that there is no pair. */
const NO_MAC = 0;

/** Spreads addresses, which lie side by side mostly: 2^32 / golden ratio. */
const ADDRESS_HASH = 0x9e3779b1;

/**
 * Pairs of MAC and address, fixed when they are made. No MAC and no address is in two of them.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * import { parseIpv4Address } from "../net/ipv4_address.ts";
 * import { parseMacAddress } from "../net/mac_address.ts";
 * const [mac, address] = [parseMacAddress("52:54:00:12:34:56")!, parseIpv4Address("10.0.0.5")!];
 * equal(Bindings.of([[mac, address]]).ownerOf(address), mac);
 * ```
 */
export class Bindings {
  readonly #macs: Float64Array;
  readonly #addresses: Uint32Array;
  /** Number of a pair plus one, by hash of its MAC and of its address; 0 when there is none. */
  readonly #byMac: Uint32Array;
  readonly #byAddress: Uint32Array;
  readonly #shift: number;
  #size = 0;

  private constructor(pairsMax: number) {
    this.#macs = new Float64Array(pairsMax);
    this.#addresses = new Uint32Array(pairsMax);
    const bits = Math.ceil(Math.log2(Math.max(1, pairsMax) * SLOTS_PER_PAIR));
    this.#shift = 32 - bits;
    this.#byMac = new Uint32Array(2 ** bits);
    this.#byAddress = new Uint32Array(2 ** bits);
  }

  /**
   * Makes bindings in steps.
   *
   * @param macs In the order of the pairs; entries of the MAC 00:00:00:00:00:00 are left out.
   * @param addresses The address of each. Of pairs that share a MAC or an address the first counts:
   * never two VMs with one address.
   */
  static *inSteps(macs: Float64Array, addresses: Uint32Array): Steps<Bindings> {
    const bindings = new Bindings(macs.length);
    for (let i = 0; i < macs.length; i++) {
      if (i % STEP_PAIRS === 0) yield;
      bindings.#add(macs[i]!, addresses[i]!);
    }
    return bindings;
  }

  /** Bindings of a list of pairs. */
  static of(pairs: Iterable<readonly [MacAddress, Ipv4Address]>): Bindings {
    const list = [...pairs];
    const macs = Float64Array.from(list, ([mac]) => mac);
    return finish(Bindings.inSteps(macs, Uint32Array.from(list, ([, address]) => address)));
  }

  /** Number of pairs. */
  get size(): number {
    return this.#size;
  }

  /** Number of the pair of the MAC in the order of the pairs, from 0; -1 when it has none. */
  indexOf(mac: MacAddress): number {
    return this.#byMac[this.#slotOfMac(mac)]! - 1;
  }

  /**
   * Where each pair was in earlier bindings, in steps: by its number, the number of the same pair there
   * plus one, or 0.
   */
  *placesInSteps(before: Bindings): Steps<Uint32Array> {
    const places = new Uint32Array(this.#size);
    for (let i = 0; i < this.#size; i++) {
      if (i % STEP_PAIRS === 0) yield;
      const pair = before.#byMac[before.#slotOfMac(this.#macs[i] as MacAddress)]!;
      if (pair !== 0 && before.#addresses[pair - 1] === this.#addresses[i]) places[i] = pair;
    }
    return places;
  }

  /** The address of the MAC. */
  addressOf(mac: MacAddress): Ipv4Address | undefined {
    const index = this.indexOf(mac);
    return index < 0 ? undefined : this.#addresses[index] as Ipv4Address;
  }

  /** The MAC that has the address. */
  ownerOf(address: Ipv4Address): MacAddress | undefined {
    const pair = this.#byAddress[this.#slotOfAddress(address)]!;
    return pair === 0 ? undefined : this.#macs[pair - 1] as MacAddress;
  }

  /** All pairs in their order. */
  *[Symbol.iterator](): Iterator<readonly [MacAddress, Ipv4Address]> {
    for (let i = 0; i < this.#size; i++) {
      yield [this.#macs[i] as MacAddress, this.#addresses[i] as Ipv4Address];
    }
  }

  #add(mac: number, address: number): void {
    if (mac === NO_MAC) return;
    const macSlot = this.#slotOfMac(mac as MacAddress);
    const addressSlot = this.#slotOfAddress(address);
    if (this.#byMac[macSlot] !== 0 || this.#byAddress[addressSlot] !== 0) return;
    this.#macs[this.#size] = mac;
    this.#addresses[this.#size] = address;
    this.#size++;
    this.#byMac[macSlot] = this.#size;
    this.#byAddress[addressSlot] = this.#size;
  }

  /** The slot of the MAC, or the free one where it belongs (open addressing, linear probing). */
  #slotOfMac(mac: MacAddress): number {
    const last = this.#byMac.length - 1;
    let slot = hashMacAddress(mac) >>> this.#shift;
    for (;;) {
      const pair = this.#byMac[slot]!;
      if (pair === 0 || this.#macs[pair - 1] === mac) return slot;
      slot = (slot + 1) & last;
    }
  }

  #slotOfAddress(address: number): number {
    const last = this.#byAddress.length - 1;
    let slot = Math.imul(address, ADDRESS_HASH) >>> this.#shift;
    for (;;) {
      const pair = this.#byAddress[slot]!;
      if (pair === 0 || this.#addresses[pair - 1] === address) return slot;
      slot = (slot + 1) & last;
    }
  }
}
