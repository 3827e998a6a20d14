/** One frame as text. */

/**
 * Reads octets in hexadecimal, with any white space between them. Lines that begin with `#` are comments.
 *
 * @returns `undefined` when there is anything else.
 *
 * @example
 * ```ts
 * import { deepEqual, equal } from "node:assert/strict";
 * deepEqual(frameOfHex("# two octets\n0a\n0B"), Uint8Array.of(10, 11));
 * equal(frameOfHex("0a 0"), undefined);
 * ```
 */
export function frameOfHex(text: string): Uint8Array | undefined {
  const digits = text.split("\n").filter((line) => !line.startsWith("#")).join("")
    .replaceAll(/\s/g, "");
  if (digits.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(digits)) return undefined;
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  }
  return bytes;
}
