/**
 * The throughput of writes of the embedded API server, and the time of its lists:
 * `deno run --allow-all tests/bench/api_server_bench.ts [--objects N]`. Writes docs/performance.md.
 */

import type { JsonObject } from "../../lib/base/json.ts";
import { parseArgs } from "node:util";
import { IPPOOLS } from "../../lib/api/resources.ts";
import { createKubeClient } from "../../lib/kube/client/rest_client.ts";
import { createClock } from "../../lib/sys/host/clock.ts";
import { type Answer, ApiConnection, at } from "../support/apiserver/api_connection.ts";
import { EmbeddedProcess } from "../support/apiserver/embedded_process.ts";
import { makeManyPools } from "../support/apiserver/many_pools.ts";
import { RecordingLogger } from "../support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../support/metrics/recording_registry.ts";
import { ippoolSample } from "../support/apiserver/samples.ts";
import { writeSections } from "./packets/performance_page.ts";
import { markdownTable, spread } from "./packets/statistics.ts";

const REPETITIONS = 5;
/** Numbers of simultaneous writes. */
const WINDOWS = [1, 16, 32, 64];
const WARM_UP_MS = 500;
const WRITING_MS = 2000;
const SYNCING_MS = 1000;
/** The least that SQLite writes and waits for. */
const PAGE_BYTES = 4096;
const PAGE_OBJECTS = 500;
const POOLS = "/apis/network.harvesterhci.io/v1alpha1/namespaces/default/ippools";
const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";

/** The result of one repetition of writes, by window. */
interface Writes {
  readonly perSecond: number;
  readonly p99Ms: number;
}

function say(text: string): void {
  console.error(`bench: ${text}`);
}

function connectionTo({ access }: EmbeddedProcess): ApiConnection {
  const { server, certificateAuthority, token } = access;
  if (certificateAuthority === undefined || !("text" in certificateAuthority)) {
    throw new Error("the authority is not given as text");
  }
  if (token === undefined || !("text" in token)) throw new Error("the token is not given as text");
  return new ApiConnection({
    server,
    certificateAuthority: certificateAuthority.text,
    token: token.text,
  });
}

function expect({ status, text }: Answer, wanted: number): void {
  if (status !== wanted) throw new Error(`${status}: ${text}`);
}

/** How often a second a file on that disk can be written and synced. */
async function syncsPerSecond(): Promise<number> {
  const path = await Deno.makeTempFile();
  using file = await Deno.open(path, { write: true });
  const page = new Uint8Array(PAGE_BYTES);
  const startMs = performance.now();
  let count = 0;
  for (; performance.now() - startMs < SYNCING_MS; count++) {
    file.writeSync(page);
    file.syncDataSync();
  }
  await Deno.remove(path);
  return count / (SYNCING_MS / 1000);
}

/** Changes pools' statuses with a number of simultaneous writers, which wait for each answer. */
async function measureWrites(api: ApiConnection, window: number): Promise<Writes> {
  const answersMs: number[] = [];
  const startMs = performance.now() + WARM_UP_MS;
  async function write(name: string): Promise<void> {
    for (let count = 0; performance.now() < startMs + WRITING_MS; count++) {
      const sentMs = performance.now();
      const status = { ipv4: { allocated: {}, used: count, available: 8 } };
      expect(await api.mergePatch(`${POOLS}/${name}/status`, { status }), 200);
      if (sentMs >= startMs) answersMs.push(performance.now() - sentMs);
    }
  }
  const names = Array.from({ length: window }, (_, i) => `pool-${window}-${i}`);
  for (const name of names) {
    const body = ippoolSample({ metadata: { name } });
    expect(await api.send("POST", POOLS, { body }), 201);
  }
  await Promise.all(names.map(write));
  const sorted = answersMs.toSorted((a, b) => a - b);
  return {
    perSecond: sorted.length / (WRITING_MS / 1000),
    p99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? NaN,
  };
}

async function writesTable(): Promise<string> {
  const syncs: number[] = [];
  const found = new Map(WINDOWS.map((window) => [window, [] as Writes[]]));
  for (let turn = 0; turn < REPETITIONS; turn++) {
    say(`writes, turn ${turn + 1} of ${REPETITIONS}`);
    syncs.push(await syncsPerSecond());
    await using server = await EmbeddedProcess.start();
    using api = connectionTo(server);
    for (const [window, results] of found) results.push(await measureWrites(api, window));
  }
  return markdownTable([
    ["durable writes", "a second", "goal", "p99 of an answer, ms"],
    ["the disk, 4 KB at a time", spread(syncs), "", ""],
    ...[...found].map(([window, results]) => [
      `status of an IPPool, ${window} at once`,
      spread(results.map(({ perSecond }) => perSecond)),
      window === 1 ? "" : "2,000 at least",
      spread(results.map(({ p99Ms }) => p99Ms), 1),
    ]),
  ]);
}

/** Ways to read all pools. */
const READS: Readonly<Record<string, (api: ApiConnection) => Promise<number>>> = {
  "one list": async (api) => itemsOf(await api.send("GET", POOLS), "items"),
  "in pages of 500": readPages,
  "as a table": async (api) =>
    itemsOf(await api.send("GET", POOLS, { headers: { accept: TABLE } }), "rows"),
  "by a label that all lack": async (api) => {
    const { body } = await api.send("GET", `${POOLS}?labelSelector=!none`);
    return itemsOf({ status: 200, body }, "items");
  },
};

async function readPages(api: ApiConnection): Promise<number> {
  let count = 0;
  let token = "";
  do {
    const query = new URLSearchParams({ limit: String(PAGE_OBJECTS), continue: token });
    const answer = await api.send("GET", `${POOLS}?${query}`);
    count += itemsOf(answer, "items");
    token = String(at(answer.body, "metadata.continue") ?? "");
  } while (token !== "");
  return count;
}

function itemsOf({ body }: { status: number; body: JsonObject }, key: "items" | "rows"): number {
  return (body[key] as unknown[]).length;
}

async function listsTable(objects: number): Promise<string> {
  await using server = await EmbeddedProcess.start();
  say(`making ${objects} pools`);
  const client = createKubeClient(server.access, {
    userAgent: "vm-dhcp-bench",
    clock: createClock(),
    random: Math.random,
    log: new RecordingLogger(),
    registry: new RecordingRegistry(),
  });
  await makeManyPools(client, "default", objects);
  await client.list(IPPOOLS, { namespace: "default", limit: 1 });
  client.close();
  using api = connectionTo(server);
  const times = new Map(Object.keys(READS).map((name) => [name, [] as number[]]));
  for (let turn = 0; turn <= REPETITIONS; turn++) {
    for (const [name, read] of Object.entries(READS)) {
      const startMs = performance.now();
      const count = await read(api);
      if (count !== objects) throw new Error(`${name}: ${count} objects`);
      // The first turn warms up both sides.
      if (turn > 0) times.get(name)!.push(performance.now() - startMs);
    }
  }
  const goals: Readonly<Record<string, string>> = { "one list": "300 at most" };
  return markdownTable([
    [
      `${objects.toLocaleString("en")} IPPools with 8 bindings each`,
      "read and parsed, ms",
      "goal",
    ],
    ...[...times].map(([name, ms]) => [name, spread(ms), goals[name] ?? ""]),
  ]);
}

async function main(objects: number): Promise<void> {
  const writes = await writesTable();
  const lists = await listsTable(objects);
  console.log(`${writes}\n\n${lists}`);
  await writeSections({ "embedded server writes": writes, "embedded server lists": lists });
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { objects: { type: "string", default: "10000" } } });
  await main(Number(values.objects));
}
