/** A record that is being planned. */

import type { AddressAllocator } from "../../../ipam/address_allocator.ts";
import type { Ipv4Address } from "../../../net/ipv4_address.ts";
import { formatMacAddress, type MacAddress } from "../../../net/mac_address.ts";
import type { AllocationRecord, Mark, RecordDelta } from "./allocation_record.ts";

/** Changes that lie over a record, which is neither copied nor touched. */
export class RecordEdit {
  readonly #record: AllocationRecord;
  readonly #removed = new Set<Ipv4Address>();
  readonly #added = new Map<Ipv4Address, MacAddress | Mark>();
  /** Addresses of MACs where they differ from the record. */
  readonly #homes = new Map<MacAddress, Ipv4Address | undefined>();
  readonly #texts = new Map<Ipv4Address, string>();
  #bindingCount: number;
  #allocator: AddressAllocator | undefined;

  constructor(record: AllocationRecord) {
    this.#record = record;
    this.#bindingCount = record.bindings.size;
  }

  get bindingCount(): number {
    return this.#bindingCount;
  }

  get entryCount(): number {
    return this.#record.entryCount - this.#removed.size + this.#added.size;
  }

  /** MACs whose binding changed. */
  get changedMacs(): Iterable<MacAddress> {
    return this.#homes.keys();
  }

  macAt(address: Ipv4Address): MacAddress | undefined {
    const added = this.#added.get(address);
    if (added !== undefined) return typeof added === "string" ? undefined : added;
    return this.#removed.has(address) ? undefined : this.#record.bindings.get(address);
  }

  addressOf(mac: MacAddress): Ipv4Address | undefined {
    return this.#homes.has(mac) ? this.#homes.get(mac) : this.#record.addresses.get(mac);
  }

  /** Whether anything stands at an address. */
  isTaken(address: Ipv4Address): boolean {
    return this.#added.has(address) ||
      this.#record.taken.has(address) && !this.#removed.has(address);
  }

  *bindings(): Generator<readonly [Ipv4Address, MacAddress], void> {
    for (const entry of this.#record.bindings) if (!this.#removed.has(entry[0])) yield entry;
    for (const [address, value] of this.#added) {
      if (typeof value !== "string") yield [address, value];
    }
  }

  *macs(): Generator<MacAddress, void> {
    for (const mac of this.#record.addresses.keys()) {
      if (this.addressOf(mac) !== undefined) yield mac;
    }
    for (const [mac, address] of this.#homes) {
      if (address !== undefined && !this.#record.addresses.has(mac)) yield mac;
    }
  }

  /** Tells an allocator, which started from the same record, of all changes. */
  attach(allocator: AddressAllocator): void {
    this.#allocator = allocator;
    for (const address of this.#removed) {
      allocator.release(address, this.#record.bindings.has(address));
    }
    for (const address of this.#added.keys()) allocator.record(address);
  }

  /** Binds a free address to a MAC. */
  bind(address: Ipv4Address, mac: MacAddress): void {
    this.#put(address, mac);
    this.#homes.set(mac, address);
    this.#bindingCount++;
  }

  /** Marks a free address. */
  mark(address: Ipv4Address, mark: Mark): void {
    this.#put(address, mark);
  }

  /** Takes whatever stands at an address out of the record. */
  remove(address: Ipv4Address): void {
    const mac = this.macAt(address);
    if (mac !== undefined) {
      this.#bindingCount--;
      if (this.addressOf(mac) === address) this.#homes.set(mac, undefined);
    }
    if (!this.isTaken(address)) return;
    this.#added.delete(address);
    if (this.#record.taken.has(address)) this.#removed.add(address);
    this.#allocator?.release(address, mac !== undefined);
  }

  /** The first of them is handed out again first, so their order must not depend on who asks. */
  removeAll(addresses: readonly Ipv4Address[]): void {
    for (const address of addresses.toSorted((a, b) => a - b)) this.remove(address);
  }

  /** Makes `address` the one address of the MAC, of several that the record names. */
  keepOnly(mac: MacAddress, address: Ipv4Address): void {
    if (this.addressOf(mac) !== address) this.#homes.set(mac, address);
  }

  /** Lets the MAC at an address be written as its object has it; `undefined` for the normal form. */
  spell(address: Ipv4Address, mac: MacAddress, text: string | undefined): void {
    const isAsBefore = this.#record.bindings.get(address) === mac;
    const current = isAsBefore ? this.#record.textAt(address) : undefined;
    if (text !== current) this.#texts.set(address, text ?? formatMacAddress(mac));
  }

  /** All changes; what became again what it was is none. */
  delta(): RecordDelta {
    const removed = new Set(this.#removed);
    const added = new Map(this.#added);
    for (const address of this.#removed) {
      const value = this.#record.bindings.get(address) ?? this.#record.marks.get(address);
      if (value === undefined || added.get(address) !== value) continue;
      removed.delete(address);
      added.delete(address);
    }
    const freed = new Map<Ipv4Address, MacAddress>();
    for (const address of removed) {
      const mac = this.#record.bindings.get(address);
      if (mac !== undefined && !added.has(address)) freed.set(address, mac);
    }
    return { removed, added, freed, texts: this.#texts };
  }

  #put(address: Ipv4Address, value: MacAddress | Mark): void {
    this.#added.set(address, value);
    this.#allocator?.record(address);
  }
}
