/**
 * The cost of the Kubernetes layer beside kubectl, on a control plane of its own:
 * `deno run --allow-all tests/bench/kube_bench.ts [--objects N]`. Writes docs/performance.md.
 */

import { parseArgs } from "node:util";
import { createKubeClient } from "../../lib/kube/client/rest_client.ts";
import { createClock } from "../../lib/sys/host/clock.ts";
import { clusterAccessOf, makeNamespace } from "../support/cluster/cluster_access.ts";
import { ControlPlane } from "../support/cluster/control_plane.ts";
import { kubectlPath } from "../../tools/kubernetes/programs.ts";
import { EmbeddedProcess } from "../support/apiserver/embedded_process.ts";
import { Kubectl } from "../support/console/kubectl.ts";
import { makeManyPools } from "../support/apiserver/many_pools.ts";
import { RecordingLogger } from "../support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../support/metrics/recording_registry.ts";
import { type EventLatency, measureEventLatency, type Percentiles } from "./kube/event_latency.ts";
import type { ListCost, ListMode } from "./kube/list_process.ts";
import { writeSections } from "./packets/performance_page.ts";
import { markdownTable, spread } from "./packets/statistics.ts";

const REPETITIONS = 7;
const LIST_PROCESS = new URL("kube/list_process.ts", import.meta.url).pathname;

/** Programs that read the same list in turns. */
interface ListTimes {
  /** Whole processes, ours by `deno run`; milliseconds. */
  readonly kubectl: readonly number[];
  readonly ours: readonly number[];
  /** Within our process: one answer, pages, and the cache as the controller has it. */
  readonly list: readonly ListCost[];
  readonly pages: readonly ListCost[];
  readonly cache: readonly ListCost[];
}

function say(text: string): void {
  console.error(`bench: ${text}`);
}

/** Runs a command to its end. @returns Its output and how long it took. */
async function timed(command: Deno.Command): Promise<{ text: string; ms: number }> {
  const startMs = performance.now();
  const { success, stdout, stderr } = await command.output();
  const ms = performance.now() - startMs;
  const decoder = new TextDecoder();
  if (!success) throw new Error(decoder.decode(stderr));
  return { text: decoder.decode(stdout), ms };
}

async function measureLists(plane: ControlPlane, namespace: string): Promise<ListTimes> {
  const { kubeconfig } = plane.access;
  const home = await Deno.makeTempDir();
  const kubectl = new Kubectl(await kubectlPath(), kubeconfig, home);
  const path = `/apis/network.harvesterhci.io/v1alpha1/namespaces/${namespace}/ippools`;
  async function read(mode: ListMode): Promise<{ cost: ListCost; ms: number }> {
    const args = ["run", "--allow-all", "--no-check", LIST_PROCESS, kubeconfig, namespace, mode];
    const { text, ms } = await timed(new Deno.Command(Deno.execPath(), { args }));
    return { cost: JSON.parse(text), ms };
  }
  const times = {
    kubectl: [] as number[],
    ours: [] as number[],
    list: [] as ListCost[],
    pages: [] as ListCost[],
    cache: [] as ListCost[],
  };
  await read("list");
  for (let turn = 0; turn < REPETITIONS; turn++) {
    say(`lists, turn ${turn + 1} of ${REPETITIONS}`);
    times.kubectl.push((await timed(kubectl.command(["get", "--raw", path]))).ms);
    const { cost, ms } = await read("list");
    times.ours.push(ms);
    times.list.push(cost);
    times.pages.push((await read("pages")).cost);
    times.cache.push((await read("cache")).cost);
  }
  await Deno.remove(home, { recursive: true });
  return times;
}

function listTable({ kubectl, ours, list, pages, cache }: ListTimes): string {
  const toKubectl = (times: readonly number[]) =>
    spread(times.map((ms, turn) => ms / kubectl[turn]!), 2);
  const ms = (costs: readonly ListCost[]) => spread(costs.map((cost) => cost.ms));
  const count = (list[0]?.objects ?? 0).toLocaleString("en");
  return markdownTable([
    [`${count} IPPools with 8 bindings each`, "measured", "goal"],
    ["`kubectl get --raw`, whole process, ms", spread(kubectl), ""],
    ["our client in a new process, from the request to the parsed objects, ms", ms(list), ""],
    ["this to kubectl's, turn by turn", toKubectl(list.map(({ ms }) => ms)), "1.20 at most"],
    ["that process as a whole, compiling its sources, ms", spread(ours), ""],
    ["this to kubectl's, turn by turn", toKubectl(ours), "1.20 at most"],
    ["in pages of 500, from etcd, ms", ms(pages), ""],
    ["a cache of the controller until it is synced, ms", ms(cache), ""],
    [
      "that cache on the heap, MB",
      spread(cache.map(({ heapMb }) => heapMb), 1),
      "40 at most",
    ],
    [
      "what is resident for it, MB",
      spread(cache.map(({ residentMb }) => residentMb), 1),
      "40 at most",
    ],
  ]);
}

function latencyTable(found: Readonly<Record<string, EventLatency>>): string {
  const show = ({ p50, p99 }: Percentiles) => [p50.toFixed(2), p99.toFixed(2)];
  const rows = Object.entries(found).map(([name, { answer, handler, behind }]) => [
    name,
    ...[answer, handler, behind].flatMap(show),
  ]);
  const head = ["a change, ms", "answer p50", "p99", "handler p50", "p99"];
  return markdownTable([[...head, "handler after answer p50", "p99"], ...rows]);
}

async function measureLatencies(plane: ControlPlane): Promise<string> {
  say("event latency");
  await using embedded = await EmbeddedProcess.start();
  const namespace = await makeNamespace(plane.access, "latency");
  return latencyTable({
    "embedded API server": await measureEventLatency(embedded.access, "default"),
    "kube-apiserver": await measureEventLatency(clusterAccessOf(plane.access), namespace),
  });
}

async function main(objects: number): Promise<void> {
  say("starting a control plane");
  await using plane = await ControlPlane.start({ withoutControllers: true });
  const latency = await measureLatencies(plane);
  const namespace = await makeNamespace(plane.access, "bench");
  const client = createKubeClient(clusterAccessOf(plane.access), {
    userAgent: "vm-dhcp-bench",
    clock: createClock(),
    random: Math.random,
    log: new RecordingLogger(),
    registry: new RecordingRegistry(),
  });
  say(`making ${objects} pools`);
  await makeManyPools(client, namespace, objects);
  client.close();
  const lists = listTable(await measureLists(plane, namespace));
  console.log(`${lists}\n\n${latency}`);
  await writeSections({ "kubernetes lists": lists, "kubernetes events": latency });
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { objects: { type: "string", default: "10000" } } });
  await main(Number(values.objects));
}
