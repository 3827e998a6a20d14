/**
 * IPv4 addresses as unsigned 32-bit numbers, parsed strictly once at the edge.
 *
 * A number compares, sorts and indexes without string work, which the packet path and the
 * address ranges need; the brand keeps unparsed numbers out.
 */

declare const ipv4AddressBrand: unique symbol;

/** An IPv4 address: an unsigned 32-bit integer in host order, most significant octet first. */
export type Ipv4Address = number & { readonly [ipv4AddressBrand]: true };

/** 0.0.0.0, "this host" (RFC 1122 section 3.2.1.3). */
export const UNSPECIFIED_IPV4 = 0 as Ipv4Address;

/** 255.255.255.255, the limited broadcast address (RFC 1122 section 3.2.1.3). */
export const BROADCAST_IPV4 = 0xffffffff as Ipv4Address;

// No leading zeros: "010.0.0.1" is octal for some tools and decimal for others (RFC 6943 section 3.1.1).
const DOTTED_DECIMAL = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/**
 * Parses four decimal octets.
 *
 * @param text Text such as `192.168.48.77`; nothing else is accepted, no white space either.
 * @returns The address, or `undefined` when the text is not exactly that.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * equal(formatIpv4Address(parseIpv4Address("192.168.48.77")!), "192.168.48.77");
 * equal(parseIpv4Address("192.168.048.77"), undefined);
 * ```
 */
export function parseIpv4Address(text: string): Ipv4Address | undefined {
  if (!DOTTED_DECIMAL.test(text)) return undefined;
  let value = 0;
  for (const octet of text.split(".")) value = value * 256 + Number(octet);
  return value as Ipv4Address;
}

/** Formats an address in dotted decimal. */
export function formatIpv4Address(address: Ipv4Address): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/**
 * Takes a number that is known to be an address, such as the sum of one and an offset.
 *
 * @throws {RangeError} when the number is no unsigned 32-bit integer: a bug of the caller.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * const first = parseIpv4Address("192.168.48.255")!;
 * equal(formatIpv4Address(ipv4AddressFromNumber(first + 1)), "192.168.49.0");
 * ```
 */
export function ipv4AddressFromNumber(value: number): Ipv4Address {
  if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) {
    throw new RangeError(`Cannot make an IPv4 address of ${value}: not an unsigned 32-bit integer`);
  }
  return value as Ipv4Address;
}
