/** The Internet checksum (RFC 1071), in two steps so that a pseudo-header can be added between. */

/**
 * Adds up 16-bit big-endian words without folding the carries: sums of whole frames stay exact in
 * a double.
 *
 * @param bytes Buffer that holds the range.
 * @param start First octet of the range.
 * @param end Octet behind the range; an odd last octet counts as the high half of a word.
 */
export function sumOfWords(bytes: Uint8Array, start: number, end: number): number {
  // High and low octets apart, four words a turn: half the time of adding up word by word.
  let high = 0;
  let low = 0;
  let i = start;
  for (; i + 8 <= end; i += 8) {
    high += bytes[i]! + bytes[i + 2]! + bytes[i + 4]! + bytes[i + 6]!;
    low += bytes[i + 1]! + bytes[i + 3]! + bytes[i + 5]! + bytes[i + 7]!;
  }
  for (; i + 2 <= end; i += 2) {
    high += bytes[i]!;
    low += bytes[i + 1]!;
  }
  if (i < end) high += bytes[i]!;
  return high * 256 + low;
}

/**
 * Folds the carries into 16 bits and complements.
 *
 * @param sum Sum of words, at most 2^48.
 * @returns The value for a checksum field; 0 when the sum included a correct checksum field.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * const words = Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7);
 * equal(checksumOfSum(sumOfWords(words, 0, words.length)), 0x220d);
 * ```
 */
export function checksumOfSum(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000);
  return folded ^ 0xffff;
}
