/** An answer as a whole: the verdict first, then what it follows from. */

import type { Check, Verdict } from "./contract.ts";

/** What `vm-dhcp explain` and `vm-dhcp status` print; as JSON, with these fields. */
export interface Explanation {
  /** What was asked about. */
  readonly about: string;
  readonly verdict: Exclude<Verdict, "skipped">;
  /** One sentence; of a verdict that is not `ok`, it names the cause. */
  readonly says: string;
  readonly checks: readonly Check[];
}

/** Exit status for each verdict. */
export const EXIT_STATUS = { ok: 0, failed: 1, unknown: 3 } as const;

/** Codes of checks that are news, and neither good nor bad. */
const NEWS: readonly string[] = ["POOL_STRANGERS"];

/** The check that decides: the first that failed, or else the first that could not be made. */
export function decisiveOf(checks: readonly Check[]): Check | undefined {
  return checks.find(({ verdict }) => verdict === "failed") ??
    checks.find(({ verdict, code }) => verdict === "unknown" && !NEWS.includes(code));
}

/**
 * Sums checks up.
 *
 * @param wellSays The sentence when all is well.
 * @param headOf What the decisive check means for what was asked about; its own words follow a colon.
 */
export function explanationOf(
  about: string,
  checks: readonly Check[],
  { wellSays, headOf }: {
    readonly wellSays: string;
    readonly headOf: (decisive: Check) => string | undefined;
  },
): Explanation {
  const decisive = decisiveOf(checks);
  if (decisive === undefined) return { about, verdict: "ok", says: wellSays, checks };
  const verdict = decisive.verdict === "failed" ? "failed" : "unknown";
  const head = headOf(decisive);
  return {
    about,
    verdict,
    says: head === undefined ? decisive.says : `${head}: ${decisive.says}`,
    checks,
  };
}
