/** Which of the pods around a pool are its agents, and which are to go. */

import type { Condition, NamespacedName } from "../../api/meta.ts";
import type { Pod } from "../../api/workload/pod.ts";
import { agentNameOf } from "./agent_names.ts";

/** The pods of a pool's agents. Pods of others with the same labels are in neither list. */
export interface AgentPods {
  /** Of the pool's Deployment. */
  readonly own: readonly Pod[];
  /** Of the Go version, whose agents are pods without a controller. */
  readonly bare: readonly Pod[];
}

/** Tells the pods of a pool's agents apart. */
export function agentPodsOf(pool: NamespacedName, pods: readonly Pod[]): AgentPods {
  const name = agentNameOf(pool);
  return {
    own: pods.filter((pod) => isOfDeployment(pod, name)),
    bare: pods.filter((pod) => pod.metadata.name === name && controllerOf(pod) === undefined),
  };
}

/** Whether an agent answers, as far as the kubelet knows. */
export function isReady(pod: Pod): boolean {
  return isLive(pod) && conditionOf(pod, "Ready")?.status === "True";
}

/** Whether a pod runs or will run. */
export function isLive(pod: Pod): boolean {
  return !isFinished(pod) && !isTerminating(pod);
}

/** Whether a pod will never run again: it was evicted, or its node refused it. */
export function isFinished({ phase }: Pod): boolean {
  return phase === "Failed" || phase === "Succeeded";
}

/** Whether a pod is being deleted; on a node that is gone, this lasts until the node is back. */
export function isTerminating({ metadata }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined;
}

/** The condition of this type; `undefined` when nobody has set it. */
export function conditionOf({ conditions }: Pod, type: string): Condition | undefined {
  return conditions.find((each) => each.type === type);
}

/**
 * The pods to delete once an agent of the Deployment answers: those of the Go version, which it replaces,
 * and those that have ended, which nobody else takes away.
 */
export function obsoletePodsOf({ own, bare }: AgentPods): readonly Pod[] {
  if (!own.some(isReady)) return [];
  return [...bare, ...own.filter(isFinished)].filter((pod) => !isTerminating(pod));
}

/** A Deployment's pods are those of its ReplicaSets, which are named after it. */
function isOfDeployment(pod: Pod, name: string): boolean {
  const controller = controllerOf(pod);
  return controller?.kind === "ReplicaSet" &&
    controller.name.startsWith(`${name}-`) && !controller.name.slice(name.length + 1).includes("-");
}

function controllerOf({ metadata }: Pod) {
  return metadata.ownerReferences?.find(({ controller }) => controller === true);
}
