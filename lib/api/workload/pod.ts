/** Pod: where it runs, how it is, and in the words of Kubernetes why it is not ready. */

import { isJsonObject, type JsonObject, objectAt, present, stringAt } from "../../base/json.ts";
import type { Condition, KubeObject, ObjectMeta, Parsed } from "../meta.ts";
import { parseObject } from "../object_meta.ts";
import { PODS } from "../resources.ts";

/** What a container does, as the kubelet reports it. Texts are empty where it says nothing. */
export interface ContainerState {
  readonly name: string;
  readonly ready: boolean;
  /** Whether its startup probe has succeeded. */
  readonly started: boolean;
  readonly is: "waiting" | "running" | "terminated" | "unknown";
  /** Why it waits or has ended, such as `ImagePullBackOff`. */
  readonly reason: string;
  readonly message: string;
  /** How it ended the last time, or this time. */
  readonly ended?: ContainerEnd;
}

/** How a container ended. */
export interface ContainerEnd {
  readonly exitCode: number;
  readonly reason: string;
  /** What it left, or the end of its log. */
  readonly message: string;
}

/** A pod as far as agents need it. Texts are empty where Kubernetes says nothing. */
export interface Pod {
  readonly metadata: ObjectMeta;
  readonly nodeName: string;
  readonly serviceAccountName: string;
  /** By name of the container, the image that its specification has. */
  readonly images: ReadonlyMap<string, string>;
  /** `Pending`, `Running`, `Succeeded`, `Failed` or `Unknown`. */
  readonly phase: string;
  /** Why it is as it is, such as `Evicted`. */
  readonly reason: string;
  readonly message: string;
  readonly podIP: string;
  readonly conditions: readonly Condition[];
  /** Init containers first. */
  readonly containers: readonly ContainerState[];
}

/**
 * The part of a Pod that {@link parsePod} reads, in the same shape: a whole one has ten times as much.
 */
export function extractPod({ apiVersion, kind, metadata, spec, status }: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp } = metadata;
  const { labels, annotations, ownerReferences } = metadata;
  const kept = { namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp };
  return {
    apiVersion,
    kind,
    metadata: { name, ...present({ ...kept, labels, annotations, ownerReferences }) },
    spec: isJsonObject(spec)
      ? {
        ...picked(spec, ["nodeName", "serviceAccountName"]),
        containers: objectsOf(spec.containers).map((each) => picked(each, ["name", "image"])),
      }
      : {},
    status: isJsonObject(status)
      ? picked(status, [
        ...["phase", "reason", "message", "podIP", "conditions"],
        ...["initContainerStatuses", "containerStatuses"],
      ])
      : {},
  };
}

/**
 * Parses a Pod. An odd status is never a reason to refuse it: a field that cannot be read counts as absent.
 *
 * @param raw JSON of any shape.
 */
export function parsePod(raw: unknown): Parsed<Pod> {
  return parseObject(raw, PODS, ({ object }, metadata) => {
    const [spec, status] = [objectAt(object, "spec"), objectAt(object, "status")];
    return {
      metadata,
      nodeName: stringAt(spec, "nodeName"),
      serviceAccountName: stringAt(spec, "serviceAccountName"),
      images: new Map(
        objectsOf(spec.containers).map((each) => [stringAt(each, "name"), stringAt(each, "image")]),
      ),
      phase: stringAt(status, "phase"),
      reason: stringAt(status, "reason"),
      message: stringAt(status, "message"),
      podIP: stringAt(status, "podIP"),
      conditions: conditionsOf(status),
      containers: [status.initContainerStatuses, status.containerStatuses]
        .flatMap(objectsOf).map(containerStateOf),
    };
  });
}

/** The conditions of a status of a built-in kind; what cannot be read is left out. */
export function conditionsOf(status: JsonObject): readonly Condition[] {
  return objectsOf(status.conditions).map((condition) => {
    const said = stringAt(condition, "status");
    return {
      type: stringAt(condition, "type"),
      status: said === "True" || said === "False" ? said : "Unknown",
      reason: stringAt(condition, "reason"),
      message: stringAt(condition, "message"),
    };
  });
}

const STATES = ["waiting", "running", "terminated"] as const;

function containerStateOf(status: JsonObject): ContainerState {
  const state = objectAt(status, "state");
  const is = STATES.find((each) => isJsonObject(state[each])) ?? "unknown";
  const ended = is === "terminated" ? state.terminated : objectAt(status, "lastState").terminated;
  return {
    name: stringAt(status, "name"),
    ready: status.ready === true,
    started: status.started === true,
    is,
    reason: stringAt(state[is], "reason"),
    message: stringAt(state[is], "message"),
    ...(isJsonObject(ended) ? { ended: containerEndOf(ended) } : {}),
  };
}

function containerEndOf(ended: JsonObject): ContainerEnd {
  const { exitCode } = ended;
  return {
    exitCode: typeof exitCode === "number" ? exitCode : 0,
    reason: stringAt(ended, "reason"),
    message: stringAt(ended, "message"),
  };
}

function objectsOf(list: unknown): readonly JsonObject[] {
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}

function picked(object: JsonObject, fields: readonly string[]): JsonObject {
  return present(Object.fromEntries(fields.map((field) => [field, object[field]])));
}
