/** IPv4 prefixes (RFC 4632). */

import {
  formatIpv4Address,
  type Ipv4Address,
  ipv4AddressFromNumber,
  parseIpv4Address,
} from "./ipv4_address.ts";

/** A prefix: the network address with all host bits zero, and the number of network bits. */
export interface Cidr {
  readonly network: Ipv4Address;
  /** 0 to 32. */
  readonly prefixLength: number;
}

/**
 * Parses `address/prefix`. Host bits are cleared, as Go's `net.ParseCIDR` does, because existing
 * IPPool objects may carry them.
 *
 * @returns The prefix, or `undefined` when the text is not of that form.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * equal(formatCidr(parseCidr("192.168.48.77/24")!), "192.168.48.0/24");
 * equal(parseCidr("192.168.48.0"), undefined);
 * ```
 */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^([0-9.]{7,15})\/(0|[1-9]\d?)$/.exec(text);
  const address = match === null ? undefined : parseIpv4Address(match[1]!);
  const prefixLength = Number(match?.[2]);
  if (address === undefined || prefixLength > 32) return undefined;
  return { network: ipv4AddressFromNumber((address & maskBits(prefixLength)) >>> 0), prefixLength };
}

/** Formats a prefix as `address/prefix`. */
export function formatCidr(cidr: Cidr): string {
  return `${formatIpv4Address(cidr.network)}/${cidr.prefixLength}`;
}

/** The subnet mask as an address, 255.255.255.0 for a /24. */
export function subnetMaskOf(cidr: Cidr): Ipv4Address {
  return ipv4AddressFromNumber(maskBits(cidr.prefixLength));
}

/**
 * The last address of the prefix: its directed broadcast address when it has 30 bits or fewer.
 *
 * @example
 * ```ts
 * import { deepEqual, equal } from "node:assert/strict";
 * const cidr = parseCidr("192.168.48.0/24")!;
 * deepEqual([broadcastOf(cidr), subnetMaskOf(cidr)], [0xc0a830ff, 0xffffff00]);
 * equal(cidrContains(cidr, broadcastOf(cidr)), true);
 * ```
 */
export function broadcastOf(cidr: Cidr): Ipv4Address {
  return ipv4AddressFromNumber((cidr.network | ~maskBits(cidr.prefixLength)) >>> 0);
}

/** Whether the address lies in the prefix, its first and last address included. */
export function cidrContains(cidr: Cidr, address: Ipv4Address): boolean {
  return (address & maskBits(cidr.prefixLength)) >>> 0 === cidr.network;
}

/**
 * Whether an address is the network or the broadcast address of the prefix. Prefixes of 31 and 32
 * bits have neither (RFC 3021 section 2.1).
 *
 * @example
 * ```ts
 * import { deepEqual, equal } from "node:assert/strict";
 * const cidr = parseCidr("192.168.48.0/30")!;
 * deepEqual([cidr.network, broadcastOf(cidr)].map((each) => edgeOf(cidr, each)), [
 *   "network",
 *   "broadcast",
 * ]);
 * equal(edgeOf({ ...cidr, prefixLength: 31 }, cidr.network), undefined);
 * ```
 */
export function edgeOf(cidr: Cidr, address: Ipv4Address): "network" | "broadcast" | undefined {
  if (cidr.prefixLength > 30) return undefined;
  if (address === cidr.network) return "network";
  return address === broadcastOf(cidr) ? "broadcast" : undefined;
}

/**
 * Whether a host of the subnet can have the address.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import { parseIpv4Address } from "./ipv4_address.ts";
 * const cidr = parseCidr("192.168.48.0/30")!;
 * const addresses = ["192.168.48.0", "192.168.48.1", "192.168.49.1"];
 * const isHost = addresses.map((text) => isHostAddress(cidr, parseIpv4Address(text)!));
 * deepEqual(isHost, [false, true, false]);
 * ```
 */
export function isHostAddress(cidr: Cidr, address: Ipv4Address): boolean {
  return cidrContains(cidr, address) && edgeOf(cidr, address) === undefined;
}

function maskBits(prefixLength: number): number {
  // JavaScript shifts by the count modulo 32, so a /0 needs its own case.
  return prefixLength === 0 ? 0 : (0xffffffff << (32 - prefixLength)) >>> 0;
}
