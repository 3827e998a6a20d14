/** Decides what the agents of a pool should be, or why there are none. */

import { stringAt } from "../../base/json.ts";
import type { IPPool } from "../../api/ippool/ippool.ts";
import { keyOf, nameOfKey, type NamespacedName, type Observed } from "../../api/meta.ts";
import { CLUSTER_NETWORK_LABEL } from "../../api/network_attachment_definition.ts";
import { networkOfPool, objectOf } from "../raw_fields.ts";
import {
  clusterNetworkOf,
  currentImageOf,
  isHeld,
  type ReplicaChoice,
  replicasOf,
} from "./agent_choices.ts";
import { agentNameOf, poolOfAgent } from "./agent_names.ts";
import { type AgentPods, isLive } from "./agent_pods.ts";
import type { AgentProblem } from "./agent_pods_status.ts";
import type { AgentWorld } from "./agent_world.ts";
import type { OwnObjects } from "./own_objects.ts";
import { type WishedObjects, wishedObjectsOf } from "./wish/agent_objects.ts";

/** What was decided about the agents of a pool that there is. */
export interface Decision {
  /** None when nothing is made or changed. */
  readonly wished: WishedObjects;
  readonly replicas: number;
  readonly network: string;
  readonly problem: AgentProblem | undefined;
}

/** A pool that there is, and what was made for it. */
type PoolWorld = AgentWorld & OwnObjects & { readonly ippool: Observed<IPPool> };

/** Decides about the agents of a pool. */
export function decisionOf(world: PoolWorld, pods: AgentPods): Decision {
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
  const taken = takenOf(wished, world.foreign);
  return taken === undefined
    ? { ...head, wished, problem }
    : { ...head, wished: {}, problem: taken };
}

/** The image to ask for, or why there is none to ask for. */
function imageOf(
  { name, ippool, stored: { deployment }, settings }: PoolWorld,
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

/** Two pools may have one name for their agents, such as c/a-b and c-a/b. */
function takenOf(
  wished: WishedObjects,
  foreign: OwnObjects["foreign"],
): AgentProblem | undefined {
  const which = Object.keys(wished) as (keyof WishedObjects)[];
  const taken = which.map((key) => foreign[key]).find((object) => object !== undefined);
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
  { ippool, nad, network, stored: { deployment } }: PoolWorld & { readonly network: string },
): AgentProblem {
  const name = stringAt(objectOf(ippool.object.spec), "networkName") || network;
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
  const { namespace, name } = nameOfKey(network);
  return namespace === "" || name === "" || name.includes("/") ? undefined : { namespace, name };
}
