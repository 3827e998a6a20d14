/** Numbers, most significant octet first. */

import { readUint16, readUint32 } from "../../net/bytes.ts";
import { exactly, listOf, type ValueKind } from "./value_kind.ts";

/** What RFC 2131 section 3.3 takes for "infinity". */
const FOR_EVER = 0xffffffff;

export const UINT8: ValueKind<number> = {
  lengths: exactly(1),
  encode: (number) => [number],
  decode: (octets) => octets.length === 1 ? octets[0] : undefined,
  format: String,
};

export const UINT8S: ValueKind<readonly number[]> = {
  lengths: listOf(1),
  encode: (numbers) => numbers,
  decode: (octets) => octets.length === 0 ? undefined : [...octets],
  format: (numbers) => numbers.join(", "),
};

export const UINT16: ValueKind<number> = {
  lengths: exactly(2),
  encode: encodeUint16,
  decode: (octets) => octets.length === 2 ? readUint16(octets, 0) : undefined,
  format: String,
};

export const UINT16S: ValueKind<readonly number[]> = {
  lengths: listOf(2),
  encode: (numbers) => numbers.flatMap(encodeUint16),
  decode: decodeUint16s,
  format: (numbers) => numbers.join(", "),
};

export const UINT32: ValueKind<number> = {
  lengths: exactly(4),
  encode: encodeUint32,
  decode: (octets) => octets.length === 4 ? readUint32(octets, 0) : undefined,
  format: String,
};

/** A time in seconds. */
export const SECONDS: ValueKind<number> = {
  ...UINT32,
  format: (seconds) => seconds === FOR_EVER ? "for ever" : `${seconds} s`,
};

/** Four octets. */
export function encodeUint32(number: number): readonly number[] {
  return [number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255];
}

function encodeUint16(number: number): readonly number[] {
  return [number >>> 8, number & 255];
}

function decodeUint16s(octets: Uint8Array): readonly number[] | undefined {
  if (octets.length === 0 || octets.length % 2 !== 0) return undefined;
  return Array.from({ length: octets.length / 2 }, (_, i) => readUint16(octets, 2 * i));
}
