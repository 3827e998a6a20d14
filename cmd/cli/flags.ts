/**
 * Command lines: flags are declared in a table per command, parsed strictly, and described by
 * `--help` from the same table. Pure: argv and environment come in as values.
 */

import { parseArgs } from "node:util";
import { nearestName } from "../../lib/base/nearest_name.ts";

/** A command line that cannot be understood: one line for stderr, exit status 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Common to all flags. */
interface FlagBase {
  /** One sentence for `--help`. */
  readonly help: string;
  /** Environment variables that set the flag where the command line does not; the first set wins. */
  readonly env?: readonly string[];
  /** Other spelling that is understood. */
  readonly alias?: string;
  /** A letter that stands for it after one dash. */
  readonly short?: string;
}

/**
 * A flag without a value. Its spellings are switches of their own, each with its variable: it is on when one
 * of them is.
 */
export interface SwitchFlag extends FlagBase {
  readonly kind: "switch";
}

/** A flag with one value; the last one wins. */
export interface ValueFlag<T> extends FlagBase {
  readonly kind: "value";
  /** What stands for the value in the usage, such as `DIR`. */
  readonly placeholder: string;
  readonly required?: boolean;
  /** Text that is parsed when the flag is absent. */
  readonly default?: string;
  /** All values, where there are a few. */
  readonly choices?: readonly string[];
  /** @throws {UsageError} that says what is expected. */
  readonly parse: (text: string) => T;
}

/** A flag that may be given several times. */
export interface ListFlag<T> extends FlagBase {
  readonly kind: "list";
  readonly placeholder: string;
  readonly required?: boolean;
  readonly parse: (text: string) => T;
}

/** A flag of any kind. */
export type Flag = SwitchFlag | ValueFlag<unknown> | ListFlag<unknown>;

/** Flags of a command by name, without the dashes. */
export type FlagTable = Readonly<Record<string, Flag>>;

/** What parsing a table gives: a key for each flag. */
export type FlagValues<T extends FlagTable> = {
  readonly [K in keyof T]: T[K] extends SwitchFlag ? boolean
    : T[K] extends ListFlag<infer V> ? readonly V[]
    : T[K] extends ValueFlag<infer V>
      ? T[K] extends { readonly required: true } | { readonly default: string } ? V : V | undefined
    : never;
};

/** Environment as far as flags read it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Parses a command line.
 *
 * @param table The flags that exist.
 * @param args Arguments after the command's name.
 * @throws {UsageError} for an unknown flag, a missing or malformed value, or a stray argument.
 */
export function parseFlags<T extends FlagTable>(
  table: T,
  args: readonly string[],
  env: Environment,
): FlagValues<T> {
  const { flags, words } = parseArguments(table, args, env);
  if (words.length > 0) throw new UsageError(`unexpected argument "${words[0]}"`);
  return flags;
}

/**
 * Parses a command line that has words besides its flags, in any order.
 *
 * @throws {UsageError} as {@link parseFlags} does.
 */
export function parseArguments<T extends FlagTable>(
  table: T,
  args: readonly string[],
  env: Environment,
): { readonly flags: FlagValues<T>; readonly words: readonly string[] } {
  const { given, words } = collect(table, args);
  const values: Record<string, unknown> = {};
  for (const [name, flag] of Object.entries(table)) {
    if (flag.kind === "switch") {
      values[name] = spellingsOf(name, flag).some(({ spelling, variable }) => {
        const last = given.get(spelling)?.at(-1);
        return last === undefined
          ? booleanOf(env[variable ?? ""] ?? "") === true
          : parseValue(last, parseSwitch);
      });
      continue;
    }
    values[name] = valueOf(name, flag, given.get(name) ?? fromEnvironment(flag, env));
  }
  return { flags: values as FlagValues<T>, words };
}

/** Sentences about variables of switches that make no sense: as in the Go version, they count as false. */
export function describeIgnoredVariables(table: FlagTable, env: Environment): readonly string[] {
  return Object.entries(table).flatMap(([name, flag]) =>
    flag.kind !== "switch" ? [] : spellingsOf(name, flag).flatMap(({ variable = "" }) => {
      const text = env[variable] ?? "";
      if (text === "" || booleanOf(text) !== undefined) return [];
      return [`variable ${variable}: "${text}" is neither true nor false, and counts as false`];
    })
  );
}

/** A value as it was given. */
interface Setting {
  /** By what, as it was typed: `flag -o`, or `variable KUBECONTEXT`. */
  readonly from: string;
  readonly text: string;
}

/** What a command line gives, in the order in which it stands there. */
interface Given {
  readonly given: ReadonlyMap<string, readonly Setting[]>;
  readonly words: readonly string[];
}

/** Splits a command line into flags and words; the name is that of the flag's row, if there is one. */
export function tokensOf(table: FlagTable, args: readonly string[]) {
  const names = new Map<string, string>();
  const options: Record<string, { type: "string" | "boolean"; multiple: true; short?: string }> =
    {};
  for (const [name, flag] of Object.entries(table)) {
    for (const spelling of flag.alias === undefined ? [name] : [name, flag.alias]) {
      names.set(spelling, name);
      options[spelling] = { type: flag.kind === "switch" ? "boolean" : "string", multiple: true };
    }
    if (flag.short !== undefined) options[name]!.short = flag.short;
  }
  // Not strict, so that the messages are ours, one line each.
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  return { names, tokens };
}

function collect(table: FlagTable, args: readonly string[]): Given {
  const words: string[] = [];
  const given = new Map<string, Setting[]>();
  const { names, tokens } = tokensOf(table, args);
  for (const token of tokens) {
    if (token.kind === "positional") words.push(token.value);
    if (token.kind !== "option") continue;
    const name = names.get(token.name);
    if (name === undefined) {
      throw new UsageError(`unknown flag ${token.rawName}${hintOf(token, [...names.keys()])}`);
    }
    const value = token.value ?? (table[name]!.kind === "switch" ? "true" : undefined);
    if (value === undefined || (!token.inlineValue && value.startsWith("--"))) {
      throw new UsageError(`flag ${token.rawName} needs a value`);
    }
    // Of a switch, each spelling counts by itself; the values of others keep their order.
    const key = table[name]!.kind === "switch" ? token.name : name;
    given.set(key, [...given.get(key) ?? [], { from: `flag ${token.rawName}`, text: value }]);
  }
  return { given, words };
}

/** What somebody may have meant by an unknown flag. */
function hintOf({ name, rawName }: { name: string; rawName: string }, names: readonly string[]) {
  const meant = rawName.startsWith("--") ? nearestName(name, names) : undefined;
  return meant === undefined ? "" : `, did you mean --${meant}?`;
}

/** The spellings of a switch, each with its variable. */
function spellingsOf(name: string, { alias, env }: SwitchFlag) {
  return [name, ...alias === undefined ? [] : [alias]].map((spelling, i) => (
    { spelling, variable: env?.[i] }
  ));
}

function fromEnvironment(flag: Flag, env: Environment): readonly Setting[] {
  const name = flag.env?.find((each) => (env[each] ?? "") !== "");
  return name === undefined ? [] : [{ from: `variable ${name}`, text: env[name]! }];
}

function valueOf(
  name: string,
  flag: Exclude<Flag, SwitchFlag>,
  set: readonly Setting[],
): unknown {
  if (flag.required && set.length === 0) {
    throw new UsageError(`flag --${name} ${flag.placeholder} is required`);
  }
  if (flag.kind === "list") return set.map((each) => parseValue(each, flag.parse));
  const last = set.at(-1);
  if (last !== undefined) return parseValue(last, flag.parse);
  return flag.default === undefined ? undefined : flag.parse(flag.default);
}

function parseValue<T>({ from, text }: Setting, parse: (text: string) => T): T {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${from}: "${text}" ${error.message}`);
  }
}

function parseSwitch(text: string): boolean {
  const value = booleanOf(text);
  if (value === undefined) throw new UsageError("is neither true nor false");
  return value;
}

/** A boolean as Go reads it. */
function booleanOf(text: string): boolean | undefined {
  if (/^(1|t|T|true|True|TRUE)$/.test(text)) return true;
  return /^(0|f|F|false|False|FALSE)$/.test(text) ? false : undefined;
}

/** The lines of `--help` that describe the flags of a table. */
export function describeFlags(table: FlagTable): string {
  const rows = Object.entries(table).map(([name, flag]) => {
    const value = flag.kind === "switch" ? "" : ` ${flag.placeholder}`;
    const notes = [
      flag.kind === "list" ? "may be repeated" : undefined,
      flag.kind !== "switch" && flag.required ? "required" : undefined,
      flag.kind === "value" && flag.default !== undefined ? `default ${flag.default}` : undefined,
      flag.env === undefined ? undefined : `environment ${flag.env.join(" or ")}`,
      flag.alias === undefined ? undefined : `also --${flag.alias}`,
    ].filter((note) => note !== undefined);
    const letter = flag.short === undefined ? "" : `-${flag.short}, `;
    return [
      `${letter}--${name}${value}`,
      flag.help + (notes.length === 0 ? "" : ` (${notes.join("; ")})`),
    ];
  });
  return rows.map(([head, text]) => `  ${head}\n${wrap(text!, 8, 92)}`).join("\n");
}

function wrap(text: string, indent: number, width: number): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && indent + line.length + 1 + word.length > width) {
      lines.push(line);
      line = "";
    }
    line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].map((each) => " ".repeat(indent) + each).join("\n");
}
