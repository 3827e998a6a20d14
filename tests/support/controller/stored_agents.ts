/** Objects of agents as an API server stores them: with what it fills in. */

import { isJsonObject, type JsonObject } from "../../../lib/base/json.ts";
import type { KubeObject } from "../../../lib/api/meta.ts";
import { planAgents } from "../../../lib/reconcile/agent_deployment/agent_plan.ts";
import storedDeployment from "../../testdata/agents/deployment.json" with { type: "json" };
import type { AgentWorld } from "../../../lib/reconcile/agent_deployment/agent_world.ts";
import { afterSteps, type AgentSituation, agentWorld } from "./agent_worlds.ts";

/** The Deployment of `default/net-48` as kube-apiserver 1.34 stored it. */
export const STORED_DEPLOYMENT = storedDeployment as KubeObject;

/** The same as it was asked for. */
const ASKED_DEPLOYMENT = planAgents(agentWorld()).steps
  .map(({ object }) => object as KubeObject)
  .find(({ kind }) => kind === "Deployment");

/** The object with what a real API server fills in at the same places. */
export function asStored(object: KubeObject): KubeObject {
  const plain = JSON.parse(JSON.stringify(object)) as KubeObject;
  if (object.kind !== STORED_DEPLOYMENT.kind) return plain;
  return filledIn(plain, { asked: ASKED_DEPLOYMENT, stored: STORED_DEPLOYMENT }) as KubeObject;
}

/** What an example was asked to be, and what it was stored as. */
interface Example {
  readonly asked: unknown;
  readonly stored: unknown;
}

function filledIn(value: unknown, { asked, stored }: Example): unknown {
  if (Array.isArray(value)) {
    return value.map((item, i) =>
      filledIn(item, { asked: itemOf(asked, item, i), stored: itemOf(stored, item, i) })
    );
  }
  if (!isJsonObject(value) || !isJsonObject(asked) || !isJsonObject(stored)) return value;
  const filled: JsonObject = {};
  for (const [name, each] of Object.entries(value)) {
    filled[name] = filledIn(each, { asked: asked[name], stored: stored[name] });
  }
  for (const [name, each] of Object.entries(stored)) {
    if (asked[name] === undefined) filled[name] ??= each;
  }
  return filled;
}

/** The item of the same name; where items have none, that at the same place. */
function itemOf(list: unknown, item: unknown, i: number): unknown {
  if (!Array.isArray(list)) return undefined;
  if (!isJsonObject(item) || item.name === undefined) return list[i];
  return list.find((each) => isJsonObject(each) && each.name === item.name);
}

/** What there is once the agents of a situation have been made. */
export function deployed(situation: AgentSituation = {}): AgentWorld["stored"] {
  const world = agentWorld(situation);
  return afterSteps(world, planAgents(world).steps, asStored).stored;
}
