/**
 * The two shapes of an event. Events are stored in the shape of the core group and converted for
 * events.k8s.io; what one shape calls deprecated is the other's own.
 */

import type { JsonObject } from "../../base/json.ts";
import type { KubeObject } from "../../api/meta.ts";

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
  return { ...core, ...(source === undefined ? {} : { source }), apiVersion: "v1" };
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
