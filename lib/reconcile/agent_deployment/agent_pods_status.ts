/** How the agents of a pool are, from their Deployment and their pods. */

import { isJsonObject, objectAt, stringAt } from "../../base/json.ts";
import { joinSome } from "../../base/sentences.ts";
import type { PodReference } from "../../api/ippool/ippool.ts";
import { formatNamespacedName, type KubeObject, type NamespacedName } from "../../api/meta.ts";
import { conditionsOf, type Pod } from "../../api/workload/pod.ts";
import type { AgentStatus } from "../agent_status.ts";
import { compareTexts } from "../claims.ts";
import { AGENT_CONTAINER } from "./agent_names.ts";
import { type AgentPods, isFinished, isReady, isTerminating } from "./agent_pods.ts";
import { type PodTrouble, podTroubleOf } from "./pod_trouble.ts";

/** Pods and problems that a message names. */
const PARTS_MAX = 10;

/** What the state of the agents follows from. */
export interface AgentPodsWorld {
  readonly pool: NamespacedName;
  readonly pods: AgentPods;
  readonly deployment: KubeObject | undefined;
  /** `status.agentPodRef` of the pool. */
  readonly reference: unknown;
  /** How many agents there should be. */
  readonly replicas: number;
  /** The VM network, `namespace/name`. */
  readonly network: string;
  readonly warnings: ReadonlyMap<string, string>;
  readonly unreadyOf: (pod: string) => string | undefined;
  /** Why there are no agents, or not those that were asked for. */
  readonly problem: AgentProblem | undefined;
}

/** Something that stands against agents. */
export interface AgentProblem {
  readonly reason: "NotDeployed" | "NameTaken" | "NoClusterNetwork" | "UpgradeHeld" | "BadReplicas";
  readonly message: string;
}

/** How the agents are. One that is ready is enough. */
export function agentStatusOf(world: AgentPodsWorld): AgentStatus {
  const { own, bare } = world.pods;
  const pods = [...own, ...bare];
  const ready = pods.filter(isReady);
  const troubles = troublesOf(pods, world);
  const podRef = podReferenceOf(pods, world.reference);
  const counts = { wanted: world.replicas, ready: ready.length };
  if (ready.length > 0) {
    const parts = [describeReady(ready, world.replicas), ...troubles.map(describeTrouble)];
    const refusal = refusalOf(world.deployment);
    const refused = refusal === undefined ? [] : [`another pod is refused: ${refusal}`];
    const problem = world.problem === undefined ? [] : [world.problem.message];
    return {
      ready: true,
      reason: "Serving",
      message: joined([...parts, ...refused, ...problem]),
      podRef,
      counts,
    };
  }
  const { reason, messages } = absenceOf(troubles, world);
  return { ready: false, reason, message: joined(messages), podRef, counts };
}

/** A pod that is not ready, and why. */
interface TroubledPod extends PodTrouble {
  readonly name: string;
}

/** Of the pods that have ended or go, only where there are no others. */
function troublesOf(
  pods: readonly Pod[],
  { network, warnings, unreadyOf }: AgentPodsWorld,
): readonly TroubledPod[] {
  const troubled = pods.filter((pod) => !isReady(pod)).map((pod) => {
    const warning = warnings.get(pod.metadata.uid ?? "");
    const { name } = pod.metadata;
    const surroundings = { network, warning, unready: unreadyOf(name) };
    return { pod, name, ...podTroubleOf(pod, surroundings) };
  });
  const lasting = troubled.filter(({ pod }) => !isFinished(pod) && !isTerminating(pod));
  return lasting.length > 0 || pods.some(isReady) ? lasting : troubled;
}

function describeReady(ready: readonly Pod[], replicas: number): string {
  const names = joinSome(ready.map(({ metadata }) => metadata.name), ", ");
  const count = ready.length;
  const isAll = count >= replicas;
  const agents = (isAll ? count : replicas) === 1 ? "agent" : "agents";
  const of = isAll ? "" : ` of ${replicas}`;
  return `${count}${of} ${agents} ${count === 1 ? "is" : "are"} ready: ${names}${
    sharedNodeOf(ready)
  }`;
}

/** Kubernetes keeps agents apart when it places them, but does not move them when a node comes back. */
function sharedNodeOf(ready: readonly Pod[]): string {
  const [node = "", ...others] = new Set(ready.map(({ nodeName }) => nodeName));
  if (ready.length < 2 || others.length > 0 || node === "") return "";
  const all = ready.length === 2 ? "both" : "all";
  return `, ${all} on node ${node}, and nobody answers while that is down`;
}

function describeTrouble({ name, reason, message }: TroubledPod): string {
  return reason === "MarkedForDeletion"
    ? `agent pod ${name} ${message}`
    : `agent pod ${name} not ready: ${message}`;
}

function absenceOf(
  troubles: readonly TroubledPod[],
  { pool, deployment, problem }: AgentPodsWorld,
): { readonly reason: string; readonly messages: readonly string[] } {
  const problems = problem === undefined ? [] : [problem.message];
  const key = formatNamespacedName(pool);
  if (troubles.length > 0) {
    return {
      reason: troubles[0]!.reason,
      messages: [...troubles.map(describeTrouble), ...problems],
    };
  }
  if (deployment === undefined) {
    const message = `agent for ippool ${key} is not deployed`;
    return { reason: problem?.reason ?? "NotDeployed", messages: [...problems, message] };
  }
  const refusal = refusalOf(deployment);
  return refusal === undefined
    ? { reason: "Starting", messages: [`agent for ippool ${key} has no pod yet`, ...problems] }
    : {
      reason: "PodRefused",
      messages: [`agent for ippool ${key} cannot have a pod: ${refusal}`, ...problems],
    };
}

/** Why the API server lets nobody make a pod of this Deployment. */
function refusalOf(deployment: KubeObject | undefined): string | undefined {
  const message = conditionsOf(objectAt(deployment ?? {}, "status"))
    .find(({ type, status }) => type === "ReplicaFailure" && status === "True")?.message;
  return message?.includes("violates PodSecurity")
    ? `${message}; label the namespace of the agents pod-security.kubernetes.io/enforce=privileged`
    : message;
}

/** Each part is bounded already. */
function joined(parts: readonly string[]): string {
  const more = parts.length - PARTS_MAX;
  return [...parts.slice(0, PARTS_MAX), ...(more > 0 ? [`and ${more} more`] : [])].join("; ");
}

/**
 * One agent, for tools that look for one: the same for as long as it is ready, then another ready one. One
 * that is not ready is named only when no agent is.
 */
function podReferenceOf(pods: readonly Pod[], current: unknown): PodReference | null {
  const uid = isJsonObject(current) ? stringAt(current, "uid") : "";
  const rankOf = (pod: Pod) => {
    const state = isReady(pod) ? 0 : !isTerminating(pod) && !isFinished(pod) ? 2 : 4;
    return state + (pod.metadata.uid === uid ? 0 : 1);
  };
  const [best] = pods.toSorted((a, b) => rankOf(a) - rankOf(b) || compareAge(a, b));
  if (best === undefined) return null;
  const { namespace = "", name, uid: bestUid = "" } = best.metadata;
  return { namespace, name, image: best.images.get(AGENT_CONTAINER) ?? "", uid: bestUid };
}

function compareAge({ metadata: a }: Pod, { metadata: b }: Pod): number {
  return compareTexts(a.creationTimestamp ?? "", b.creationTimestamp ?? "") ||
    compareTexts(a.name, b.name);
}
