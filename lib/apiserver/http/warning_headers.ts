/** Warning headers, which kubectl prints (code 299 and a quoted sentence). */

/** Room for all warnings of an answer; what does not fit is left out, as in kube-apiserver. */
const CHARS_MAX = 4096;
/** Some clients take 100 lines of headers in all. */
const LINES_MAX = 50;

/** Formats warnings as values of the Warning header, in ASCII whatever they quote. */
export function warningHeaders(warnings: readonly string[]): string[] {
  let room = CHARS_MAX;
  return warnings.slice(0, LINES_MAX)
    .map((warning) => `299 - ${JSON.stringify(warning).replaceAll(/[^ -~]/g, escapeCharacter)}`)
    .filter((header) => (room -= header.length) >= 0);
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
