/** Sentences of bounded length about lists of any length. */

/** Longest part that is repeated whole. */
const PART_CHARS_MAX = 300;

/**
 * Joins the first of the parts, and says how many more there are: what a message repeats comes from
 * objects, files and packets of others.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * equal(joinSome(["a", "b"], "; "), "a; b");
 * equal(joinSome(["a", "b", "c", "d"], "; ", 2), "a; b; and 2 more");
 * ```
 */
export function joinSome(parts: readonly string[], separator: string, shownMax = 10): string {
  const shown = parts.slice(0, shownMax).map((part) =>
    part.length > PART_CHARS_MAX ? `${part.slice(0, PART_CHARS_MAX)}...` : part
  );
  const more = parts.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join(separator);
}
