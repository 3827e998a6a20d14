/**
 * Numbers that a double does not hold. Kubernetes keeps integers of 64 bits; JavaScript would change
 * those beyond 2^53 without a word.
 */

/** Continues "a number that …". */
export const INEXACT =
  `cannot be kept exactly: whole numbers go up to ${Number.MAX_SAFE_INTEGER}; write it as text`;

/**
 * Whether a number, as it is written in JSON or YAML, is another one when it is read.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * const written = ["9007199254740993", "1e400", "-9007199254740991", "0.1", "1e20"];
 * deepEqual(written.map(isInexact), [true, true, false, false, false]);
 * ```
 */
export function isInexact(written: string): boolean {
  const number = Number(written);
  if (!Number.isFinite(number)) return true;
  return /^[-+]?\d+$/.test(written) && !Number.isSafeInteger(number);
}

/** What such a number may look like: 16 digits, or an exponent of three. */
const SUSPICIOUS = /\d{16}|\d[eE]\+?\d{3}/;
const NUMBER = /-?\d[\d.eE+-]*/g;
/** How much of a number is shown. */
const SHOWN_CHARS_MAX = 40;

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
  for (let start = 0; start < text.length;) {
    const quote = indexOrEnd(text, start);
    const between = text.slice(start, quote);
    const found = SUSPICIOUS.test(between) ? between.match(NUMBER)?.find(isInexact) : undefined;
    if (found !== undefined) {
      return found.length <= SHOWN_CHARS_MAX ? found : `${found.slice(0, SHOWN_CHARS_MAX)}…`;
    }
    start = endOfString(text, quote) + 1;
  }
  return undefined;
}

/** The place of the quote that ends the string which begins there. */
function endOfString(text: string, start: number): number {
  for (let end = indexOrEnd(text, start + 1);; end = indexOrEnd(text, end + 1)) {
    let first = end;
    while (text[first - 1] === "\\") first--;
    // An even number of backslashes are backslashes; the last of an odd number escapes the quote.
    if ((end - first) % 2 === 0 || end === text.length) return end;
  }
}

function indexOrEnd(text: string, from: number): number {
  const index = text.indexOf('"', from);
  return index < 0 ? text.length : index;
}
