/** Values whose form this server does not know, and options without a value. */

import { exactly, listOf, type ValueKind } from "./value_kind.ts";

/** Any octets; shown in hexadecimal. */
export const OCTETS: ValueKind<Uint8Array> = {
  lengths: listOf(1),
  encode: (value) => value,
  decode: (octets) => octets.length === 0 ? undefined : octets,
  format: formatHex,
};

/** No value: the option itself is the message. */
export const PRESENCE: ValueKind<true> = {
  lengths: exactly(0),
  encode: () => [],
  decode: (octets) => octets.length === 0 ? true : undefined,
  format: () => "empty",
};

/** Octets in hexadecimal. */
export function formatHex(value: Uint8Array): string {
  return Array.from(value, (octet) => octet.toString(16).padStart(2, "0")).join("");
}
