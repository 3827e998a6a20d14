/**
 * The cost of the webhook on a kube-apiserver with the pools and VMs of a large cluster, of the executable
 * if it is compiled, beside a server that allows everything: `deno run --allow-all
 * tests/bench/webhook_bench.ts`. Writes docs/performance.md, unless `--rows start,load,fuzz` ask for a part.
 */

import { parseArgs } from "node:util";
import { objectAt, stringAt } from "../../lib/base/json.ts";
import { runReviews } from "../fuzz/review_run.ts";
import { ApiConnection } from "../support/apiserver/api_connection.ts";
import type { ControlPlane } from "../support/cluster/control_plane.ts";
import { atMost, type Figure } from "./packets/figures.ts";
import { describeCommit, writeSections } from "./packets/performance_page.ts";
import { median } from "./packets/statistics.ts";
import { figureTable } from "./packets/tables.ts";
import { askAtRate, type ReviewClient } from "./webhook/review_load.ts";
import { IS_COMPILED, startPeer, startWebhook, type Subject } from "./webhook/subjects.ts";
import { deletionOf, reviewOf, startSite } from "./webhook/webhook_site.ts";

const STARTS = 7;
const TURNS = 5;
const PER_SECOND = 200;
const SECONDS = 10;
const DELETIONS = 10;
const FUZZED = 100_000;
const TITLE = "webhook, 200 pools, 10,000 VMs";

function accessOf(plane: ControlPlane) {
  return {
    kubeconfig: plane.access.kubeconfig,
    async authority() {
      using api = new ApiConnection(plane.access);
      const { body } = await api.send("GET", "/api/v1/namespaces/default/secrets/webhook-ca");
      return atob(stringAt(objectAt(body, "data"), "tls.crt"));
    },
  };
}

/** What one turn at the rate came to. */
interface Turn {
  readonly medianMs: number;
  readonly p99Ms: number;
  /** Of the server's processor, for each review. */
  readonly cpuMs: number;
}

async function turnOf(subject: Subject): Promise<Turn> {
  const reviews = Array.from({ length: PER_SECOND * SECONDS }, (_, number) => reviewOf(number));
  const before = await subject.cpuMs();
  const times = await askAtRate(subject.client, { reviews, perSecond: PER_SECOND });
  const cpuMs = (await subject.cpuMs() - before) / reviews.length;
  const p99Ms = times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)]!;
  return { medianMs: median(times), p99Ms, cpuMs };
}

async function deletions(client: ReviewClient): Promise<readonly number[]> {
  const times: number[] = [];
  for (let pool = 0; pool < DELETIONS; pool++) times.push(await client.ask(deletionOf(pool)));
  return times;
}

async function startFigures(plane: ControlPlane): Promise<readonly Figure[]> {
  const readyMs: number[] = [];
  for (let run = 0; run < STARTS; run++) {
    await using webhook = await startWebhook(accessOf(plane));
    readyMs.push(webhook.readyMs);
  }
  return [atMost("start to ready", readyMs, { most: 1000, unit: "ms" })];
}

async function loadFigures(plane: ControlPlane): Promise<readonly Figure[]> {
  await using webhook = await startWebhook(accessOf(plane));
  await using peer = await startPeer();
  const atRest = await webhook.residentMb();
  const [ours, theirs]: [Turn[], Turn[]] = [[], []];
  for (let turn = 0; turn < TURNS; turn++) {
    ours.push(await turnOf(webhook));
    theirs.push(await turnOf(peer));
  }
  const waited = await deletions(webhook.client);
  const of = (turns: readonly Turn[], key: keyof Turn) => turns.map((turn) => turn[key]);
  const row = (what: string, values: readonly number[], most?: number) =>
    atMost(what, values, { most, unit: "ms", digits: 1 });
  const rate = `${PER_SECOND} reviews a second`;
  return [
    row(`${rate}: median`, of(ours, "medianMs")),
    row(`${rate}: p99`, of(ours, "p99Ms"), 10),
    row(`${rate}: median of a server that allows everything`, of(theirs, "medianMs")),
    row(`${rate}: p99 of a server that allows everything`, of(theirs, "p99Ms")),
    row("CPU of a review", of(ours, "cpuMs")),
    row("CPU of a review of a server that allows everything", of(theirs, "cpuMs")),
    row("denial because of other objects", waited),
    atMost("resident memory before any review", [atRest], { most: 100, unit: "MB" }),
    atMost("resident memory after all these", [await webhook.residentMb()], {
      most: 100,
      unit: "MB",
    }),
  ];
}

async function fuzzFigures(): Promise<readonly Figure[]> {
  const { failure, longestMs } = await runReviews({ seed: 1, reviews: FUZZED });
  if (failure !== undefined) throw new Error(`review ${failure.index}: ${failure.violation}`);
  return [
    atMost("100,000 spoiled reviews, a /8 among them: CPU of the slowest", [longestMs], {
      most: 50,
      unit: "ms",
    }),
  ];
}

/** Parts of the table. */
const ROWS: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  start: () => onCluster(startFigures),
  load: () => onCluster(loadFigures),
  fuzz: fuzzFigures,
};

async function onCluster(
  measure: (plane: ControlPlane) => Promise<readonly Figure[]>,
): Promise<readonly Figure[]> {
  await using plane = await startSite();
  return await measure(plane);
}

async function main(rows: readonly string[]): Promise<string> {
  const figures: Figure[] = [];
  for (const row of rows) {
    console.error(`bench: webhook: ${row}`);
    const found = await ROWS[row]!();
    figures.push(...found);
    console.log(figureTable(TITLE, found));
  }
  return figureTable(TITLE, figures);
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { rows: { type: "string" } } });
  const table = await main(values.rows?.split(",") ?? Object.keys(ROWS));
  if (values.rows === undefined) {
    const program = IS_COMPILED ? "the executable" : "deno run";
    await writeSections({ webhook: `- ${program}, ${await describeCommit()}\n\n${table}` });
  }
}
