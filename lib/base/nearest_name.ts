/** Which of several names somebody meant who wrote another one. */

/** Longer names are not compared. */
const NAME_CHARS_MAX = 64;
/** Letters that may differ. */
const DISTANCE_MAX = 2;

/**
 * The name that is most like the one that was written; `undefined` when none is like it.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * equal(nearestName("leaseTme", ["leaseTime", "dns"]), "leaseTime");
 * equal(nearestName("serverIp", ["serverIP"]), "serverIP");
 * equal(nearestName("colour", ["leaseTime", "dns"]), undefined);
 * ```
 */
export function nearestName(written: string, names: readonly string[]): string | undefined {
  if (written.length > NAME_CHARS_MAX) return undefined;
  const lower = written.toLowerCase();
  let nearest: string | undefined;
  // Half of a short name is another name.
  let best = Math.min(DISTANCE_MAX, Math.ceil(written.length / 3)) + 1;
  for (const name of names) {
    const distance = distanceOf(lower, name.toLowerCase());
    if (distance < best) [nearest, best] = [name, distance];
  }
  return nearest;
}

/** How many letters are inserted, left out or changed (Levenshtein distance). */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row.at(-1)!;
}
