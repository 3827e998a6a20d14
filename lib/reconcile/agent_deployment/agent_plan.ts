/**
 * Plans the agents of one pool: their Deployment and what belongs to it, and the end of agents of the Go
 * version.
 */

import { stringAt } from "../../base/json.ts";
import {
  formatNamespacedName,
  keyOf,
  type KubeObject,
  type NamespacedName,
  type Observed,
} from "../../api/meta.ts";
import type { IPPool } from "../../api/ippool/ippool.ts";
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
import { networkOfPool, objectOf } from "../raw_fields.ts";
import {
  CLUSTER_NETWORK_LABEL,
  clusterNetworkOf,
  currentImageOf,
  isHeld,
  type ReplicaChoice,
  replicasOf,
} from "./agent_choices.ts";
import { agentLabelsOf, agentNameOf, poolOfAgent } from "./agent_names.ts";
import { type WishedObjects, wishedObjectsOf } from "./wish/agent_objects.ts";
import { type AgentPods, agentPodsOf, isFinished, isLive, obsoletePodsOf } from "./agent_pods.ts";
import { type AgentProblem, agentStatusOf } from "./agent_pods_status.ts";
import type { AgentObjects, AgentPlan, AgentStep, AgentWorld } from "./agent_world.ts";
import { planObject } from "./drift/object_plan.ts";

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
  const { name, ippool, stored } = world;
  const pods = agentPodsOf(name, world.pods);
  const agents = ippool === undefined || isReleased(ippool.object)
    ? undefined
    : decisionOf({ ...world, ippool }, pods);
  if (agents === undefined) {
    const message = `ippool ${formatNamespacedName(name)} is gone`;
    const status = { ready: false, reason: "NotDeployed", message, podRef: null };
    return { steps: removalOf(name, stored, pods), status };
  }
  const status = agentStatusOf({
    pool: name,
    pods,
    deployment: stored.deployment,
    reference: objectOf(ippool!.object.status).agentPodRef,
    replicas: agents.replicas,
    network: agents.network,
    warnings: world.warnings ?? new Map(),
    problem: agents.problem,
  });
  return { steps: stepsOf(agents, { name, stored, pods }), status };
}

/** What was decided about the agents of a pool that there is. */
interface Decision {
  /** None when nothing is made or changed. */
  readonly wished: WishedObjects;
  readonly replicas: number;
  readonly network: string;
  readonly problem: AgentProblem | undefined;
}

/** The pool's record is empty, and only others keep the object from going. */
function isReleased({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined &&
    metadata.finalizers?.includes(IPPOOL_FINALIZER) !== true;
}

function decisionOf(
  world: AgentWorld & { readonly ippool: Observed<IPPool> },
  pods: AgentPods,
): Decision {
  const { name, ippool, stored: { deployment }, settings } = world;
  const choice = replicasOf(ippool.object, settings.replicas);
  const network = networkOfPool(ippool) ?? "";
  const head = { replicas: choice.replicas, network };
  // What has no agents yet gets none before it goes on.
  if (deployment === undefined && choice.replicas === 0) {
    return { ...head, wished: {}, problem: undefined };
  }
  const image = imageOf(world, pods);
  if (typeof image !== "string") return { ...head, wished: {}, problem: image };
  const { name: clusterNetwork, isKnown } = clusterNetworkOf(world.nad, deployment);
  const problem = isKnown ? badReplicasOf(choice) : noClusterNetworkOf({ ...world, network });
  const names = namesOf(network);
  if (clusterNetwork === undefined || names === undefined) {
    return { ...head, wished: {}, problem };
  }
  const { replicas } = choice;
  const wish = { pool: name, network: names, clusterNetwork, image, replicas, settings };
  const wished = wishedObjectsOf(wish);
  const taken = takenOf(name, wished, world.stored);
  return taken === undefined
    ? { ...head, wished, problem }
    : { ...head, wished: {}, problem: taken };
}

/** The image to ask for, or why there is none to ask for. */
function imageOf(
  { name, ippool, stored: { deployment }, settings }: AgentWorld & {
    readonly ippool: Observed<IPPool>;
  },
  { bare }: AgentPods,
): string | AgentProblem {
  const isUpgradeHeld = isHeld(ippool.object);
  // An agent of the Go version is frozen by staying what it is.
  if (isUpgradeHeld && deployment === undefined && bare.some(isLive)) {
    const message = `agent pod ${agentNameOf(name)} stays while its upgrade is held`;
    return { reason: "UpgradeHeld", message };
  }
  const current = isUpgradeHeld || settings.image === undefined
    ? currentImageOf(name, { deployment, ippool: ippool.object })
    : undefined;
  const image = current ?? settings.image;
  if (image !== undefined && (settings.image !== undefined || deployment !== undefined)) {
    return image;
  }
  return {
    reason: "NotDeployed",
    message: "the controller was not told an image for agents (--image)",
  };
}

function stepsOf(
  { wished, replicas }: Decision,
  { name, stored, pods }: {
    readonly name: NamespacedName;
    readonly stored: AgentWorld["stored"];
    readonly pods: AgentPods;
  },
): readonly AgentStep[] {
  const writes = Object.entries(wished).map(([key, object]) => {
    const which = key as keyof WishedObjects;
    return planObject(TYPES[which], object, stored[which]);
  });
  const isPaused = replicas === 0;
  const obsolete = isPaused ? pods.bare.filter(isLive) : obsoletePodsOf(pods);
  const isOwnUnused = wished.deployment !== undefined && wished.serviceAccount === undefined &&
    !isAccountUsed(name, pods);
  return [
    ...writes.filter((step) => step !== undefined),
    ...deletionsOf(name, stored, isOwnUnused ? OWN_ACCOUNT : []),
    ...obsolete.map(deletionOf),
  ];
}

/** Whether a pod still answers under the account of its own, which would lose its rights. */
function isAccountUsed(name: NamespacedName, { own }: AgentPods): boolean {
  const account = agentNameOf(name);
  return own.some((pod) => !isFinished(pod) && pod.serviceAccountName === account);
}

/** Takes everything away: the last objects are those that the pods need. */
function removalOf(
  name: NamespacedName,
  stored: AgentWorld["stored"],
  { bare }: AgentPods,
): readonly AgentStep[] {
  const all = Object.keys(TYPES) as (keyof AgentObjects<unknown>)[];
  return [
    ...deletionsOf(name, stored, ["deployment", ...all.filter((key) => key !== "deployment")]),
    ...bare.filter(({ metadata }) => metadata.deletionTimestamp === undefined).map(deletionOf),
  ];
}

function deletionsOf(
  name: NamespacedName,
  stored: AgentWorld["stored"],
  which: readonly (keyof AgentObjects<unknown>)[],
): readonly AgentStep[] {
  return which.flatMap((key): readonly AgentStep[] => {
    const object = stored[key];
    if (object === undefined || !isOf(name, object)) return [];
    if (object.metadata.deletionTimestamp !== undefined) return [];
    return [{ do: "delete", type: TYPES[key], object }];
  });
}

function deletionOf({ metadata }: Pod): AgentStep {
  return { do: "delete", type: PODS, object: { metadata } };
}

/** Whether an object was made for this pool; somebody may have taken labels or annotations away. */
function isOf(name: NamespacedName, { metadata }: KubeObject): boolean {
  if (poolOfAgent(metadata) === formatNamespacedName(name)) return true;
  return Object.entries(agentLabelsOf(name))
    .every(([key, value]) => metadata.labels?.[key] === value);
}

/** Two pools may have one name for their agents, such as c/a-b and c-a/b. */
function takenOf(
  name: NamespacedName,
  wished: WishedObjects,
  stored: AgentWorld["stored"],
): AgentProblem | undefined {
  const which = Object.keys(wished) as (keyof WishedObjects)[];
  const taken = which.map((key) => stored[key])
    .find((object) => object !== undefined && !isOf(name, object));
  if (taken === undefined) return undefined;
  const holder = poolOfAgent(taken.metadata);
  const cure = holder === undefined
    ? "delete it or rename it"
    : `it is for ippool ${holder}; give one of the two pools another name`;
  const message = `${taken.kind} ${keyOf(taken)} is in the way of the agents: ${cure}`;
  return { reason: "NameTaken", message };
}

/** Begins as in the Go version. */
function noClusterNetworkOf(
  { ippool, nad, network, stored: { deployment } }: AgentWorld & { readonly network: string },
): AgentProblem {
  const name = stringAt(objectOf(ippool?.object.spec), "networkName") || network;
  const cure = nad === undefined
    ? "create the network"
    : `give it the label ${CLUSTER_NETWORK_LABEL}`;
  const rest = deployment === undefined ? "" : "; its agents stay where they are";
  const message = `could not find clusternetwork for nad ${name}; ${cure}${rest}`;
  return { reason: "NoClusterNetwork", message };
}

function badReplicasOf({ problem }: ReplicaChoice): AgentProblem | undefined {
  return problem === undefined ? undefined : { reason: "BadReplicas", message: problem };
}

/** `undefined` when it is no `namespace/name`. */
function namesOf(network: string): NamespacedName | undefined {
  const [namespace, name, more] = network.split("/");
  return namespace && name && more === undefined ? { namespace, name } : undefined;
}
