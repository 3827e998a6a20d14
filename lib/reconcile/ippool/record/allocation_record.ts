/** `IPPool.status.ipv4.allocated` as addresses and MACs: the only database of bindings. */

import { EXCLUDED_MARK, RESERVED_MARK } from "../../../api/ippool/ippool.ts";
import {
  formatIpv4Address,
  type Ipv4Address,
  parseIpv4Address,
} from "../../../net/ipv4_address.ts";
import { formatMacAddress, type MacAddress, parseMacAddress } from "../../../net/mac_address.ts";
import type { MapChanges } from "./plain_map.ts";

/** What stands at an address that is not a binding. */
export type Mark = typeof EXCLUDED_MARK | typeof RESERVED_MARK;

/** What a plan makes of a record: entries that go, then entries that come. */
export interface RecordDelta {
  readonly removed: ReadonlySet<Ipv4Address>;
  readonly added: ReadonlyMap<Ipv4Address, MacAddress | Mark>;
  /** The texts of MACs: of those that come where it is not the normal form, and of those that get another. */
  readonly texts: ReadonlyMap<Ipv4Address, string>;
  /** Addresses that nobody is bound to any more, each with the MAC that was. */
  readonly freed: ReadonlyMap<Ipv4Address, MacAddress>;
}

/** A record, read. */
export class AllocationRecord {
  readonly #bindings = new Map<Ipv4Address, MacAddress>();
  readonly #addresses = new Map<MacAddress, Ipv4Address>();
  readonly #marks = new Map<Ipv4Address, Mark>();
  readonly #taken = new Set<Ipv4Address>();
  /** Texts of MACs that are not in normal form. */
  readonly #texts = new Map<Ipv4Address, string>();
  /** Of the entries that are neither, those at an address: what is written there. */
  readonly unreadableAt: ReadonlyMap<Ipv4Address, string>;
  /** Entries that are neither, as written: `address: value`. */
  readonly unreadable: readonly string[];

  /** Reads a record. Whatever it holds, nothing of it is lost: what makes no sense is listed. */
  constructor(allocated: Readonly<Record<string, string>> = {}) {
    const unreadable: string[] = [];
    const unreadableAt = new Map<Ipv4Address, string>();
    for (const key of Object.keys(allocated)) {
      const value = allocated[key]!;
      const address = parseIpv4Address(key);
      const mac = parseMacAddress(value);
      if (address !== undefined) this.#taken.add(address);
      if (address !== undefined && mac !== undefined) {
        this.#bindings.set(address, mac);
        this.#noteText(address, mac, value);
        if (!this.#addresses.has(mac)) this.#addresses.set(mac, address);
      } else if (address !== undefined && (value === EXCLUDED_MARK || value === RESERVED_MARK)) {
        this.#marks.set(address, value);
      } else {
        unreadable.push(`${key}: ${value}`);
        if (address !== undefined) unreadableAt.set(address, value);
      }
    }
    this.unreadable = unreadable;
    this.unreadableAt = unreadableAt;
    this.#nowhere = unreadable.length -
      (this.#taken.size - this.#bindings.size - this.#marks.size);
  }

  /** Entries whose key is no address. */
  readonly #nowhere: number;

  /** Every address that the record names with a MAC. */
  get bindings(): ReadonlyMap<Ipv4Address, MacAddress> {
    return this.#bindings;
  }

  /** MAC to address: the first one, should the record name a MAC twice. */
  get addresses(): ReadonlyMap<MacAddress, Ipv4Address> {
    return this.#addresses;
  }

  get marks(): ReadonlyMap<Ipv4Address, Mark> {
    return this.#marks;
  }

  /** All addresses that the record names, whatever stands there. */
  get taken(): ReadonlySet<Ipv4Address> {
    return this.#taken;
  }

  /** The text of the MAC at an address, where that is not the normal form. */
  textAt(address: Ipv4Address): string | undefined {
    return this.#texts.get(address);
  }

  get entryCount(): number {
    return this.#taken.size + this.#nowhere;
  }

  /** Whether a MAC has several addresses. */
  get hasDoubles(): boolean {
    return this.#bindings.size !== this.#addresses.size;
  }

  /**
   * Makes the record what it is after a commit. It must not name a MAC twice, before or after, and what
   * cannot be read must stay.
   */
  apply({ removed, added, texts }: RecordDelta): void {
    for (const address of removed) {
      const mac = this.#bindings.get(address);
      if (mac !== undefined) this.#addresses.delete(mac);
      this.#bindings.delete(address);
      this.#texts.delete(address);
      this.#marks.delete(address);
      this.#taken.delete(address);
    }
    for (const [address, value] of added) {
      this.#taken.add(address);
      if (typeof value === "string") {
        this.#marks.set(address, value);
      } else {
        this.#bindings.set(address, value);
        this.#addresses.set(value, address);
      }
    }
    for (const [address, text] of texts) {
      this.#noteText(address, this.#bindings.get(address)!, text);
    }
  }

  #noteText(address: Ipv4Address, mac: MacAddress, text: string): void {
    if (text === formatMacAddress(mac)) this.#texts.delete(address);
    else this.#texts.set(address, text);
  }
}

/** The changes as they are written. */
export function textChangesOf({ removed, added, texts }: RecordDelta): MapChanges {
  const changes = new Map<string, string | undefined>();
  for (const address of removed) changes.set(formatIpv4Address(address), undefined);
  for (const [address, value] of added) {
    const text = typeof value === "string" ? value : formatMacAddress(value);
    changes.set(formatIpv4Address(address), text);
  }
  for (const [address, text] of texts) changes.set(formatIpv4Address(address), text);
  return changes;
}
