/** `IPPool.status.ipv4.allocated` as addresses and MACs: the only database of bindings. */

import { EXCLUDED_MARK, RESERVED_MARK } from "../../api/ippool/ippool.ts";
import { type Ipv4Address, parseIpv4Address } from "../../net/ipv4_address.ts";
import { type MacAddress, parseMacAddress } from "../../net/mac_address.ts";

/** What stands at an address that is no binding. */
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
