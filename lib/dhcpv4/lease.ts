/**
 * The lease table: everything that the answer to a packet depends on besides the packet itself.
 * It is built from one IPPool and replaced as a whole, so a reply never mixes two states.
 */

import type { Ipv4Address } from "../net/ipv4_address.ts";
import type { MacAddress } from "../net/mac_address.ts";
import { Bindings } from "./bindings.ts";
import type { PoolParameters } from "./pool.ts";
import { encodePoolOptions, type PoolOptions } from "./pool_options.ts";

/** Bindings of one pool with what its clients are told. */
export interface LeaseTable {
  readonly parameters: PoolParameters;
  /** What the parameters are on the wire, encoded when the table was made. */
  readonly options: PoolOptions;
  /** A paused pool does not answer. */
  readonly paused: boolean;
  /** Number of bindings. */
  readonly size: number;
  /** Number of the binding of the MAC, from 0 to `size` - 1; -1 when it has none. */
  indexOf(mac: MacAddress): number;
  /** The address bound to the MAC. */
  addressOf(mac: MacAddress): Ipv4Address | undefined;
  /** The MAC that the address is bound to. */
  ownerOf(address: Ipv4Address): MacAddress | undefined;
  /** All bindings, in the order of the record. */
  bindings(): Bindings;
}

/**
 * Makes a table.
 *
 * @param bindings MAC to address. When two MACs share an address, which the record's own shape
 * forbids, the first keeps it and the second gets no binding: never two VMs with one address.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * import { parseCidr } from "../net/cidr.ts";
 * import { parseIpv4Address } from "../net/ipv4_address.ts";
 * const [serverIp, ip] = ["192.168.48.77", "192.168.48.81"].map((text) => parseIpv4Address(text)!);
 * const lists = { dns: [], domainSearch: [], ntpServers: [] };
 * const pool = { serverIp, cidr: parseCidr("192.168.48.0/24")!, leaseSeconds: 300, ...lists };
 * const table = createLeaseTable(pool, new Map([[1 as MacAddress, ip], [2 as MacAddress, ip]]));
 * equal(table.addressOf(1 as MacAddress), ip);
 * equal(table.addressOf(2 as MacAddress), undefined);
 * ```
 */
export function createLeaseTable(
  parameters: PoolParameters,
  bindings: Bindings | ReadonlyMap<MacAddress, Ipv4Address>,
  paused = false,
): LeaseTable {
  const held = bindings instanceof Bindings ? bindings : Bindings.of(bindings);
  return {
    parameters,
    options: encodePoolOptions(parameters),
    paused,
    size: held.size,
    indexOf: (mac) => held.indexOf(mac),
    addressOf: (mac) => held.addressOf(mac),
    ownerOf: (address) => held.ownerOf(address),
    bindings: () => held,
  };
}
