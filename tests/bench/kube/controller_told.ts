/** When VMs are told their addresses, as a client sees it that watches them. */

import type { JsonObject } from "../../../lib/base/json.ts";
import { type ApiConnection, at, type Watch } from "../../support/apiserver/api_connection.ts";
import { PATHS } from "./controller_site.ts";

/** How long VMs waited, in milliseconds. */
export interface ToldTimes {
  /** From before the first was made until the last was told. */
  readonly sinceFirstMs: number;
  /** From when the last was made until the last was told. */
  readonly sinceLastMs: number;
}

/** Makes VMs and waits until all of them are told. @param query Restricts what is watched. */
export async function untilTold(
  api: ApiConnection,
  { vms, query, make }: {
    readonly vms: number;
    readonly query: string;
    readonly make: () => Promise<void>;
  },
): Promise<ToldTimes> {
  await using watch = await api.watch(`${PATHS.vmnetcfgs}?${query}`);
  const startMs = performance.now();
  const told = lastTold(watch, vms);
  told.catch(() => undefined);
  await make();
  const madeMs = performance.now();
  const toldMs = await told;
  return { sinceFirstMs: toldMs - startMs, sinceLastMs: toldMs - madeMs };
}

/** For a watch of what comes from now on. */
export async function fromNow(api: ApiConnection): Promise<string> {
  const { body } = await api.send("GET", `${PATHS.vmnetcfgs}?limit=1`);
  return `resourceVersion=${at(body, "metadata.resourceVersion")}`;
}

async function lastTold(watch: Watch, vms: number): Promise<number> {
  const told = new Set<unknown>();
  while (told.size < vms) {
    const line = await watch.next();
    if (line === undefined) throw new Error("the API server ended the watch");
    if (isTold(line.object)) told.add(at(line.object, "metadata.name"));
  }
  return performance.now();
}

function isTold(vmnetcfg: JsonObject): boolean {
  const conditions = (at(vmnetcfg, "status.conditions") ?? []) as readonly JsonObject[];
  return conditions.some(({ type, status }) => type === "Allocated" && status === "True");
}
