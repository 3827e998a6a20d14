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

/**
 * The subnet mask as an address.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * equal(subnetMaskOf(parseCidr("192.168.48.0/24")!), 0xffffff00);
 * ```
 */
export function subnetMaskOf(cidr: Cidr): Ipv4Address {
  return ipv4AddressFromNumber(maskBits(cidr.prefixLength));
}

/**
 * The last address of a prefix, which is a host's in one of 31 or 32 bits.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * equal(lastAddressOf(parseCidr("192.168.48.0/24")!), 0xc0a830ff);
 * ```
 */
export function lastAddressOf({ network, prefixLength }: Cidr): Ipv4Address {
  return ipv4AddressFromNumber((network | ~maskBits(prefixLength)) >>> 0);
}

/** The addresses of a prefix that no host has. */
export interface CidrEdges {
  /** The prefix itself. */
  readonly network: Ipv4Address;
  /** The directed broadcast address. */
  readonly broadcast: Ipv4Address;
}

/**
 * The first and the last address of a prefix of 30 bits or fewer. Longer ones have neither network nor
 * broadcast address: all of theirs are hosts' (RFC 3021 section 2.1).
 *
 * @example
 * ```ts
 * import { deepEqual, equal } from "node:assert/strict";
 * deepEqual(edgesOf(parseCidr("192.168.48.0/24")!), { network: 0xc0a83000, broadcast: 0xc0a830ff });
 * equal(edgesOf(parseCidr("192.168.48.0/31")!), undefined);
 * ```
 */
export function edgesOf(cidr: Cidr): CidrEdges | undefined {
  if (cidr.prefixLength > 30) return undefined;
  return { network: cidr.network, broadcast: lastAddressOf(cidr) };
}

/**
 * Which edge of the prefix an address is.
 *
 * @returns `undefined` for every other address.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * const cidr = parseCidr("192.168.48.0/30")!;
 * equal(edgeOf(cidr, cidr.network), "network");
 * equal(edgeOf({ ...cidr, prefixLength: 31 }, cidr.network), undefined);
 * ```
 */
export function edgeOf(cidr: Cidr, address: Ipv4Address): keyof CidrEdges | undefined {
  const edges = edgesOf(cidr);
  if (address === edges?.network) return "network";
  return address === edges?.broadcast ? "broadcast" : undefined;
}

/**
 * Whether a host can have the address in the prefix.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * const cidr = parseCidr("192.168.48.0/31")!;
 * equal(isHostOf(cidr, cidr.network), true);
 * equal(isHostOf({ ...cidr, prefixLength: 24 }, cidr.network), false);
 * ```
 */
export function isHostOf(cidr: Cidr, address: Ipv4Address): boolean {
  return cidrContains(cidr, address) && edgeOf(cidr, address) === undefined;
}

/**
 * Whether the address lies in the prefix, its first and last address included.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * import { parseIpv4Address } from "./ipv4_address.ts";
 * const cidr = parseCidr("192.168.48.0/24")!;
 * equal(cidrContains(cidr, parseIpv4Address("192.168.48.255")!), true);
 * equal(cidrContains(cidr, parseIpv4Address("192.168.49.0")!), false);
 * ```
 */
export function cidrContains(cidr: Cidr, address: Ipv4Address): boolean {
  return (address & maskBits(cidr.prefixLength)) >>> 0 === cidr.network;
}

/**
 * Whether two prefixes have an address in common, which is when one lies in the other.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * const cidr = parseCidr("10.53.0.0/16")!;
 * equal(cidrsOverlap(cidr, parseCidr("10.0.0.0/8")!), true);
 * equal(cidrsOverlap(cidr, parseCidr("10.52.0.0/16")!), false);
 * ```
 */
export function cidrsOverlap(a: Cidr, b: Cidr): boolean {
  return cidrContains(a, b.network) || cidrContains(b, a.network);
}

function maskBits(prefixLength: number): number {
  // JavaScript shifts by the count modulo 32, so a /0 needs its own case.
  return prefixLength === 0 ? 0 : (0xffffffff << (32 - prefixLength)) >>> 0;
}
