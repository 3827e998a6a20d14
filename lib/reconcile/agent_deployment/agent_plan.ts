/** Plans the agents of one pool. */

import { formatNamespacedName } from "../../api/meta.ts";
import type { AgentPlan, AgentWorld } from "./agent_world.ts";

/** Plans the agents of a pool. Planning again after the plan was carried out gives no steps. */
export function planAgents({ name }: AgentWorld): AgentPlan {
  const message = `agent for ippool ${formatNamespacedName(name)} is not deployed`;
  return { steps: [], status: { ready: false, reason: "NotDeployed", message } };
}
