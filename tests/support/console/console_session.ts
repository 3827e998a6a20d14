/**
 * Sessions of a shell as documentation shows them: blocks of `console` in a Markdown file with
 * commands after `$ ` and what they print below. Tests run the commands and compare.
 */

/** One command and what follows it in the document. */
export interface ConsoleStep {
  /** Without the prompt; several lines for a here-document or after a backslash. */
  readonly command: string;
  /** What it prints, on either stream. */
  readonly output: string;
  /** Line of the prompt in the file, from 1. */
  readonly line: number;
}

const PROMPT = "$ ";
const BLOCK_START = "```console";
const BLOCK_END = "```";

/**
 * Reads the steps of all `console` blocks below a heading, as far as the next heading of its level.
 *
 * @param heading Text of a second-level heading; absent for the whole file.
 * @throws {Error} when a block does not begin with a prompt, or there is no step at all.
 */
export function readConsoleSteps(markdown: string, heading?: string): ConsoleStep[] {
  const steps: ConsoleStep[] = [];
  const lines = markdown.split("\n");
  let isBelow = heading === undefined;
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    if (line.startsWith("## ")) isBelow = heading === undefined || line === `## ${heading}`;
    if (!isBelow || line !== BLOCK_START) continue;
    const end = lines.indexOf(BLOCK_END, i);
    if (end < 0) throw new Error(`line ${i + 1}: the block does not end`);
    steps.push(...readBlock(lines.slice(i + 1, end), i + 2));
    i = end;
  }
  if (steps.length === 0) throw new Error(`no console block below ${heading ?? "the title"}`);
  return steps;
}

function readBlock(lines: readonly string[], firstLine: number): ConsoleStep[] {
  const steps: { command: string; output: string; line: number }[] = [];
  let i = 0;
  while (i < lines.length) {
    const line = lines[i]!;
    if (line.startsWith(PROMPT)) {
      const length = commandLength(lines.slice(i));
      const command = lines.slice(i, i + length).join("\n").slice(PROMPT.length);
      steps.push({ command, output: "", line: firstLine + i });
      i += length;
      continue;
    }
    const step = steps.at(-1);
    if (step === undefined) throw new Error(`line ${firstLine + i}: no command before its output`);
    step.output += `${line}\n`;
    i++;
  }
  return steps;
}

/** The number of lines of the command at the beginning. */
function commandLength(lines: readonly string[]): number {
  const terminator = /<<-?'?(\w+)'?/.exec(lines[0]!)?.[1];
  if (terminator !== undefined) return lines.indexOf(terminator) + 1;
  return lines.findIndex((line) => !line.endsWith("\\")) + 1;
}

/**
 * Replaces what differs from run to run: ages, times, versions of objects, generated names. Columns
 * are two spaces apart then, because their width depends on such values.
 */
export function normaliseOutput(text: string): string {
  const normalised = VOLATILE.reduce((kept, [pattern, word]) => kept.replace(pattern, word), text);
  // A document cannot show that the last line does not end.
  const ended = normalised.replace(/[^\n]$/, "$&\n");
  return ended.replaceAll(/(?<=\S) {2,}/g, "  ").replaceAll(/ +$/gm, "");
}

const VOLATILE: readonly (readonly [RegExp, string])[] = [
  [/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<uid>"],
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z| [+-]\d{4})/g, "<time>"],
  [/(?<=resourceVersion: "|Resource Version: +)\d+/g, "<version>"],
  [/(?<=\/(LIVE|MERGED)-)\d+/g, "<number>"],
  [/(?<=^| )(\d+[smhd])+(?= |$)/gm, "<age>"],
  [/(?<=https:\/\/127\.0\.0\.1:)\d+/g, "<port>"],
  // Said by newer releases of kubectl only.
  [/ from \S+ namespace(?=$| \()/gm, ""],
];
