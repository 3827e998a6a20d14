/** Text of others in messages that people read on a terminal. */

/**
 * Control and format characters (Unicode categories Cc and Cf) and the separators of lines. They
 * would move the cursor, colour what follows or turn the direction of writing. Line feeds and tabs
 * are left.
 */
const STEERING = /[^\P{Cc}\n\t]|\p{Cf}|[\u2028\u2029]/gu;

/**
 * Replaces what steers a terminal by its escape sequence in JSON, such as `\\u001b`.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * equal(terminalText("red: \u001b[31m"), "red: \\u001b[31m");
 * equal(terminalText("two\nlines"), "two\nlines");
 * ```
 */
export function terminalText(text: string): string {
  return text.replaceAll(STEERING, (character) => {
    const units = Array.from({ length: character.length }, (_, i) => character.charCodeAt(i));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
  });
}
