/**
 * Numbers that a double does not hold. Kubernetes keeps integers of 64 bits; JavaScript would change
 * those beyond 2^53 without a word.
 */

/** Continues "a number that …". */
export const INEXACT =
  `cannot be kept exactly: whole numbers go up to ${Number.MAX_SAFE_INTEGER}; write it as text`;

/** Whether a number, as it is written in JSON or YAML, is another one when it is read. */
export function isInexact(written: string): boolean {
  const number = Number(written);
  if (!Number.isFinite(number)) return true;
  return /^[-+]?\d+$/.test(written) && !Number.isSafeInteger(number);
}

/** What such a number may look like; most texts have none, and need no closer look. */
const SUSPICIOUS = /\d{16}|\d[eE]/;

/**
 * The first number in a JSON text that a double does not hold.
 *
 * @param text Valid JSON.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * equal(inexactNumberIn('{"a":[9007199254740993]}'), "9007199254740993");
 * equal(inexactNumberIn('{"a":1e400}'), "1e400");
 * equal(inexactNumberIn('{"a":"9007199254740993","b":9007199254740991}'), undefined);
 * ```
 */
export function inexactNumberIn(text: string): string | undefined {
  if (!SUSPICIOUS.test(text)) return undefined;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '"') i = endOfString(text, i);
    else if (/[-\d]/.test(text[i]!)) {
      const start = i;
      while (i < text.length && /[-+.\deE]/.test(text[i]!)) i++;
      const written = text.slice(start, i);
      if (isInexact(written)) return written;
    }
  }
  return undefined;
}

/** The place of the quote that ends the string which begins there. */
function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length && text[i] !== '"') i += text[i] === "\\" ? 2 : 1;
  return i;
}
