/** What stands on the console of a machine. */

/** Control sequences of terminals: colours, the cursor, the size of the screen. */
// deno-lint-ignore no-control-regex
const CONTROL_SEQUENCE = /\x1b(?:\[[0-9;?=]*[A-Za-z]|c)/g;

/**
 * The lines of a console, without what the machine took back and without empty ones. A line that
 * was longer than the screen is more than one here.
 *
 * @param text All that the machine has sent so far.
 */
export function consoleLines(text: string): string[] {
  return text.replace(CONTROL_SEQUENCE, "").split(/[\r\n]+/).map(withoutErased)
    .filter((line) => line !== "");
}

/** A backspace takes the character before it. */
function withoutErased(line: string): string {
  const shown: string[] = [];
  for (const character of line) {
    if (character === "\b") shown.pop();
    else shown.push(character);
  }
  return shown.join("").trim();
}
