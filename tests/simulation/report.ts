/** A broken world in words: what happened last, and what there is. */

import { objectAt } from "../../lib/base/json.ts";
import { keyOf, type KubeObject } from "../../lib/api/meta.ts";
import {
  IPPOOLS,
  LEASES,
  NETWORK_ATTACHMENT_DEFINITIONS,
  VIRTUAL_MACHINE_INSTANCES,
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
  VIRTUAL_MACHINES,
} from "../../lib/api/resources.ts";
import type { Commit } from "./api/model_api.ts";
import type { World } from "./world/world.ts";

const KINDS = [
  NETWORK_ATTACHMENT_DEFINITIONS,
  IPPOOLS,
  VIRTUAL_MACHINES,
  VIRTUAL_MACHINE_INSTANCES,
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
];

/** Lines of the past that are shown. */
const LINES_MAX = 60;

/** What a developer needs to see of a seed that failed. */
export function reportOf(world: World, linesMax = LINES_MAX): string {
  const commits = world.api.commits.filter(({ plural }) => plural !== LEASES.plural);
  const events = [
    ...world.notes,
    ...commits.map((commit) => ({ atMs: commit.atMs, text: lineOf(commit) })),
  ].sort((a, b) => a.atMs - b.atMs);
  return [
    `seed ${world.seed}: ${world.problem ?? "no problem"}`,
    "what happened last:",
    ...events.slice(-linesMax).map(({ atMs, text }) =>
      `  ${(atMs / 1000).toFixed(3).padStart(9)} ${text}`
    ),
    "what there is:",
    ...KINDS.flatMap((type) =>
      world.api.list(type).map((object) => `  ${type.kind} ${keyOf(object)} ${wordsOf(object)}`)
    ),
  ].join("\n");
}

function lineOf({ by, plural, key, before, after, version }: Commit): string {
  const what = before === undefined ? "creates" : after === undefined ? "removes" : "writes";
  const words = after === undefined ? "" : changeOf(before, after);
  return `v${version} ${by} ${what} ${plural} ${key} ${words}`;
}

/** The fields of the second level that differ. */
function changeOf(before: KubeObject | undefined, after: KubeObject): string {
  return ["metadata", "spec", "status"].flatMap((part) => {
    const [was, is] = [objectAt(before, part), objectAt(after, part)];
    return [...new Set([...Object.keys(was), ...Object.keys(is)])].flatMap((field) => {
      if (["resourceVersion", "generation", "lastUpdate", "creationTimestamp"].includes(field)) {
        return [];
      }
      const [old, now] = [JSON.stringify(was[field]), JSON.stringify(is[field])];
      if (old === now) return [];
      if (field === "conditions") return [`${part}.conditions=${conditionsOf(after)}`];
      return [`${part}.${field}=${now ?? "gone"}`];
    });
  }).join(" ");
}

function wordsOf(object: KubeObject): string {
  const { uid, deletionTimestamp, finalizers = [], labels } = object.metadata;
  return [
    uid,
    ...(deletionTimestamp === undefined ? [] : ["deleted"]),
    `finalizers=${finalizers.map((each) => each.split("/").at(-1))}`,
    ...(labels === undefined ? [] : [`labels=${JSON.stringify(labels)}`]),
    `spec=${JSON.stringify(object["spec"])}`,
    `status=${JSON.stringify({ ...objectAt(object, "status"), conditions: conditionsOf(object) })}`,
  ].join(" ");
}

function conditionsOf(object: KubeObject): string {
  const { conditions } = objectAt(object, "status");
  return (Array.isArray(conditions) ? conditions : [])
    .map(({ type, status, reason }) => `${type}:${status}:${reason}`).join(" ");
}
