/** Makes findings. */

import type { Condition } from "../api/meta.ts";
import type { Finding } from "./contract.ts";

/** All is well. */
export function well(says: string): Finding {
  return { verdict: "ok", says };
}

/** Something is wrong. */
export function wrong(says: string, cure: string): Finding {
  return { verdict: "failed", says, cure };
}

/** What to do about standalone that is not ready: it tries again by itself. */
export const UNREADY_CURE = "correct what that names; standalone notices within a minute";

/** It could not be read. */
export function unread(why: string): Finding {
  return { verdict: "unknown", says: why };
}

/** Something is wrong, in a sentence of a condition: its last part says what to do. */
export function wrongAs(message: string): Finding {
  const at = message.lastIndexOf("; ");
  return at < 0
    ? { verdict: "failed", says: message }
    : wrong(message.slice(0, at), message.slice(at + 2));
}

/** Several things that are wrong, in sentences of a condition: what they say, then what to do about each. */
export function wrongAsAll(messages: readonly string[]): Finding {
  const findings = messages.map(wrongAs);
  const says = findings.map((finding) => finding.says).join("; ");
  const cures = new Set(findings.flatMap(({ cure }) => cure ?? []));
  return cures.size === 0 ? { verdict: "failed", says } : wrong(says, [...cures].join("; "));
}

/**
 * What a condition says, in its own words: `True` is well, and `Unknown` is not known.
 *
 * @returns `undefined` without such a condition.
 */
export function findCondition(
  condition: Pick<Condition, "status" | "reason" | "message"> | undefined,
  goodWords: string,
): Finding | undefined {
  if (condition === undefined) return undefined;
  const { status, reason = "", message = "" } = condition;
  if (status === "True") return well(goodWords);
  const words = message || reason;
  return status === "False" ? wrongAs(words) : unread(words);
}
