/** An explanation as text for a terminal: the verdict, then a line for each check and its cure below it. */

import { terminalText } from "../base/terminal_text.ts";
import type { Check, Verdict } from "./contract.ts";
import type { Explanation } from "./explanation.ts";

/** Verdicts as they are printed. */
export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  ok: "ok",
  failed: "FAILED",
  skipped: "skipped",
  unknown: "unknown",
};
/** Of the longest. */
export const VERDICT_CHARS = 7;

/**
 * What others put into objects and packets stays harmless for the terminal. Checks that are skipped share
 * a line.
 */
export function explanationText({ says, checks }: Explanation): string {
  const width = Math.max(0, ...checks.map(({ code }) => code.length));
  const lines = [headLine(says)];
  for (const [i, check] of checks.entries()) {
    const { about, verdict } = check;
    const before = checks[i - 1];
    if (before?.about !== about) lines.push("", `${about}:`);
    else if (verdict === "skipped" && before.verdict === "skipped") {
      lines.push(`${lines.pop()}, ${check.code}`);
      continue;
    }
    lines.push(...linesOf(check, width));
  }
  return terminalText(lines.join("\n"));
}

/** The answer is one line. */
export function headLine(says: string): string {
  return says.replaceAll("\n", " ");
}

function linesOf({ code, verdict, says, cure }: Check, width: number): readonly string[] {
  const word = `  ${VERDICT_WORDS[verdict].padEnd(VERDICT_CHARS)}`;
  if (verdict === "skipped") return [`${word}  ${code}`];
  return checkLines(`${word}  ${code.padEnd(width)}  `, says, cure);
}

/**
 * What a check says behind its head, and its cure below. Further lines of either, which may come from objects
 * of others, are not to be taken for checks.
 */
export function checkLines(
  head: string,
  says: string,
  cure: string | undefined,
): readonly string[] {
  const indent = " ".repeat(head.length);
  const [first, ...more] = [
    ...says.split("\n"),
    ...(cure === undefined ? [] : `> ${cure}`.split("\n")),
  ];
  return [`${head}${first}`, ...more.map((line) => `${indent}${line}`)];
}
