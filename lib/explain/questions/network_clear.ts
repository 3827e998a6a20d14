/** Whether other hosts of the VM network are in the way. */

import { conditionOf } from "../../reconcile/conditions.ts";
import type { PoolView } from "../../reconcile/ippool/pool_view.ts";
import { NETWORK_CLEAR } from "../../reconcile/network_clear/network_clear.ts";
import { objectOf } from "../../reconcile/raw_fields.ts";
import type { Finding } from "../contract.ts";
import { findCondition } from "../findings.ts";

/** What the agents of a pool have seen of others; `undefined` where nobody asks them. */
export function findClearNetwork({ object, network }: PoolView): Finding | undefined {
  return findCondition(
    conditionOf(objectOf(object.status).conditions, NETWORK_CLEAR),
    `nobody else answers DHCP on ${network}, or uses an address of its pool`,
  );
}

/** What of that concerns a client that has an address. */
export function findClearWay(pool: PoolView, address: string): Finding | undefined {
  const condition = conditionOf(objectOf(pool.object.status).conditions, NETWORK_CLEAR);
  // That somebody who is not known sends much is no matter of those who are.
  const isOfOthers = condition?.status === "False" &&
    (condition.reason === "UnknownClients" ||
      condition.reason === "AddressConflict" && !names(condition.message, address));
  // Whoever cannot read it has not learnt that anything is wrong.
  return isOfOthers || condition?.status === "Unknown" ? undefined : findClearNetwork(pool);
}

function names(message: string, address: string): boolean {
  return message.split(/[^\d.]+/).includes(address);
}
