/** Puts a list of questions. */

import type { Check, Question, World } from "./contract.ts";

/** What is asked about, and what was asked before. */
export interface Topic<S> {
  readonly subject: S;
  /** Names it in each check. */
  readonly about: string;
  /** Checks of other lists, on which questions of this one may depend. */
  readonly before?: readonly Check[];
}

/** Asks about one thing, in the order of the list. What depends on a check that is not well is skipped. */
export function askAll<S>(
  questions: readonly Question<S>[],
  { subject, about, before = [] }: Topic<S>,
  world: World,
): readonly Check[] {
  const checks: Check[] = [];
  const open = new Set(before.flatMap(({ code, verdict }) => verdict === "ok" ? [] : [code]));
  for (const { code, needs, ask } of questions) {
    const missing = needs.find((need) => open.has(need));
    if (missing !== undefined) {
      open.add(code);
      checks.push({ code, verdict: "skipped", says: `it depends on ${missing}`, about });
      continue;
    }
    const finding = ask(subject, world);
    if (finding === undefined) continue;
    if (finding.verdict !== "ok") open.add(code);
    checks.push({ code, ...finding, about });
  }
  return checks;
}
