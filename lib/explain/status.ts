/** The state of a whole installation. */

import { terminalText } from "../base/terminal_text.ts";
import type { Check, World } from "./contract.ts";
import { nothingRead } from "./explain.ts";
import { type Explanation, explanationOf } from "./explanation.ts";
import { STATUS_QUESTIONS } from "./status_questions.ts";
import { checkLines, headLine, VERDICT_CHARS, VERDICT_WORDS } from "./text.ts";

/** Looks at everything that `STATUS_QUESTIONS` ask about. */
export function statusOf(world: World): Explanation {
  const checks = STATUS_QUESTIONS.flatMap(({ code, ask }) =>
    ask(world).map((finding): Check => ({ code, ...finding }))
  );
  const [first, ...others] = checks;
  // Such as an API server that cannot be reached.
  const isBlind = first?.verdict === "unknown" && others.length > 0 &&
    others.every(({ verdict, says }) => verdict === "unknown" && says === first.says);
  if (isBlind) return nothingRead("status", first.says, world);
  const count = world.ippools.ok ? world.ippools.value.length : 0;
  const pools = count === 1 ? "1 pool is" : `${count} pools are`;
  return explanationOf("status", checks, {
    wellSays: count === 0
      ? "all is well, and there is no pool yet"
      : `all is well: ${pools} served`,
    headOf: (decisive) => headOf(decisive, checks),
  });
}

function headOf({ about, verdict }: Check, checks: readonly Check[]): string {
  const others = checks.filter((check) => check.verdict === verdict).length - 1;
  const more = others > 0 ? ` (and ${others} more)` : "";
  return verdict === "failed"
    ? `not all is well with ${about}${more}`
    : `not all could be read of ${about}${more}`;
}

/** A line for each check, verdict first. */
export function statusText({ says, checks }: Explanation): string {
  const width = Math.max(0, ...checks.map(({ about }) => about.length));
  const lines = checks.flatMap(({ verdict, about, says, cure }) => {
    const head = `${VERDICT_WORDS[verdict].padEnd(VERDICT_CHARS)}  ${about.padEnd(width)}  `;
    return checkLines(head, says, cure);
  });
  return terminalText([headLine(says), "", ...lines].join("\n"));
}
