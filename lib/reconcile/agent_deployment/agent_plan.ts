/**
 * Plans the agents of one pool: their Deployment and what belongs to it, and the end of agents of the Go
 * version.
 */

import { formatNamespacedName, type KubeObject, type NamespacedName } from "../../api/meta.ts";
import {
  DEPLOYMENTS,
  POD_DISRUPTION_BUDGETS,
  PODS,
  ROLE_BINDINGS,
  ROLES,
  SECRETS,
  SERVICE_ACCOUNTS,
} from "../../api/resources.ts";
import type { Pod } from "../../api/workload/pod.ts";
import { IPPOOL_FINALIZER } from "../names.ts";
import { objectOf } from "../raw_fields.ts";
import { type Decision, decisionOf } from "./agent_decision.ts";
import { agentNameOf } from "./agent_names.ts";
import {
  type AgentPods,
  agentPodsOf,
  isFinished,
  isLive,
  isReady,
  obsoletePodsOf,
} from "./agent_pods.ts";
import { agentStatusOf } from "./agent_pods_status.ts";
import type { AgentPlan, AgentStep, AgentWorld } from "./agent_world.ts";
import { planObject } from "./drift/object_plan.ts";
import { type ObjectKey, ownObjectsOf, type StoredObjects } from "./own_objects.ts";
import type { WishedObjects } from "./wish/agent_objects.ts";

/** In the order in which they are made: a pod needs its account, and a Deployment its budget. */
const TYPES = {
  serviceAccount: SERVICE_ACCOUNTS,
  role: ROLES,
  roleBinding: ROLE_BINDINGS,
  podDisruptionBudget: POD_DISRUPTION_BUDGETS,
  deployment: DEPLOYMENTS,
  reportSecret: SECRETS,
} as const;

const OWN_ACCOUNT = ["roleBinding", "role", "serviceAccount"] as const;

/** Plans the agents of a pool. Planning again after the plan was carried out gives no steps. */
export function planAgents(world: AgentWorld): AgentPlan {
  const { name, ippool } = world;
  const pods = agentPodsOf(name, world.pods);
  const { stored, foreign } = ownObjectsOf(name, world.stored);
  if (ippool === undefined || isReleased(ippool.object)) {
    const message = `ippool ${formatNamespacedName(name)} is gone`;
    const status = { ready: false, reason: "NotDeployed", message, podRef: null };
    return { steps: removalOf(stored, pods), status };
  }
  const decision = decisionOf({ ...world, ippool, stored, foreign }, pods);
  const status = agentStatusOf({
    ...decision,
    pool: name,
    pods,
    deployment: stored.deployment,
    reference: objectOf(ippool.object.status).agentPodRef,
    warnings: world.warnings ?? new Map(),
    unreadyOf: world.unreadyOf ?? (() => undefined),
  });
  return { steps: stepsOf(decision, { name, stored, pods }), status };
}

/** The pool's record is empty, and only others keep the object from going. */
function isReleased({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined &&
    metadata.finalizers?.includes(IPPOOL_FINALIZER) !== true;
}

function stepsOf(
  { wished, replicas }: Decision,
  { name, stored, pods }: {
    readonly name: NamespacedName;
    readonly stored: StoredObjects;
    readonly pods: AgentPods;
  },
): readonly AgentStep[] {
  const writes = Object.entries(wished).map(([key, object]) => {
    const which = key as keyof WishedObjects;
    return planObject(TYPES[which], object, stored[which]);
  });
  const isPaused = replicas === 0;
  // Without their Deployment, the pods that are ready now will soon be gone.
  const isKept = stored.deployment !== undefined &&
    stored.deployment.metadata.deletionTimestamp === undefined;
  const replaced = isKept ? obsoletePodsOf(pods) : [];
  const obsolete = isPaused ? pods.bare.filter(isLive) : replaced;
  const isOwnUnused = wished.deployment !== undefined && wished.serviceAccount === undefined &&
    areOnOtherAccount(name, pods);
  return [
    ...writes.filter((step) => step !== undefined),
    ...deletionsOf(stored, isOwnUnused ? OWN_ACCOUNT : []),
    ...obsolete.map(deletionOf),
  ];
}

/** Whether an agent answers under another account, and none uses its own any more. */
function areOnOtherAccount(name: NamespacedName, { own }: AgentPods): boolean {
  const account = agentNameOf(name);
  return own.some(isReady) &&
    own.every((pod) => isFinished(pod) || pod.serviceAccountName !== account);
}

/** Takes everything away: the last objects are those that the pods need. */
function removalOf(stored: StoredObjects, { bare }: AgentPods): readonly AgentStep[] {
  const all = Object.keys(TYPES) as ObjectKey[];
  return [
    ...deletionsOf(stored, ["deployment", ...all.filter((key) => key !== "deployment")]),
    ...bare.filter(({ metadata }) => metadata.deletionTimestamp === undefined).map(deletionOf),
  ];
}

function deletionsOf(
  stored: StoredObjects,
  which: readonly ObjectKey[],
): readonly AgentStep[] {
  return which.flatMap((key): readonly AgentStep[] => {
    const object = stored[key];
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) return [];
    return [{ do: "delete", type: TYPES[key], object }];
  });
}

function deletionOf({ metadata }: Pod): AgentStep {
  return { do: "delete", type: PODS, object: { metadata } };
}
