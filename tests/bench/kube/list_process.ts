/**
 * Reads all IPPools of a namespace in a process of its own, and prints the cost as JSON:
 * `list_process.ts KUBECONFIG NAMESPACE list|pages|cache`.
 */

import type { KubeObject } from "../../../lib/api/meta.ts";
import { IPPOOLS } from "../../../lib/api/resources.ts";
import type { ClosableKubeClient } from "../../../lib/kube/client/rest_client.ts";
import { createInformer } from "../../../lib/kube/cache/informer.ts";
import { listAll } from "../../../lib/kube/cache/lister.ts";
import { loadClusterAccess } from "../../../lib/kube/access/load_cluster_access.ts";
import { createKubeClient } from "../../../lib/kube/client/rest_client.ts";
import { IPPOOL_KIND } from "../../../lib/reconcile/kinds.ts";
import { createClock } from "../../../lib/sys/host/clock.ts";
import { collectGarbage } from "../../support/harness/collect_garbage.ts";
import { RecordingLogger } from "../../support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../support/metrics/recording_registry.ts";

/** The cost of reading. */
export interface ListCost {
  readonly objects: number;
  /** From the request to the parsed objects, or to the synced cache. */
  readonly ms: number;
  /** Growth of resident memory, in megabytes. */
  readonly residentMb: number;
  /** Growth of the heap, in megabytes. */
  readonly heapMb: number;
}

/** How the objects are read. */
export type ListMode = "list" | "pages" | "cache";

const [kubeconfig = "", namespace = "", mode = "list"] = Deno.args;
const parts = {
  clock: createClock(),
  random: Math.random,
  log: new RecordingLogger(),
  registry: new RecordingRegistry(),
};

interface Read {
  readonly count: () => number;
  readonly end: () => Promise<void>;
}

async function read(client: ClosableKubeClient): Promise<Read> {
  if (mode === "cache") return await readIntoCache(client);
  const objects = mode === "list"
    ? (await client.list(IPPOOLS, { namespace })).items
    : (await listAll({ client, type: IPPOOLS, namespace }, "", new AbortController().signal))
      .objects;
  return { count: () => objects.length, end: () => Promise.resolve() };
}

/** The cache of the controller. */
async function readIntoCache(client: ClosableKubeClient): Promise<Read> {
  const informer = createInformer({
    ...parts,
    client,
    ...IPPOOL_KIND,
    namespace,
    convert: (object: KubeObject) => ({ object, parsed: IPPOOL_KIND.parse(object) }),
  });
  const stop = new AbortController();
  const ended = informer.run(stop.signal);
  await informer.whenSynced();
  return {
    count: () => informer.list().length,
    end: async () => {
      stop.abort();
      await ended;
    },
  };
}

/** Memory in use after garbage collection, when free pages are given back. */
async function settledMemory(): Promise<Deno.MemoryUsage> {
  for (let round = 0; round < 4; round++) {
    await collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return Deno.memoryUsage();
}

const access = await loadClusterAccess({ kubeconfig, env: {} });
const client = createKubeClient(access, { ...parts, userAgent: "vm-dhcp-bench" });
// A process without a cache has a connection as well.
if (mode === "cache") await client.list(IPPOOLS, { namespace, limit: 1 });
// Only for the cache is the memory of interest, and this wait would count as time of the others.
const before = mode === "cache" ? await settledMemory() : Deno.memoryUsage();
const startMs = performance.now();
const { count, end } = await read(client);
const ms = performance.now() - startMs;
const after = mode === "cache" ? await settledMemory() : Deno.memoryUsage();
const cost: ListCost = {
  objects: count(),
  ms,
  residentMb: (after.rss - before.rss) / 1e6,
  heapMb: (after.heapUsed - before.heapUsed) / 1e6,
};
console.log(JSON.stringify(cost));
await end();
client.close();
