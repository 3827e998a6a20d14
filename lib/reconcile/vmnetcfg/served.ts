/** The condition `Served`: whether the NICs of a VM are told their addresses. */

import { formatIpv4Address } from "../../net/ipv4_address.ts";
import type { WantedCondition } from "../conditions.ts";
import type { PoolView } from "../ippool/pool_view.ts";
import type { NicOutcome } from "./nic_outcome.ts";
import type { PoolAnswers } from "./pool_answers.ts";

/** Its type. */
export const SERVED = "Served";

/** What is known of whether a pool's machines are answered. */
export interface KnownAnswers {
  readonly answers: PoolAnswers;
  /** Whether it has lasted. If not, VMs that have been told something else are not told this. */
  readonly isLasting: boolean;
}

/** Of a pool that holds an address. */
export type AnswersOf = (pool: PoolView) => KnownAnswers;

/** Reasons that follow from pools alone. A pause of a pool that has ended is over at once. */
const FROM_POOLS: readonly string[] = [
  ...["Answered", "AgentNotReady", "OtherServer", "ServerAddressInUse", "NothingKnown"],
];

/** The condition, and whether one that stands there may stay for now. */
export interface Served {
  readonly condition: WantedCondition;
  /** Whether what it follows from has lasted. */
  readonly isLasting: boolean;
}

/** Whether a condition that stands there may stay while what is known has not lasted. */
export function mayStay(current: WantedCondition | undefined): boolean {
  return current === undefined || FROM_POOLS.includes(current.reason);
}

/**
 * Says whether the NICs of a VM are answered. A NIC that waits for its address is not: then the reason is that
 * of `Allocated`, which has the sentence.
 *
 * @param allocated The condition `Allocated` that is about to be written.
 */
export function servedOf(
  outcomes: readonly NicOutcome[],
  allocated: WantedCondition,
  answersOf: AnswersOf,
): Served {
  const holders = outcomes.flatMap(({ nic, address, pool }) =>
    address === undefined || pool === undefined
      ? []
      : [{ text: `${formatIpv4Address(address)} of ${nic.macAddress}`, ...answersOf(pool) }]
  );
  const isLasting = holders.every((holder) => holder.isLasting);
  const troubles = holders.map(({ answers }) => answers).filter(({ status }) => status !== "True");
  const sentences = [...new Set(troubles.map(({ message }) => message))];
  if (allocated.status !== "True") {
    const message = [`see the condition Allocated`, ...sentences].join("; ");
    return { condition: conditionOf("False", allocated.reason, message), isLasting };
  }
  const gravest = troubles.find(({ status }) => status === "False") ?? troubles[0];
  if (gravest !== undefined) {
    const { status, reason } = gravest;
    return { condition: conditionOf(status, reason, sentences.join("; ")), isLasting };
  }
  const message = holders.map(({ text, answers }) => `${text}: ${answers.message}`).join("; ");
  return { condition: conditionOf("True", "Answered", message), isLasting };
}

function conditionOf(
  status: WantedCondition["status"],
  reason: string,
  message: string,
): WantedCondition {
  return { type: SERVED, status, reason, message };
}
