/** Which of the objects around a pool's agents were made for it. */

import { formatNamespacedName, type KubeObject, type NamespacedName } from "../../api/meta.ts";
import { agentLabelsOf, poolOfAgent } from "./agent_names.ts";
import type { AgentWorld } from "./agent_world.ts";

/** Objects as the cluster has them, by what they are. */
export type StoredObjects = AgentWorld["stored"];
/** Which of a pool's objects. */
export type ObjectKey = keyof StoredObjects;

/** Objects of the names of a pool's agents. */
export interface OwnObjects {
  readonly stored: StoredObjects;
  /** Those that are for another pool, or for something else. */
  readonly foreign: Partial<StoredObjects>;
}

/** Tells what was made for the pool from what has the same name. */
export function ownObjectsOf(name: NamespacedName, all: StoredObjects): OwnObjects {
  const stored: Record<ObjectKey, KubeObject | undefined> = { ...all };
  const foreign: Partial<Record<ObjectKey, KubeObject>> = {};
  for (const key of Object.keys(all) as ObjectKey[]) {
    const object = all[key];
    if (object === undefined || isOf(name, object)) continue;
    stored[key] = undefined;
    foreign[key] = object;
  }
  return { stored, foreign };
}

/** Whether an object was made for this pool; somebody may have taken labels or annotations away. */
function isOf(name: NamespacedName, { metadata }: KubeObject): boolean {
  if (poolOfAgent(metadata) === formatNamespacedName(name)) return true;
  return Object.entries(agentLabelsOf(name))
    .every(([key, value]) => metadata.labels?.[key] === value);
}
