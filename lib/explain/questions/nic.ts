/** Does a NIC have its address, and does its client get it? */

import type { Finding, Question } from "../contract.ts";
import { well, wrong, wrongAs } from "../findings.ts";
import { findLeader } from "./leader.ts";
import type { Nic } from "../nic.ts";
import type { NicFailureReason } from "../../reconcile/vmnetcfg/nic_outcome.ts";
import { findReadyAgent } from "./agents.ts";
import { findAnswer, findLease, findRequest } from "./asked.ts";
import { findClearWay } from "./network_clear.ts";
import { findFree, findNotPaused, findValid } from "./pool_state.ts";

export const NIC_QUESTIONS: readonly Question<Nic>[] = [
  {
    code: "NIC_MAC_POSSIBLE",
    holds: "A network interface can have the MAC: it is neither zero nor a group address.",
    needs: ["VM_CONFIG_HAS_NICS"],
    ask: (nic) => failureOf(nic, "ImpossibleMAC") ?? well("its MAC is possible"),
  },
  {
    code: "NIC_MAC_UNIQUE",
    holds: "No earlier NIC on the VM network has the same MAC.",
    needs: ["NIC_MAC_POSSIBLE"],
    ask: (nic) => failureOf(nic, "DuplicateMAC") ?? well("its MAC is its own"),
  },
  {
    code: "NIC_HAS_POOL",
    holds: "A pool serves the VM network.",
    needs: ["NIC_MAC_POSSIBLE"],
    ask: ({ config: { networkName }, network: { pools }, pool }) => {
      if (pool !== undefined) return well(`the pool ${pool.key} serves ${networkName}`);
      const [leaving] = pools;
      return leaving === undefined
        ? wrong(`no pool serves ${networkName}`, "create an IPPool with this networkName")
        : wrong(
          `the pool ${leaving.key}, the only one of ${networkName}, is being deleted`,
          "create a new one when it is gone",
        );
    },
  },
  {
    code: "NIC_POOL_NOT_PAUSED",
    holds: "The pool is not paused.",
    needs: ["NIC_HAS_POOL"],
    ask: ({ pool }) => findNotPaused(pool!),
  },
  {
    code: "NIC_POOL_VALID",
    holds: "The specification of the pool can be used.",
    needs: ["NIC_HAS_POOL"],
    ask: ({ pool }) => findValid(pool!),
  },
  {
    code: "NIC_NAMESPACE_ALLOWED",
    holds: "The pool is for VMs of this namespace, and the namespace has not reached its limit.",
    needs: ["NIC_MAC_UNIQUE", "NIC_POOL_NOT_PAUSED", "NIC_POOL_VALID"],
    ask: (nic) => failureOf(nic, "NamespaceNotAllowed", "NamespaceLimitReached"),
  },
  {
    code: "NIC_POOL_NOT_FULL",
    holds: "The NIC has an address, or the pool has one left for it.",
    needs: ["NIC_NAMESPACE_ALLOWED"],
    ask: (nic) => failureOf(nic, "PoolExhausted") && findFree(nic.pool!),
  },
  {
    code: "NIC_ADDRESS_GIVEN",
    holds:
      "The record of the pool binds an address to the NIC: the requested one, if it requests one.",
    needs: ["NIC_POOL_NOT_FULL"],
    ask: (nic, world) => {
      const { address, outcome: { failure }, pool } = nic;
      if (failure === undefined) return well(`${pool!.key} binds ${address} to it`);
      if (failure.reason !== "AwaitingCommit") return wrongAs(failure.message);
      // Only a controller that works records anything.
      const leader = findLeader(world);
      return leader?.verdict === "failed" ? leader : wrongAs(failure.message);
    },
  },
  {
    code: "NIC_AGENT_READY",
    holds: "An agent of the pool answers.",
    needs: ["NIC_ADDRESS_GIVEN"],
    ask: ({ pool }, world) => findReadyAgent(pool!, world),
  },
  {
    code: "NIC_AGENT_KNOWS",
    holds: "The agents have the address of the NIC.",
    needs: ["NIC_AGENT_READY"],
    ask: findLease,
  },
  {
    code: "NIC_WAY_CLEAR",
    holds:
      "No other host answers DHCP on the VM network, or uses this address or that of the server.",
    needs: ["NIC_AGENT_READY"],
    ask: ({ pool, address }) => findClearWay(pool!, address!),
  },
  {
    code: "NIC_ASKED",
    holds: "The client of the NIC has asked an agent.",
    needs: ["NIC_AGENT_KNOWS"],
    ask: findRequest,
  },
  {
    code: "NIC_ANSWERED",
    holds: "Its last request ended well.",
    needs: ["NIC_ASKED"],
    ask: findAnswer,
  },
];

/** What the controller says of a NIC that it has nothing for; `undefined` for other reasons. */
function failureOf(
  { outcome: { failure } }: Nic,
  ...reasons: readonly NicFailureReason[]
): Finding | undefined {
  return failure !== undefined && reasons.includes(failure.reason)
    ? wrongAs(failure.message)
    : undefined;
}
