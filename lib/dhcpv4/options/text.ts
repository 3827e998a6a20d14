/** Text without a terminating NUL, which RFC 2132 section 2 advises against. */

import { listOf, type ValueKind } from "./value_kind.ts";

/** Printable ASCII; shown in quotes. */
export const TEXT: ValueKind<string> = {
  lengths: listOf(1),
  encode: (text) => new TextEncoder().encode(text),
  decode: decodeText,
  format: (text) => JSON.stringify(text),
};

/** Characters of a client's text that are shown. */
const SHOWN_CHARS_MAX = 64;

/**
 * What a client says of itself, to be shown: the beginning of printable text. Some clients end it with a
 * NUL.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * equal(clientText(new TextEncoder().encode("web-7\0")), "web-7");
 * equal(clientText(new Uint8Array([27, 91, 50, 74])), undefined);
 * ```
 */
export function clientText(octets: Uint8Array | undefined): string | undefined {
  if (octets === undefined) return undefined;
  const end = octets.indexOf(0);
  return decodeText(end < 0 ? octets : octets.subarray(0, end))?.slice(0, SHOWN_CHARS_MAX);
}

function decodeText(octets: Uint8Array): string | undefined {
  const text = String.fromCharCode(...octets);
  return /^[ -~]+$/.test(text) ? text : undefined;
}
