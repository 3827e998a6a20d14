/** What can be completed on a command line, out of the tables of commands and flags. Pure. */

import type { Command, CommandEntry } from "../command.ts";
import type { Flag } from "../flags.ts";

/** What a value or a word may be. */
export type Candidates = "file" | "folder" | "anything" | readonly string[];

/** A flag that can be written. */
export interface CompletedFlag {
  readonly names: readonly string[];
  readonly letter?: string;
  readonly help: string;
  readonly isList: boolean;
  /** Absent for a switch. */
  readonly value?: { readonly placeholder: string; readonly candidates: Candidates };
}

/** A command with what may follow its name. */
export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly CompletedFlag[];
  readonly words: readonly Candidates[];
}

const HELP: CompletedFlag = {
  names: ["help"],
  letter: "h",
  help: "Print the help of the command and exit.",
  isList: false,
};

/** Loads all commands, for their flags. */
export async function completedCommands(
  entries: readonly CommandEntry[],
): Promise<readonly CompletedCommand[]> {
  const commands = await Promise.all(entries.map(({ load }) => load()));
  return commands.map((command, i) => completed(command, entries[i]!.summary));
}

function completed({ name, flags, words = [] }: Command, summary: string): CompletedCommand {
  const own = Object.entries(flags).map(([flagName, flag]) => completedFlag(flagName, flag));
  return { name, summary, flags: [...own, HELP], words };
}

function completedFlag(name: string, flag: Flag): CompletedFlag {
  return {
    names: flag.alias === undefined ? [name] : [name, flag.alias],
    ...(flag.short === undefined ? {} : { letter: flag.short }),
    help: flag.help,
    isList: flag.kind === "list",
    ...(flag.kind === "switch"
      ? {}
      : { value: { placeholder: flag.placeholder, candidates: candidatesOf(flag) } }),
  };
}

function candidatesOf(flag: Exclude<Flag, { kind: "switch" }>): Candidates {
  if (flag.kind === "value" && flag.choices !== undefined) return flag.choices;
  if (flag.placeholder === "DIR") return "folder";
  return /^(?:FILE|PATH)$/.test(flag.placeholder) ? "file" : "anything";
}

/** A flag in all its spellings. */
export function spellingsOf({ names, letter }: CompletedFlag): readonly string[] {
  return [...names.map((name) => `--${name}`), ...letter === undefined ? [] : [`-${letter}`]];
}

/** A text as one word of a POSIX shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
