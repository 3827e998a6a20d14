/** Puts a list of questions. */

import type { Check, Question, World } from "./contract.ts";

/**
 * Asks about one thing, in the order of the list. What depends on a check that is not well is skipped.
 *
 * @param about Names the thing in each check.
 */
export function askAll<S>(
  questions: readonly Question<S>[],
  { subject, about }: { readonly subject: S; readonly about: string },
  world: World,
): readonly Check[] {
  const checks: Check[] = [];
  const open = new Set<string>();
  for (const { code, holds, needs, ask } of questions) {
    const missing = needs.find((need) => open.has(need));
    if (missing !== undefined) {
      open.add(code);
      checks.push({ code, verdict: "skipped", says: `${holds} (after ${missing})`, about });
      continue;
    }
    const finding = ask(subject, world);
    if (finding === undefined) continue;
    if (finding.verdict !== "ok") open.add(code);
    checks.push({ code, ...finding, about });
  }
  return checks;
}
