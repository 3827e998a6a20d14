/** Command lines of the program in documents, read by its own parsers. */

import { type Command, CommandError } from "../../cmd/cli/command.ts";
import { type FlagTable, parseArguments, UsageError } from "../../cmd/cli/flags.ts";
import { COMMANDS } from "../../cmd/run.ts";

/** The code of a document: its blocks, and what stands between backticks within a line. */
const CODE = /^ *```[^]*?^ *```$|`[^`\n]+`/gm;

/** The program, by its own name or as a plugin of kubectl, and not the namespace of that name. */
const COMMAND_LINE = /(?<!-n |--namespace )(?<![\w./-])(?:vm-dhcp|kubectl vmdhcp) ([a-z][^`\n]*)/g;

/** What stands for a value in documents, and such a value. */
const PLACEHOLDERS: readonly (readonly [RegExp, string])[] = [
  [/^ADDR:PORT$/, "127.0.0.1:8080"],
  [/^ADDRESS$/, "192.168.48.82"],
  [/^MAC$/, "fa:cf:8e:50:82:fc"],
  [/[A-Z]{2,}/g, "x"],
];

/** A command line of a document. */
interface CommandLine {
  readonly text: string;
  /** In a line of prose, where it need not be whole. */
  readonly isMention: boolean;
}

/** Command lines of the program in the code of a document. */
export function commandLinesOf(document: string): readonly CommandLine[] {
  return [...document.matchAll(CODE)].flatMap(([code]) => {
    const isMention = !code.trimStart().startsWith("```");
    const joined = code.replaceAll(/\\\n\s*/g, " ").replaceAll(/ #.*$/gm, "");
    return [...joined.matchAll(COMMAND_LINE)].map(([, text]) => ({ text: text!, isMention }));
  });
}

/**
 * Reads a command line as the program does.
 *
 * @returns What is wrong with it.
 */
export async function faultOf({ text, isMention }: CommandLine): Promise<string | undefined> {
  const [name = "", ...args] = wordsOf(text);
  const entry = COMMANDS.find((each) => each.name === name);
  if (entry === undefined) return `there is no command ${name}`;
  if (args.includes("--help")) return undefined;
  const command = await entry.load();
  try {
    const { words } = parseArguments(isMention ? optional(command.flags) : command.flags, args, {});
    return faultOfWords(command, words);
  } catch (error) {
    if (error instanceof UsageError || error instanceof CommandError) return error.message;
    throw error;
  }
}

/** The words of a command, as a shell reads them, up to where another one begins. */
function wordsOf(text: string): readonly string[] {
  const [command = ""] = /^(?:"[^"]*"|'[^']*'|[^|;&<>()"'])*/.exec(text) ?? [];
  return [...command.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)]
    .map(([word]) => word.replaceAll(/["']/g, ""))
    .filter((word) => word !== "..." && word !== "…" && word !== "[flags]")
    .map((word) =>
      PLACEHOLDERS.reduce((read, [pattern, value]) => read.replace(pattern, value), word)
    );
}

function optional(flags: FlagTable): FlagTable {
  return Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [name, { ...flag, required: false }]),
  ) as FlagTable;
}

function faultOfWords({ name, words: known = [] }: Command, words: readonly string[]) {
  if (words.length > 0 && known.length === 0) return `${name} takes no word such as ${words[0]}`;
  const wrong = words.find((word, i) => Array.isArray(known[i]) && !known[i].includes(word));
  return wrong === undefined ? undefined : `${name} does not know ${wrong}`;
}
