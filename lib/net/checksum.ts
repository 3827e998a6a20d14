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
  let sum = 0;
  const evenEnd = end - ((end - start) & 1);
  for (let i = start; i < evenEnd; i += 2) sum += (bytes[i]! << 8) | bytes[i + 1]!;
  return evenEnd === end ? sum : sum + (bytes[evenEnd]! << 8);
}

/**
 * Folds the carries into 16 bits and complements.
 *
 * @param sum Sum of words, at most 2^48.
 * @returns The value for a checksum field; 0 when the sum included a correct checksum field.
 */
export function checksumOfSum(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded % 0x10000) + Math.floor(folded / 0x10000);
  return folded ^ 0xffff;
}
