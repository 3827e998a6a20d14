/** Does a pool serve its network? */

import { joinSome } from "../../base/sentences.ts";
import { conditionOf } from "../../reconcile/conditions.ts";
import { whyNotActive } from "../../reconcile/ippool/ippool_conditions.ts";
import { AGENTS_CURRENT } from "../../reconcile/network_clear/agents_current.ts";
import { objectOf } from "../../reconcile/raw_fields.ts";
import { keyOf } from "../../api/meta.ts";
import type { PoolView } from "../../reconcile/ippool/pool_view.ts";
import { agoOf } from "../ago.ts";
import type { AgentAnswer, Finding, Question, World } from "../contract.ts";
import type { NetworkFacts } from "../facts.ts";
import { findCondition, unread, well, wrong, wrongAs } from "../findings.ts";
import { findLeader } from "./leader.ts";
import { findReadyAgent, strangersOf } from "./agents.ts";
import { findClearNetwork } from "./network_clear.ts";
import { findFree, findNotPaused, findValid } from "./pool_state.ts";

/** A pool with what its questions are about. */
export interface PoolSubject {
  readonly pool: PoolView;
  /** Its network; `undefined` when not even that can be read. */
  readonly network: NetworkFacts | undefined;
  readonly agents: readonly AgentAnswer[];
}

const STRANGERS_SHOWN_MAX = 10;

/** Reasons of `CacheReady` for which something was left out; `POOL_VALID` says what else may be wrong. */
const PROBLEMS = ["RecordHasProblems", "SpecHasProblems"];

export const POOL_QUESTIONS: readonly Question<PoolSubject>[] = [
  {
    code: "POOL_CONTROLLED",
    holds: "A controller leads, so that the record and the conditions of the pool are true.",
    needs: [],
    ask: (_, world) => world.leader.ok ? findLeader(world) : undefined,
  },
  {
    code: "POOL_VALID",
    holds: "Its specification can be used.",
    needs: [],
    ask: ({ pool }) => findValid(pool),
  },
  {
    code: "POOL_STAYS",
    holds: "It is not being deleted.",
    needs: [],
    ask: ({ pool: { key, deleting } }) =>
      deleting
        ? wrong(
          `the pool ${key} is being deleted: it serves the VMs that have addresses, and no others`,
          "delete their VirtualMachineNetworkConfigs, or create a new pool when it is gone",
        )
        : undefined,
  },
  {
    code: "POOL_NOT_PAUSED",
    holds: "It is not paused.",
    needs: [],
    ask: ({ pool }) => findNotPaused(pool),
  },
  {
    code: "POOL_SERVES_NETWORK",
    holds: "It is the pool from which new VMs on its VM network get addresses.",
    needs: ["POOL_STAYS"],
    ask: ({ pool, network }) => {
      if (network?.active === undefined) return undefined;
      if (network.active === pool) return well(`it is the pool of ${pool.network}`);
      const { active } = network;
      return wrongAs(
        `${pool.network} is served by the pool ${active.key}, ${whyNotActive(pool, active)}`,
      );
    },
  },
  {
    code: "POOL_NETWORK_EXISTS",
    holds: "Its VM network exists.",
    needs: ["POOL_SERVES_NETWORK"],
    ask: ({ pool }, world) => findNetwork(pool, world),
  },
  {
    code: "POOL_NOT_FULL",
    holds: "It has addresses left.",
    needs: ["POOL_VALID"],
    ask: ({ pool }) => findFree(pool),
  },
  {
    code: "POOL_RECORD_CLEAN",
    holds: "Nothing in its record or its specification had to be left out.",
    needs: ["POOL_VALID"],
    ask: ({ pool }) => {
      const condition = conditionOf(objectOf(pool.object.status).conditions, "CacheReady");
      if (condition === undefined) return undefined;
      return PROBLEMS.includes(condition.reason)
        ? wrongAs(condition.message)
        : well(`its record can be read (${pool.record.bindings.size} bound)`);
    },
  },
  {
    code: "POOL_AGENT_READY",
    holds: "An agent of it answers.",
    needs: ["POOL_NOT_PAUSED", "POOL_SERVES_NETWORK"],
    ask: ({ pool }, world) => findReadyAgent(pool, world),
  },
  {
    code: "POOL_AGENTS_CURRENT",
    holds: "Its agents answer from its newest version.",
    needs: ["POOL_AGENT_READY"],
    ask: ({ pool }) =>
      findCondition(
        conditionOf(objectOf(pool.object.status).conditions, AGENTS_CURRENT),
        "its agents answer from its newest version",
      ),
  },
  {
    code: "POOL_NETWORK_CLEAR",
    holds: "No other host answers DHCP on its VM network, or uses one of its addresses.",
    needs: ["POOL_AGENT_READY"],
    ask: ({ pool }) => findClearNetwork(pool),
  },
  {
    code: "POOL_STRANGERS",
    holds: "Its agents list the unknown machines that ask. Such machines are not a fault.",
    needs: ["POOL_AGENT_READY"],
    ask: findStrangers,
  },
];

/** From the condition where networks may not be read. */
function findNetwork({ network, object }: PoolView, { networks }: World): Finding | undefined {
  if (network === undefined) return undefined;
  if (networks.ok && networks.value.some(({ object }) => keyOf(object) === network)) {
    return well(`${network} exists`);
  }
  const condition = conditionOf(objectOf(object.status).conditions, "Registered");
  if (networks.ok || condition?.reason === "NetworkNotFound") {
    return wrong(
      `the VM network ${network} does not exist`,
      "create the NetworkAttachmentDefinition; addresses are handed out without it",
    );
  }
  return condition === undefined ? unread(networks.why) : well(`${network} exists`);
}

function findStrangers(
  { agents, network }: PoolSubject,
  { nowMs }: World,
): Finding | undefined {
  if (network === undefined) return undefined;
  if (!agents.some(({ unknown }) => unknown.ok)) {
    const [why] = agents.flatMap(({ unknown }) => unknown.ok ? [] : [unknown.why]);
    return unread(why ?? "no agent could be asked which unknown machines ask");
  }
  const strangers = strangersOf(agents, network);
  if (strangers.length === 0) return well("no machine asks that is not known");
  const names = strangers.map(({ macAddress, hostname, lastSeen }) =>
    `${macAddress} (${hostname === undefined ? "" : `${hostname}, `}${agoOf(lastSeen, nowMs)})`
  );
  return well(
    `unknown machines ask: ${joinSome(names, ", ", STRANGERS_SHOWN_MAX)}`,
  );
}
