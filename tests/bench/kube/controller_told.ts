/** When VMs are told their addresses, as a client sees it that watches them. */

import type { JsonObject } from "../../../lib/base/json.ts";
import { at } from "../../support/apiserver/api_connection.ts";
import type { FollowedObjects } from "./followed_objects.ts";

/** How long VMs waited, in milliseconds. */
export interface ToldTimes {
  /** From before the first was made until the last was told. */
  readonly sinceFirstMs: number;
  /** From when the last was made until the last was told. */
  readonly sinceLastMs: number;
}

/** Makes VMs and waits until all of them are told. */
export async function untilTold(
  vmnetcfgs: FollowedObjects,
  vms: number,
  make: () => Promise<void>,
): Promise<ToldTimes> {
  const startMs = performance.now();
  const told = lastTold(vmnetcfgs, vms);
  told.catch(() => undefined);
  await make();
  const madeMs = performance.now();
  const toldMs = await told;
  return { sinceFirstMs: toldMs - startMs, sinceLastMs: toldMs - madeMs };
}

async function lastTold(vmnetcfgs: FollowedObjects, vms: number): Promise<number> {
  const told = new Set<unknown>();
  while (told.size < vms) {
    const object = await vmnetcfgs.next();
    if (isTold(object)) told.add(at(object, "metadata.name"));
  }
  return performance.now();
}

function isTold(vmnetcfg: JsonObject): boolean {
  const conditions = (at(vmnetcfg, "status.conditions") ?? []) as readonly JsonObject[];
  return conditions.some(({ type, status }) => type === "Allocated" && status === "True");
}
