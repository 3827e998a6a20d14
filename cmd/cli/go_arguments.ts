/** Command lines as the Go version takes them, under the names of its executables. Pure. */

import { type FlagTable, tokensOf } from "./flags.ts";

/** Values that are numbers; the Go version takes no empty ones either. */
const NUMBERS: ReadonlySet<string> = new Set(["PORT", "NUMBER"]);

/**
 * Leaves out what the Go version takes and does not heed: words that are no flags, such as that of
 * `--debug true`, and empty values, which count as if the flag were not there.
 *
 * @returns The arguments that count, and sentences about words that do not.
 */
export function goArgumentsOf(
  table: FlagTable,
  args: readonly string[],
): { readonly args: readonly string[]; readonly ignored: readonly string[] } {
  const left = new Set<number>();
  const ignored: string[] = [];
  const { names, tokens } = tokensOf(table, args);
  for (const token of tokens) {
    if (token.kind === "positional") {
      left.add(token.index);
      ignored.push(
        `argument "${token.value}" has no effect; a switch takes its value as --FLAG=false`,
      );
    }
    if (token.kind !== "option" || token.value !== "") continue;
    const flag = table[names.get(token.name) ?? ""];
    if (flag === undefined || flag.kind === "switch" || NUMBERS.has(flag.placeholder)) continue;
    left.add(token.index);
    if (!token.inlineValue) left.add(token.index + 1);
  }
  return { args: args.filter((_, i) => !left.has(i)), ignored };
}
