/**
 * The lease table: everything that the answer to a packet depends on besides the packet itself.
 * It is built from one IPPool and replaced as a whole, so a reply never mixes two states.
 */

import type { Cidr } from "../net/cidr.ts";
import type { Ipv4Address } from "../net/ipv4_address.ts";
import type { MacAddress } from "../net/mac_address.ts";

/** What all clients of a pool are told. */
export interface PoolParameters {
  /** The server's own address: source of replies, option 54, `siaddr`. */
  readonly serverIp: Ipv4Address;
  readonly cidr: Cidr;
  readonly router?: Ipv4Address;
  readonly dns: readonly Ipv4Address[];
  readonly domainName?: string;
  readonly domainSearch: readonly string[];
  /** Addresses only; names were resolved before. */
  readonly ntpServers: readonly Ipv4Address[];
  /** 1 to 0xfffffffe. */
  readonly leaseSeconds: number;
}

/** Bindings of one pool with what its clients are told. */
export interface LeaseTable {
  readonly parameters: PoolParameters;
  /** A paused pool answers nobody. */
  readonly paused: boolean;
  /** Number of bindings. */
  readonly size: number;
  /** The address bound to the MAC. */
  addressOf(mac: MacAddress): Ipv4Address | undefined;
  /** The MAC that the address is bound to. */
  ownerOf(address: Ipv4Address): MacAddress | undefined;
  /** All bindings, in the order of the record. */
  bindings(): Iterable<readonly [MacAddress, Ipv4Address]>;
}

/**
 * Makes a table from a map that the table owns from then on.
 *
 * @param bindings MAC to address. When two MACs share an address, which the record's own shape
 * forbids, the first keeps it and the second gets no binding: never two VMs with one address.
 */
export function createLeaseTable(
  parameters: PoolParameters,
  bindings: ReadonlyMap<MacAddress, Ipv4Address>,
  paused = false,
): LeaseTable {
  const owners = new Map<Ipv4Address, MacAddress>();
  const addresses = new Map<MacAddress, Ipv4Address>();
  for (const [mac, address] of bindings) {
    if (owners.has(address)) continue;
    owners.set(address, mac);
    addresses.set(mac, address);
  }
  return {
    parameters,
    paused,
    size: addresses.size,
    addressOf: (mac) => addresses.get(mac),
    ownerOf: (address) => owners.get(address),
    bindings: () => addresses,
  };
}
