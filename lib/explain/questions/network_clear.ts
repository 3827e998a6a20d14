/** Whether other hosts of the VM network are in the way. */

import { conditionOf } from "../../reconcile/conditions.ts";
import type { PoolView } from "../../reconcile/ippool/pool_view.ts";
import { NETWORK_CLEAR } from "../../reconcile/network_clear/network_clear.ts";
import {
  concernsAddress,
  concernsAll,
  sentencesIn,
} from "../../reconcile/network_clear/wire_sentences.ts";
import { objectOf } from "../../reconcile/raw_fields.ts";
import type { Finding } from "../contract.ts";
import { findCondition, wrong, wrongAsAll } from "../findings.ts";

/** What the agents of a pool have seen of others; `undefined` where nobody asks them. */
export function findClearNetwork(pool: PoolView): Finding | undefined {
  return findSeen(pool, () => true);
}

/** What of that concerns a client that has an address. */
export function findClearWay(pool: PoolView, address: string): Finding | undefined {
  const condition = conditionOf(objectOf(pool.object.status).conditions, NETWORK_CLEAR);
  // Whoever cannot read it has not learnt that anything is wrong.
  if (condition?.status === "Unknown") return undefined;
  return findSeen(pool, (sentence) => concernsAll(sentence) || concernsAddress(sentence, address));
}

/** @param concerns Whether a sentence of the condition is about what was asked about. */
function findSeen(
  { key, object, network }: PoolView,
  concerns: (sentence: string) => boolean,
): Finding | undefined {
  const { conditions } = objectOf(object.status);
  const agent = conditionOf(conditions, "AgentReady");
  const clear = conditionOf(conditions, NETWORK_CLEAR);
  // It is graver than other servers, and an agent says it before it reports what it has seen.
  if (agent?.reason === "ServerAddressClaimed" && clear?.reason !== "ServerAddressInUse") {
    return findClaim(key, agent.message);
  }
  if (clear?.status === "False") {
    const sentences = sentencesIn(clear.message || clear.reason).filter(concerns);
    return sentences.length === 0 ? undefined : wrongAsAll(sentences);
  }
  return findCondition(
    clear,
    `no other host answers DHCP on ${network}, or uses an address of its pool`,
  );
}

/** Who has no report of agents has what an agent says of itself: here, no other one can be meant. */
function findClaim(key: string, message: string): Finding {
  const [, mac, address] = /(\S+) uses the server's address (\S+) too/.exec(message) ?? [];
  return wrong(
    mac === undefined
      ? `another host uses the serverIP of the pool ${key}`
      : `host ${mac} uses ${address}, the serverIP of the pool ${key}`,
    "give that host another address, or the pool a free serverIP",
  );
}
