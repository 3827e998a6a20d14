/** The columns of `kubectl get events`. */

import { stringAt, valueAt } from "../../base/json.ts";
import type { KubeObject } from "../../api/meta.ts";
import { formatAge } from "./human_duration.ts";
import type { Column } from "./resource.ts";

/** The columns for events in the shape of the core group. */
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
