/** What `kubectl get pods` shows of a Pod. */

import type { JsonObject } from "../../base/json.ts";
import { isJsonObject, objectAt, stringAt, valueAt } from "../../base/json.ts";
import type { KubeObject } from "../../api/meta.ts";

/** Such as `1/2`. */
export function readyContainers(pod: KubeObject): string {
  const containers = valueAt(pod, "spec.containers");
  const ready = statusesOf(pod).filter((status) =>
    status["ready"] === true && isJsonObject(objectAt(status, "state")["running"])
  );
  return `${ready.length}/${Array.isArray(containers) ? containers.length : 0}`;
}

/** Its phase, or why it is not what it should be. */
export function podStatusWord(pod: KubeObject): string {
  if (pod.metadata.deletionTimestamp !== undefined) return "Terminating";
  const waiting = statusesOf(pod)
    .map((status) => stringAt(valueAt(status, "state.waiting"), "reason"))
    .find((reason) => reason !== "");
  return waiting ?? (stringAt(pod["status"], "reason") || stringAt(pod["status"], "phase"));
}

/** Of all containers together. */
export function restartCount(pod: KubeObject): string {
  const counts = statusesOf(pod).map((status) => countOf(status["restartCount"]));
  return String(counts.reduce((sum, count) => sum + count, 0));
}

function countOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

function statusesOf(pod: KubeObject): readonly JsonObject[] {
  const statuses = valueAt(pod, "status.containerStatuses");
  return Array.isArray(statuses) ? statuses.filter(isJsonObject) : [];
}
