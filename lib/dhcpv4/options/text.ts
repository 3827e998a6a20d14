/** Text without a terminating NUL, which RFC 2132 section 2 advises against. */

import { listOf, type ValueKind } from "./value_kind.ts";

/** Printable ASCII; shown in quotes. */
export const TEXT: ValueKind<string> = {
  lengths: listOf(1),
  encode: (text) => new TextEncoder().encode(text),
  decode: decodeText,
  format: (text) => JSON.stringify(text),
};

function decodeText(octets: Uint8Array): string | undefined {
  const text = String.fromCharCode(...octets);
  return /^[ -~]+$/.test(text) ? text : undefined;
}
