/** Finds where two transcripts of one case differ. */

import type { Step } from "./recorded_api.ts";

/** Two transcripts of one case. */
export interface Transcripts {
  readonly embedded: readonly Step[];
  readonly real: readonly Step[];
}

/**
 * One line for each place where the servers differ, such as
 * `2 GET gadgets/a: body.spec.size: embedded 2, kube-apiserver 3`. Where they differ in the status
 * of an answer, the rest of it is left out.
 */
export function differencesOf({ embedded, real }: Transcripts): string[] {
  const count = Math.max(embedded.length, real.length);
  return Array.from({ length: count }, (_, index) => index).flatMap((index) => {
    const [ours, theirs] = [embedded[index], real[index]];
    const where = `${index + 1} ${theirs?.request ?? ours?.request}`;
    const [left, right] = [leavesOf(ours), leavesOf(theirs)];
    if (left.get("status") !== right.get("status")) {
      return [`${where}: ${sayDifference("status", left, right)}${summaryOf(right)}`];
    }
    return [...new Set([...right.keys(), ...left.keys()])]
      .filter((path) => left.get(path) !== right.get(path))
      .map((path) => `${where}: ${sayDifference(path, left, right)}`);
  });
}

type Leaves = ReadonlyMap<string, string>;

function sayDifference(path: string, embedded: Leaves, real: Leaves): string {
  const nothing = "nothing";
  return `${path}: embedded ${embedded.get(path) ?? nothing}, kube-apiserver ${
    real.get(path) ?? nothing
  }`;
}

function summaryOf(leaves: Leaves): string {
  const reasons = [...leaves].filter(([path]) => /reason|causes/.test(path));
  return reasons.map(([, value]) => ` ${value}`).join("");
}

/** Each value of a step by its path. */
function leavesOf(step: Step | undefined): Leaves {
  const leaves = new Map<string, string>();
  if (step !== undefined) collect(step.result, "", leaves);
  return leaves;
}

function collect(value: unknown, path: string, leaves: Map<string, string>): void {
  const members = typeof value === "object" && value !== null ? Object.entries(value) : [];
  if (members.length === 0) leaves.set(path, JSON.stringify(value) ?? "nothing");
  for (const [key, member] of members) {
    collect(member, path === "" ? key : `${path}.${key}`, leaves);
  }
}
