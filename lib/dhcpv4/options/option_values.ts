/** Values of options by kind (RFC 2132 section 2): addresses, numbers, text. */

import type { Ipv4Address } from "../../net/ipv4_address.ts";

/** Four octets each, most significant first. */
export function encodeAddresses(addresses: readonly Ipv4Address[]): readonly number[] {
  return addresses.flatMap(encodeUint32);
}

/** Four octets, most significant first. */
export function encodeUint32(number: number): readonly number[] {
  return [number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255];
}

/** Two octets, most significant first. */
export function encodeUint16(number: number): readonly number[] {
  return [number >>> 8, number & 255];
}

/** The text without a terminating NUL, which RFC 2132 section 2 advises against. */
export function encodeText(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
