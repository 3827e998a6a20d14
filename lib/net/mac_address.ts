/**
 * Ethernet addresses as 48-bit numbers, so that a lease table can be looked up without building
 * a string for each packet (2^48 is exact in a double).
 */

import { readUint16, readUint32, writeUint16, writeUint32 } from "./bytes.ts";

declare const macAddressBrand: unique symbol;

/** An Ethernet (EUI-48) address: an unsigned 48-bit integer, first octet most significant. */
export type MacAddress = number & { readonly [macAddressBrand]: true };

/** ff:ff:ff:ff:ff:ff. */
export const BROADCAST_MAC = 0xffffffffffff as MacAddress;

/** Length of twelve digits and five separators. */
const MAC_CHARS = 17;

/**
 * Parses six hexadecimal octets joined by colons or by dashes, in either case.
 *
 * @returns The address, or `undefined` when the text is not exactly that.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * equal(formatMacAddress(parseMacAddress("52-54-00-AA-00-01")!), "52:54:00:aa:00:01");
 * equal(parseMacAddress("525400aa0001"), undefined);
 * ```
 */
export function parseMacAddress(text: string): MacAddress | undefined {
  const separator = text[2];
  if (text.length !== MAC_CHARS || separator !== ":" && separator !== "-") return undefined;
  let mac = 0;
  for (let at = 0; at < MAC_CHARS; at += 3) {
    if (at > 0 && text[at - 1] !== separator) return undefined;
    const high = digitAt(text, at);
    const low = digitAt(text, at + 1);
    if (high === undefined || low === undefined) return undefined;
    mac = mac * 0x100 + high * 0x10 + low;
  }
  return mac as MacAddress;
}

/** By code unit, the value of each hexadecimal digit. */
const DIGITS: ReadonlyMap<number, number> = new Map(
  [..."0123456789abcdefABCDEF"].map((digit) => [digit.charCodeAt(0), Number.parseInt(digit, 16)]),
);

function digitAt(text: string, at: number): number | undefined {
  return DIGITS.get(text.charCodeAt(at));
}

/** By octet, its two digits. */
const HEX: readonly string[] = Array.from(
  { length: 256 },
  (_, octet) => octet.toString(16).padStart(2, "0"),
);

/** Formats an address in the one normal form: lower case, colons. */
export function formatMacAddress(mac: MacAddress): string {
  const [high, low] = [Math.floor(mac / 0x1000000), mac % 0x1000000];
  return `${HEX[high >>> 16]}:${HEX[(high >>> 8) & 255]}:${HEX[high & 255]}:` +
    `${HEX[low >>> 16]}:${HEX[(low >>> 8) & 255]}:${HEX[low & 255]}`;
}

/**
 * Reads six octets.
 *
 * @param bytes At least `offset + 6` octets; the caller has checked the length.
 */
export function macAddressFromBytes(bytes: Uint8Array, offset = 0): MacAddress {
  return readUint16(bytes, offset) * 2 ** 32 + readUint32(bytes, offset + 2) as MacAddress;
}

/**
 * Writes six octets.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * const bytes = new Uint8Array(7);
 * writeMacAddress(BROADCAST_MAC, bytes, 1);
 * equal(macAddressFromBytes(bytes, 1), BROADCAST_MAC);
 * ```
 */
export function writeMacAddress(mac: MacAddress, bytes: Uint8Array, offset: number): void {
  // In two halves that fit integer registers: remainders of larger numbers are slow.
  writeUint16(bytes, offset, Math.floor(mac / 2 ** 32));
  writeUint32(bytes, offset + 2, mac >>> 0);
}

/**
 * Whether the group bit of the first octet is set, as in every multicast and the broadcast address.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * equal(isGroupMacAddress(BROADCAST_MAC), true);
 * equal(isGroupMacAddress(parseMacAddress("52:54:00:aa:00:01")!), false);
 * ```
 */
export function isGroupMacAddress(mac: MacAddress): boolean {
  return (mac / 2 ** 40 & 1) === 1;
}

/**
 * Whether a network interface can have the address: it is not zero and not of a group
 * (IEEE 802 section 8.2.2).
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * equal(isHostMacAddress(parseMacAddress("52:54:00:aa:00:01")!), true);
 * equal(isHostMacAddress(parseMacAddress("01:00:5e:00:00:01")!), false);
 * equal(isHostMacAddress(parseMacAddress("00:00:00:00:00:00")!), false);
 * ```
 */
export function isHostMacAddress(mac: MacAddress): boolean {
  return mac !== 0 && !isGroupMacAddress(mac);
}

/**
 * Spreads addresses, even consecutive ones, over 32 bits, the high ones best: multiplicative hash
 * with 2^32 / golden ratio.
 *
 * @returns An unsigned 32-bit number.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * const hashes = [1, 2, 3].map((mac) => hashMacAddress(mac as MacAddress) >>> 30);
 * equal(new Set(hashes).size, 3);
 * ```
 */
export function hashMacAddress(mac: MacAddress): number {
  const high = Math.floor(mac / 2 ** 32);
  return Math.imul((mac >>> 0) ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1) >>> 0;
}
