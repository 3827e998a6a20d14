/**
 * Whether the machines that have addresses of a pool are answered, from what the pool's own conditions say of
 * its agents and its network.
 */

import { conditionOf, type WantedCondition } from "../conditions.ts";
import { disabledMessage } from "../ippool/ippool_conditions.ts";
import type { PoolView } from "../ippool/pool_view.ts";
import { NETWORK_CLEAR } from "../network_clear/network_clear.ts";
import { concernsAll, sentencesIn, withoutCounts } from "../network_clear/wire_sentences.ts";
import { objectOf } from "../raw_fields.ts";

/** What the pool says: the same for all VMs that have addresses of it. */
export type PoolAnswers = Omit<WantedCondition, "type">;

/** What agents see of other hosts that may be answering in their place. */
const SERVER_FAULTS = ["ServerAddressInUse", "OtherServer"] as const;

/**
 * Whether they are answered. No sentence changes by itself: each change is a write for each VM.
 *
 * @param areAgentsObserved If not, what a pool says of its agents was said by another controller.
 */
export function poolAnswersOf(
  pool: Pick<PoolView, "key" | "paused" | "object">,
  areAgentsObserved: boolean,
): PoolAnswers {
  const { key } = pool;
  if (pool.paused) return { status: "False", reason: "PoolPaused", message: disabledMessage(pool) };
  const { conditions } = objectOf(pool.object.status);
  const agent = conditionOf(conditions, "AgentReady");
  // What is left of a pause says nothing about the agents.
  if (!areAgentsObserved || agent === undefined || agent.reason === "Paused") {
    const message = `nothing is known of the agents of ippool ${key}`;
    return { status: "Unknown", reason: "NothingKnown", message };
  }
  if (agent.status !== "True") {
    const message = `no agent of ippool ${key} answers (${agent.reason}): ${agent.message}`;
    return { status: "False", reason: "AgentNotReady", message };
  }
  if (agent.reason === "ServerAddressClaimed") {
    return { status: "False", reason: "ServerAddressInUse", message: agent.message };
  }
  const network = conditionOf(conditions, NETWORK_CLEAR);
  const fault = SERVER_FAULTS.find((each) => network?.reason === each);
  if (network?.status === "False" && fault !== undefined) {
    // What is wrong with the address of one VM is no matter of the others.
    const message = sentencesIn(network.message).filter(concernsAll).join("; ");
    return { status: "False", reason: fault, message: withoutCounts(message) };
  }
  return { status: "True", reason: "Answered", message: `agents of ippool ${key} answer` };
}
