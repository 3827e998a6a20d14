/** What the kubelet last warned of about a pod, in an Event. */

import { asJsonObject, stringAt } from "../../base/json.ts";
import type { KubeObject } from "../../api/meta.ts";
import { compareTexts } from "../claims.ts";

/**
 * The newest warning.
 *
 * @param events Events of `events.k8s.io` that regard one pod.
 * @returns Its reason and its words; `undefined` when nothing was warned of.
 */
export function lastWarningOf(events: readonly KubeObject[]): string | undefined {
  const warnings = events.filter((event) => stringAt(event, "type") === "Warning");
  const [last] = warnings.toSorted((a, b) => compareTexts(timeOf(b), timeOf(a)));
  if (last === undefined) return undefined;
  return [stringAt(last, "reason"), stringAt(last, "note")].filter((text) => text !== "").join(
    ": ",
  );
}

/** Kubelets still write the first kind of Events, which have another field for it. */
function timeOf(event: KubeObject): string {
  const times = [
    stringAt(asJsonObject(event.series), "lastObservedTime"),
    stringAt(event, "deprecatedLastTimestamp"),
    stringAt(event, "eventTime"),
    event.metadata.creationTimestamp ?? "",
  ];
  return times.find((time) => time !== "") ?? "";
}
