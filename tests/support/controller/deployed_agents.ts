/** Agents that a controller deploys in a world of a test. */

import { type JsonObject, objectAt, valueAt } from "../../../lib/base/json.ts";
import type { KubeObject } from "../../../lib/api/meta.ts";
import {
  DEPLOYMENTS,
  IPPOOLS,
  NETWORK_ATTACHMENT_DEFINITIONS,
} from "../../../lib/api/resources.ts";
import type { AgentReportSources } from "../../../lib/controller/agents/report/agent_reports.ts";
import { agentNameOf } from "../../../lib/reconcile/agent_deployment/agent_names.ts";
import type { AgentSettings } from "../../../lib/reconcile/agent_deployment/agent_world.ts";
import { ippoolSample } from "../apiserver/samples.ts";
import { conditionOf } from "./controller_objects.ts";
import type { ControllerWorld, RunningController } from "./controller_world.ts";

/** Image of the agents. */
export const IMAGE = "registry.example/vm-dhcp:1";

/** Starts a controller that deploys agents into the namespace of its world. */
export async function deployAgents(
  world: ControllerWorld,
  changes: Partial<AgentSettings> = {},
  reports?: AgentReportSources,
): Promise<RunningController> {
  return await world.start(undefined, {
    reports,
    settings: {
      namespace: world.namespace,
      image: IMAGE,
      replicas: 2,
      serviceAccountName: undefined,
      dryRun: false,
      template: undefined,
      ...changes,
    },
  });
}

/** Starts a controller that deploys agents, makes the pool of the examples, and waits until its agents answer. */
export async function deployAnsweringAgents(
  world: ControllerWorld,
  reports?: AgentReportSources,
): Promise<RunningController> {
  const controller = await deployAgents(world, {}, reports);
  await makePoolOnNodes(world);
  await untilAgents(world, "True");
  return controller;
}

/** The name of the Deployment of the pool of the examples. */
export function agentNameIn({ namespace }: ControllerWorld): string {
  return agentNameOf({ namespace, name: "ippool-1" });
}

/** Makes the network and the pool of the examples. */
export async function makePoolOnNodes(world: ControllerWorld): Promise<void> {
  await makeNetworkOnNodes(world, "net-48");
  await world.create(IPPOOLS, ippoolSample({ spec: { networkName: `${world.namespace}/net-48` } }));
}

/** Makes a VM network on the cluster network `mgmt`, which nodes have. */
export async function makeNetworkOnNodes(world: ControllerWorld, name: string): Promise<void> {
  await world.create(NETWORK_ATTACHMENT_DEFINITIONS, {
    apiVersion: "k8s.cni.cncf.io/v1",
    kind: "NetworkAttachmentDefinition",
    metadata: { name, labels: { "network.harvesterhci.io/clusternetwork": "mgmt" } },
    spec: { config: "{}" },
  });
}

/** Waits until `AgentReady` of the pool is as given, such as `False Paused`. */
export function untilAgents(world: ControllerWorld, wanted: string): Promise<KubeObject> {
  return world.until(IPPOOLS, "ippool-1", {
    what: `agents to be ${wanted}`,
    holds: (pool) => conditionOf(pool, "AgentReady") === wanted,
  });
}

/**
 * Edits the Deployment of the pool of the examples, and waits until the controller has undone that: it has
 * planned the agents by what was there before.
 */
export async function untilRepaired(world: ControllerWorld): Promise<KubeObject> {
  const name = agentNameIn(world);
  const replicasOf = (deployment: KubeObject) => valueAt(deployment, "spec.replicas");
  const wanted = replicasOf(await world.get(DEPLOYMENTS, name));
  await world.patch(DEPLOYMENTS, name, { spec: { replicas: 7 } });
  return await world.until(DEPLOYMENTS, name, {
    what: `${wanted} replicas again`,
    holds: (deployment) => replicasOf(deployment) === wanted,
  });
}

/** The agent that a pool names; empty when it names none. */
export function podRefOf(pool: KubeObject): JsonObject {
  return objectAt(pool.status, "agentPodRef");
}

/** The image of the agents of a Deployment. */
export function imageOf(deployment: KubeObject): unknown {
  const containers = valueAt(deployment, "spec.template.spec.containers") as JsonObject[];
  return containers[0]?.["image"];
}
