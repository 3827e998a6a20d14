/** Why an agent's pod is not ready, from what Kubernetes says of it. */

import { parseJson, stringAt } from "../../base/json.ts";
import type { Condition } from "../../api/meta.ts";
import type { ContainerEnd, ContainerState, Pod } from "../../api/workload/pod.ts";
import { AGENT_CONTAINER } from "./agent_names.ts";
import { conditionOf, isFinished, isReady, isTerminating } from "./agent_pods.ts";

/** How much of a text of others is repeated: it begins with what was done, and ends with what was wrong. */
const SAID_HEAD_MAX = 120;
const SAID_TAIL_MAX = 280;

/** Why a pod is not ready. */
export interface PodTrouble {
  /** CamelCase word for programs. */
  readonly reason:
    | "MarkedForDeletion"
    | "PodFailed"
    | "Unschedulable"
    | "NodeLost"
    | "ImagePullFailed"
    | "ContainerFailed"
    | "ContainerCrashing"
    | "PodNotSetUp"
    | "Starting"
    | "NotReady";
  /** Without the name of the pod. */
  readonly message: string;
}

/** What is known of a pod's surroundings. */
export interface PodSurroundings {
  /** The VM network that it is to be attached to, `namespace/name`. */
  readonly network: string;
  /** What the kubelet last warned of in an Event about it. */
  readonly warning: string | undefined;
  /** Why its agent does not answer, in its own words. */
  readonly unready: string | undefined;
}

/** Reasons of a waiting container that end by themselves. */
const STARTING: readonly string[] = ["", "ContainerCreating", "PodInitializing"];

/** Reasons of a waiting container that has no image. */
const WITHOUT_IMAGE: readonly string[] = [
  ...["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"],
  ...["ImageInspectError", "RegistryUnavailable", "SignatureValidationFailed"],
];

/** Says why a pod is not ready. */
export function podTroubleOf(pod: Pod, surroundings: PodSurroundings): PodTrouble {
  return endOf(pod) ?? placeOf(pod) ?? failureOf(pod) ?? startOf(pod, surroundings);
}

/** Whether the program of a pod runs and can be asked, whether it is ready or not. */
export function isRunning(pod: Pod): boolean {
  return isReady(pod) || reasonOf(pod) === "NotReady";
}

/** Whether a pod waits for its node, of which its status says no more than that. */
export function isBeingSetUp(pod: Pod): boolean {
  return !isReady(pod) && reasonOf(pod) === "PodNotSetUp";
}

function reasonOf(pod: Pod): PodTrouble["reason"] {
  return podTroubleOf(pod, { network: "", warning: undefined, unready: undefined }).reason;
}

/** A pod that goes or has gone. */
function endOf(pod: Pod): PodTrouble | undefined {
  if (isTerminating(pod)) {
    const why = said(conditionOf(pod, "DisruptionTarget")?.message) || said(pod.message);
    const message = `marked for deletion${why === "" ? "" : ` (${why})`}`;
    return { reason: "MarkedForDeletion", message };
  }
  if (!isFinished(pod)) return undefined;
  return { reason: "PodFailed", message: withWords("has ended", pod) };
}

/** A pod without a node, or whose node does not answer. */
function placeOf(pod: Pod): PodTrouble | undefined {
  const { nodeName, containers } = pod;
  if (nodeName === "") return waitOf(conditionOf(pod, "PodScheduled"));
  // Only the control plane says so of a pod whose kubelet last said that its containers are ready.
  const isLost = containers.length > 0 && conditionOf(pod, "ContainersReady")?.status === "True" &&
    conditionOf(pod, "Ready")?.status === "False" && containers.every(({ ready }) => ready);
  if (!isLost) return undefined;
  return { reason: "NodeLost", message: `was ready, but its node ${nodeName} does not answer` };
}

function waitOf(scheduled: Condition | undefined): PodTrouble {
  if (scheduled === undefined || scheduled.reason === "") {
    return { reason: "Starting", message: "waits for a node" };
  }
  const words = said(scheduled.message) || scheduled.reason;
  return { reason: "Unschedulable", message: `no node can run it: ${words}` };
}

function failureOf({ containers }: Pod): PodTrouble | undefined {
  return containers.map(containerFailureOf).find((trouble) => trouble !== undefined);
}

function containerFailureOf(container: ContainerState): PodTrouble | undefined {
  const { name, is, reason, ready, ended } = container;
  const subject = name === AGENT_CONTAINER ? "" : `container ${name} `;
  if (is === "waiting" && WITHOUT_IMAGE.includes(reason)) {
    const message = withWords(`${subject}has no image`, container);
    return { reason: "ImagePullFailed", message };
  }
  const isDown = is === "terminated" || reason === "CrashLoopBackOff";
  // An init container that has done its work is ready.
  if (ended !== undefined && !ready && (isDown || is === "running")) {
    const again = isDown ? "" : "runs again, after it ";
    return { reason: "ContainerCrashing", message: `${subject}${again}${describeEnd(ended)}` };
  }
  if (is === "waiting" && !STARTING.includes(reason)) {
    const message = withWords(`${subject}cannot be started`, container);
    return { reason: "ContainerFailed", message };
  }
  return undefined;
}

/** A pod in which nothing has gone wrong, as far as its status says. */
function startOf(pod: Pod, { network, warning, unready }: PodSurroundings): PodTrouble {
  const { nodeName, containers, metadata: { name } } = pod;
  const agent = containers.find((container) => container.name === AGENT_CONTAINER);
  if (agent === undefined) return { reason: "Starting", message: `starts on node ${nodeName}` };
  if (agent.is === "running") {
    if (!agent.started) {
      return { reason: "Starting", message: `runs on node ${nodeName}, but is still starting` };
    }
    const words = said(unready);
    const why = words === "" ? `; kubectl logs ${name} says why` : `: ${words}`;
    const message = `runs on node ${nodeName}, but is not ready to serve${why}`;
    return { reason: "NotReady", message };
  }
  // With its sandbox, a pod has its networks; an image that is pulled comes after that.
  if (conditionOf(pod, "PodReadyToStartContainers")?.status === "True") {
    return { reason: "Starting", message: `node ${nodeName} is about to start it` };
  }
  const words = said(warning) || `if that lasts, kubectl describe pod ${name} says why`;
  return {
    reason: "PodNotSetUp",
    message: `node ${nodeName} has not attached it to ${network} yet: ${words}`,
  };
}

/** How a container ended, with its last words. */
function describeEnd({ exitCode, reason, message }: ContainerEnd): string {
  if (reason === "OOMKilled") {
    return "was killed: it had used up its memory (resources.limits.memory)";
  }
  const words = lastWordsOf(message);
  return `ended with status ${exitCode}${words === "" ? "" : `: ${words}`}`;
}

/** The last line of a log; one of this program is JSON. */
function lastWordsOf(message: string): string {
  const last = message.trimEnd().split("\n").at(-1) ?? "";
  const line = parseJson(last);
  const texts = [stringAt(line, "msg"), stringAt(line, "error")].filter((text) => text !== "");
  return said(texts.length > 0 ? texts.join(": ") : last);
}

function withWords(
  subject: string,
  { reason, message }: { readonly reason: string; readonly message: string },
): string {
  return [subject, reason, said(message)].filter((text) => text !== "").join(": ");
}

/** What others say, as one line of bounded length, without the IDs of containers. */
function said(text: string | undefined): string {
  const line = (text ?? "").trim().replace(/\s+/g, " ").replace(/ ?"?\b[0-9a-f]{64}\b"?/g, "");
  if (line.length <= SAID_HEAD_MAX + SAID_TAIL_MAX) return line;
  return `${line.slice(0, SAID_HEAD_MAX)} ... ${line.slice(-SAID_TAIL_MAX)}`;
}
