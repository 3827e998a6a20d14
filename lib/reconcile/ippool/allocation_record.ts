/** `IPPool.status.ipv4.allocated` as addresses and MACs: the only database of bindings. */

import { EXCLUDED_MARK, RESERVED_MARK } from "../../api/ippool/ippool.ts";
import { formatIpv4Address, type Ipv4Address, parseIpv4Address } from "../../net/ipv4_address.ts";
import { formatMacAddress, type MacAddress, parseMacAddress } from "../../net/mac_address.ts";

/** What stands at an address that is not a binding. */
export type Mark = typeof EXCLUDED_MARK | typeof RESERVED_MARK;

/** A record, read. */
export interface AllocationRecord {
  /** Every address that the record names with a MAC. */
  readonly bindings: ReadonlyMap<Ipv4Address, MacAddress>;
  /** MAC to address: the first one, should the record name a MAC twice. */
  readonly addresses: ReadonlyMap<MacAddress, Ipv4Address>;
  readonly marks: ReadonlyMap<Ipv4Address, Mark>;
  /** Entries that are neither, as written: `address: value`. */
  readonly unreadable: readonly string[];
  /** All addresses that the record names, whatever stands there. */
  readonly taken: ReadonlySet<Ipv4Address>;
  readonly entryCount: number;
}

/** Reads a record. Whatever it holds, nothing of it is lost: what makes no sense is listed. */
export function readAllocationRecord(
  allocated: Readonly<Record<string, string>> = {},
): AllocationRecord {
  const bindings = new Map<Ipv4Address, MacAddress>();
  const addresses = new Map<MacAddress, Ipv4Address>();
  const marks = new Map<Ipv4Address, Mark>();
  const taken = new Set<Ipv4Address>();
  const unreadable: string[] = [];
  const entries = Object.entries(allocated);
  for (const [key, value] of entries) {
    const address = parseIpv4Address(key);
    const mac = parseMacAddress(value);
    if (address !== undefined) taken.add(address);
    if (address !== undefined && mac !== undefined) {
      bindings.set(address, mac);
      if (!addresses.has(mac)) addresses.set(mac, address);
    } else if (address !== undefined && (value === EXCLUDED_MARK || value === RESERVED_MARK)) {
      marks.set(address, value);
    } else {
      unreadable.push(`${key}: ${value}`);
    }
  }
  return { bindings, addresses, marks, unreadable, taken, entryCount: entries.length };
}

/** A record that is being changed, entry by entry, without touching what it was made from. */
export class RecordEdit {
  readonly #allocated: Readonly<Record<string, string>> | undefined;
  readonly #removed = new Set<string>();
  readonly #added = new Map<string, string>();
  readonly #bindings: Map<Ipv4Address, MacAddress>;
  readonly #addresses: Map<MacAddress, Ipv4Address>;
  readonly #taken: Set<Ipv4Address>;
  #entryCount: number;

  /** @param allocated The record as it stands; what is not changed is kept as written. */
  constructor(allocated: Readonly<Record<string, string>> | undefined, record: AllocationRecord) {
    this.#allocated = allocated;
    this.#bindings = new Map(record.bindings);
    this.#addresses = new Map(record.addresses);
    this.#taken = new Set(record.taken);
    this.#entryCount = record.entryCount;
  }

  get bindings(): ReadonlyMap<Ipv4Address, MacAddress> {
    return this.#bindings;
  }

  get addresses(): ReadonlyMap<MacAddress, Ipv4Address> {
    return this.#addresses;
  }

  /** Every address that stands in the record. */
  get taken(): ReadonlySet<Ipv4Address> {
    return this.#taken;
  }

  get entryCount(): number {
    return this.#entryCount;
  }

  /** Binds a free address to a MAC. */
  bind(address: Ipv4Address, mac: MacAddress): void {
    this.#put(address, formatMacAddress(mac));
    this.#bindings.set(address, mac);
    this.#addresses.set(mac, address);
  }

  /** Marks a free address. */
  mark(address: Ipv4Address, mark: Mark): void {
    this.#put(address, mark);
  }

  /** Takes whatever stands at an address out of the record. */
  remove(address: Ipv4Address): void {
    const mac = this.#bindings.get(address);
    this.#bindings.delete(address);
    if (mac !== undefined && this.#addresses.get(mac) === address) this.#addresses.delete(mac);
    if (!this.#taken.delete(address)) return;
    const key = formatIpv4Address(address);
    this.#removed.add(key);
    this.#added.delete(key);
    this.#entryCount--;
  }

  /** Makes `address` the one address of the MAC, of several that the record names. */
  keepOnly(mac: MacAddress, address: Ipv4Address): void {
    this.#addresses.set(mac, address);
  }

  /** The record with all changes; the very same object when there are none. */
  result(): Readonly<Record<string, string>> | undefined {
    if (this.#removed.size === 0 && this.#added.size === 0) return this.#allocated;
    const kept = Object.entries(this.#allocated ?? {}).filter(([key]) => !this.#removed.has(key));
    return Object.fromEntries([...kept, ...this.#added]);
  }

  #put(address: Ipv4Address, value: string): void {
    this.#taken.add(address);
    this.#added.set(formatIpv4Address(address), value);
    this.#entryCount++;
  }
}
