/** Values of options by kind (RFC 2132 section 2): addresses, numbers, text. */

import { writeUint16, writeUint32 } from "../net/bytes.ts";
import type { Ipv4Address } from "../net/ipv4_address.ts";

/** Four octets each, most significant first. */
export function encodeAddresses(addresses: readonly Ipv4Address[]): Uint8Array {
  const value = new Uint8Array(addresses.length * 4);
  addresses.forEach((address, i) => writeUint32(value, i * 4, address));
  return value;
}

/** Four octets, most significant first. */
export function encodeUint32(number: number): Uint8Array {
  const value = new Uint8Array(4);
  writeUint32(value, 0, number);
  return value;
}

/** Two octets, most significant first. */
export function encodeUint16(number: number): Uint8Array {
  const value = new Uint8Array(2);
  writeUint16(value, 0, number);
  return value;
}

/** The text without a terminating NUL, which RFC 2132 section 2 advises against. */
export function encodeText(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
