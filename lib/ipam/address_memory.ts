/** What is known of the free addresses of a range beside that they are free: which were in use, and until when. */

import type { Ipv4Address } from "../net/ipv4_address.ts";
import type { MacAddress } from "../net/mac_address.ts";

/**
 * Addresses remembered one by one. A range of millions of addresses through which VMs come and go would
 * fill the memory; the addresses that were freed first are forgotten first.
 */
const RESTING_MAX = 65_536;

/** MACs that are remembered with the address that they had; the one that left first is forgotten first. */
const HOMES_MAX = 65_536;

/** Free addresses of which it is only known that they were not in use at the start. */
interface RestingBlock {
  readonly sinceMs: number;
  readonly upTo: Ipv4Address;
  /** The first one that has not been handed out since. */
  from: number;
}

/**
 * Remembers where the search for a free address goes on, which free addresses rest, as a host may still
 * use an address for a while after it was taken back, and which address each MAC gave back: a VM that
 * is restored gets it again.
 *
 * Nothing is recorded of this, so after a start it is not known when addresses were freed. Each free
 * address up to the highest one in use counts as freed at the start.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import { ipv4AddressFromNumber } from "../net/ipv4_address.ts";
 * import type { MacAddress } from "../net/mac_address.ts";
 * const memory = new AddressMemory(0);
 * const [five, six] = [5, 6].map(ipv4AddressFromNumber);
 * const [a, b] = [1, 2] as MacAddress[];
 * memory.note({ freed: [[six, a]], taken: [], after: undefined }, 1000);
 * memory.note({ freed: [[five, b]], taken: [], after: undefined }, 2000);
 * deepEqual([...memory.resting()], [six, five]);
 * memory.forgetRested(3000, 1500);
 * deepEqual([...memory.resting()], [five]);
 * deepEqual(memory.homeOf(a), six);
 * ```
 */
export class AddressMemory {
  readonly #startMs: number;
  readonly #freedMs = new Map<Ipv4Address, number>();
  readonly #homes = new Map<MacAddress, Ipv4Address>();
  #block: RestingBlock | undefined;
  #isStarted = false;
  #after: Ipv4Address | undefined;
  #highest: Ipv4Address | undefined;

  /** @param startMs Now, by the monotonic clock. */
  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  /** After which address the search goes on: the one handed out last, or else the highest in use. */
  get after(): Ipv4Address | undefined {
    return this.#after ?? this.#highest;
  }

  /** The addresses that rest since the start, where none was handed out since. */
  get block(): { readonly from: number; readonly upTo: Ipv4Address } | undefined {
    return this.#block;
  }

  /** How many addresses {@link resting} gives. */
  get restingCount(): number {
    return this.#freedMs.size;
  }

  /** Addresses that were freed one by one, the longest ago first. */
  resting(): Iterable<Ipv4Address> {
    return this.#freedMs.keys();
  }

  isResting(address: Ipv4Address): boolean {
    return this.#freedMs.has(address);
  }

  /** The address that a MAC gave back last, whether it is free or not. */
  homeOf(mac: MacAddress): Ipv4Address | undefined {
    return this.#homes.get(mac);
  }

  /** Notes once, after a start, which address of those in use is the highest. */
  start(highest: Ipv4Address | undefined): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    if (highest === undefined) return;
    this.#block = { sinceMs: this.#startMs, from: 0, upTo: highest };
    this.#highest = highest;
  }

  /** Lets go of addresses that have rested long enough. */
  forgetRested(nowMs: number, graceMs: number): void {
    if (this.#block !== undefined && this.#block.sinceMs + graceMs <= nowMs) {
      this.#block = undefined;
    }
    for (const [address, freedMs] of this.#freedMs) {
      if (freedMs + graceMs > nowMs) break;
      this.#freedMs.delete(address);
    }
  }

  /** Forgets those that are not free any more, or not of the range. */
  keepOnly(isFree: (address: Ipv4Address) => boolean): void {
    for (const address of this.#freedMs.keys()) {
      if (!isFree(address)) this.#freedMs.delete(address);
    }
  }

  /** Notes what a record that was committed changed. */
  note(
    { freed, taken, after, blockFrom }: {
      /** Each address with the MAC that had it. */
      readonly freed: Iterable<readonly [Ipv4Address, MacAddress]>;
      readonly taken: Iterable<Ipv4Address>;
      /** The address handed out last; `undefined` when none was but to those who wanted it. */
      readonly after: Ipv4Address | undefined;
      /** Where the block begins from now on; beyond its end when nothing of it is left. */
      readonly blockFrom?: number | undefined;
    },
    nowMs: number,
  ): void {
    for (const [address, mac] of freed) {
      // At the end, however long it had rested before.
      this.#freedMs.delete(address);
      this.#freedMs.set(address, nowMs);
      this.#homes.delete(mac);
      this.#homes.set(mac, address);
    }
    for (const address of taken) {
      this.#freedMs.delete(address);
      if (this.#highest === undefined || address > this.#highest) this.#highest = address;
    }
    for (const address of this.#freedMs.keys()) {
      if (this.#freedMs.size <= RESTING_MAX) break;
      this.#freedMs.delete(address);
    }
    for (const mac of this.#homes.keys()) {
      if (this.#homes.size <= HOMES_MAX) break;
      this.#homes.delete(mac);
    }
    this.#after = after ?? this.#after;
    if (this.#block === undefined || blockFrom === undefined) return;
    this.#block.from = blockFrom;
    if (blockFrom > this.#block.upTo) this.#block = undefined;
  }
}
