/**
 * Events: their columns, and their two shapes. They are stored in the shape of the core group and converted for
 * events.k8s.io; the fields that one shape calls deprecated are those of the other.
 */

import { type JsonObject, stringAt, valueAt } from "../../base/json.ts";
import type { KubeObject } from "../../api/meta.ts";
import { formatAge } from "./human_duration.ts";
import type { Column } from "./resource.ts";

/** Names of the same field in events.k8s.io/v1 and in core/v1. */
const FIELD_NAMES: readonly (readonly [string, string])[] = [
  ["regarding", "involvedObject"],
  ["note", "message"],
  ["reportingController", "reportingComponent"],
  ["deprecatedSource", "source"],
  ["deprecatedFirstTimestamp", "firstTimestamp"],
  ["deprecatedLastTimestamp", "lastTimestamp"],
  ["deprecatedCount", "count"],
];

/** An event of events.k8s.io/v1 as core/v1 has it. */
export function toCoreEvent(event: KubeObject): KubeObject {
  const core = renamed(event, FIELD_NAMES);
  const reporter = event["reportingController"];
  // kubectl shows a blank source for events that only name their reporter.
  const source = core["source"] ?? (reporter === undefined ? undefined : { component: reporter });
  return {
    // As Kubernetes writes times that are not set. kubectl --sort-by fails where no object has the field.
    firstTimestamp: null,
    lastTimestamp: null,
    ...core,
    ...(source === undefined ? {} : { source }),
    apiVersion: "v1",
  };
}

/** An event of core/v1 as events.k8s.io/v1 has it. */
export function fromCoreEvent(event: KubeObject): KubeObject {
  const names = FIELD_NAMES.map(([newer, core]) => [core, newer] as const);
  return { ...renamed(event, names), apiVersion: "events.k8s.io/v1" };
}

function renamed(
  event: KubeObject,
  names: readonly (readonly [string, string])[],
): KubeObject {
  const to = new Map(names);
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(event)) result[to.get(key) ?? key] = value;
  return { ...result, apiVersion: event.apiVersion, kind: event.kind, metadata: event.metadata };
}

/** The columns of `kubectl get events`, for the shape of the core group. */
export function eventColumns(): Column[] {
  return [
    column("Last Seen", 0, (event, nowMs) => formatAge(lastSeen(event), nowMs)),
    column("Type", 0, (event) => stringAt(event, "type")),
    column("Reason", 0, (event) => stringAt(event, "reason")),
    column("Object", 0, objectOf),
    column("Source", 1, (event) => stringAt(event["source"], "component")),
    column("Message", 0, (event) => stringAt(event, "message").trim()),
    column("First Seen", 1, (event, nowMs) => formatAge(firstSeen(event), nowMs)),
    column("Count", 1, countOf),
    { ...column("Name", 1, (event) => event.metadata.name), format: "name" },
  ];
}

function column(name: string, priority: number, cell: Column["cell"]): Column {
  return { name, type: "string", format: "", description: "", priority, cell };
}

function objectOf(event: KubeObject): string {
  const kind = stringAt(event["involvedObject"], "kind").toLowerCase();
  const name = stringAt(event["involvedObject"], "name");
  return kind === "" ? name : `${kind}/${name}`;
}

function lastSeen(event: KubeObject): unknown {
  return valueAt(event, "series.lastObservedTime") ?? event["lastTimestamp"] ?? firstSeen(event);
}

function firstSeen(event: KubeObject): unknown {
  return event["firstTimestamp"] ?? event["eventTime"] ?? event.metadata.creationTimestamp;
}

function countOf(event: KubeObject): unknown {
  return valueAt(event, "series.count") ?? event["count"] ?? 1;
}
