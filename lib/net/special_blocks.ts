/** Blocks of addresses that no host of a network can have (RFC 6890 section 2.2.2, RFC 1112). */

import { type Cidr, lastAddressOf } from "./cidr.ts";
import type { Ipv4Address } from "./ipv4_address.ts";

const BLOCKS = [
  { first: 0x00000000, last: 0x00ffffff, name: "0.0.0.0/8, which means this network" },
  { first: 0x7f000000, last: 0x7fffffff, name: "127.0.0.0/8, which stays within a host" },
  { first: 0xe0000000, last: 0xefffffff, name: "224.0.0.0/4, which is for multicast" },
  { first: 0xf0000000, last: 0xffffffff, name: "240.0.0.0/4, which is reserved" },
] as const;

/**
 * The block that a prefix has addresses of.
 *
 * @returns Its prefix and its purpose; `undefined` when hosts can have all addresses.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * import { parseCidr } from "./cidr.ts";
 * equal(specialBlockOf(parseCidr("126.0.0.0/7")!), "127.0.0.0/8, which stays within a host");
 * equal(specialBlockOf(parseCidr("10.0.0.0/8")!), undefined);
 * ```
 */
export function specialBlockOf(cidr: Cidr): string | undefined {
  return blockWithin(cidr.network, lastAddressOf(cidr));
}

/**
 * The block that an address is in.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * import { parseIpv4Address } from "./ipv4_address.ts";
 * equal(specialBlockOfAddress(parseIpv4Address("239.1.2.3")!), "224.0.0.0/4, which is for multicast");
 * equal(specialBlockOfAddress(parseIpv4Address("10.1.2.3")!), undefined);
 * ```
 */
export function specialBlockOfAddress(address: Ipv4Address): string | undefined {
  return blockWithin(address, address);
}

function blockWithin(first: number, last: number): string | undefined {
  return BLOCKS.find((block) => first <= block.last && last >= block.first)?.name;
}
