/**
 * The compiled standalone on 200 interfaces and on one, in turns: how fast the last interface is, what
 * an idle process takes, and what the memory is. Writes a table of docs/performance.md. A part of `./dev
 * bench`; needs root and `dist/vm-dhcp`.
 */

import { DiscoverClient, ManyInterfaces } from "../../support/network/many_interfaces.ts";
import { PROGRAMS } from "../../support/process/standalone_process.ts";
import { writeSections } from "./performance_page.ts";
import { cpuSecondsBetween, cpuSecondsOf, privateMbOf, residentMbOf } from "./process_stats.ts";
import { markdownTable, median, spread } from "./statistics.ts";

const INTERFACES = 200;
const RUNS = 3;
const OFFERS = 200;
const OFFER_MS_MAX = 5000;
/** Until the objects of the start, such as Events, are written. */
const SETTLE_SECONDS = 30;
const IDLE_SECONDS = 20;

/** The figures of one run. */
interface Figures {
  /** Until each interface has answered once. */
  readonly allServedMs: number;
  /** Median of the first interface. */
  readonly firstMs: number;
  /** Median of the last interface. */
  readonly lastMs: number;
  readonly idlePercent: number;
  readonly residentMb: number;
  readonly privateMb: number;
  readonly threads: number;
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

async function untilAllServed(many: ManyInterfaces): Promise<void> {
  for (const served of many.interfaces) {
    using client = new DiscoverClient(served);
    while (await client.offerMs(20) === undefined);
  }
}

async function medianOfferMs(client: DiscoverClient): Promise<number> {
  const offersMs: number[] = [];
  for (let offer = 0; offer < OFFERS; offer++) {
    offersMs.push(await client.offerMs(OFFER_MS_MAX) ?? Infinity);
    await pause(0.005);
  }
  return median(offersMs);
}

async function idlePercentOf(pid: number): Promise<number> {
  const before = await cpuSecondsOf(pid);
  await pause(IDLE_SECONDS);
  const { user, kernel } = cpuSecondsBetween(before, await cpuSecondsOf(pid));
  return (user + kernel) / IDLE_SECONDS * 100;
}

async function measure(count: number): Promise<Figures> {
  await using many = await ManyInterfaces.create(count);
  const beganMs = performance.now();
  const child = new Deno.Command(PROGRAMS.executable[0], {
    args: [
      ...["standalone", "--data-dir", `${many.folder}/data`, "--http", "127.0.0.1:0"],
      ...many.interfaces.flatMap(({ nic }) => ["--nic", nic]),
      ...["--manifests", many.manifests],
    ],
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  try {
    await untilAllServed(many);
    const allServedMs = performance.now() - beganMs;
    await pause(SETTLE_SECONDS);
    using first = new DiscoverClient(many.interfaces[0]!);
    using last = new DiscoverClient(many.interfaces.at(-1)!);
    const threads = await Array.fromAsync(Deno.readDir(`/proc/${child.pid}/task`));
    return {
      allServedMs,
      firstMs: await medianOfferMs(first),
      lastMs: await medianOfferMs(last),
      idlePercent: await idlePercentOf(child.pid),
      residentMb: await residentMbOf(child.pid),
      privateMb: await privateMbOf(child.pid),
      threads: threads.length,
    };
  } finally {
    child.kill("SIGKILL");
    await child.status;
  }
}

const ROWS: readonly {
  readonly what: string;
  readonly figure: keyof Figures;
  readonly digits: number;
  readonly goal?: string;
}[] = [
  { what: "DISCOVER to OFFER on the first, median, ms", figure: "firstMs", digits: 2 },
  { what: "on the last, ms", figure: "lastMs", digits: 2, goal: "≤ 2" },
  { what: "CPU while idle, % of a core", figure: "idlePercent", digits: 1, goal: "≤ 3" },
  { what: "resident memory, MB", figure: "residentMb", digits: 0 },
  { what: "of it private, MB", figure: "privateMb", digits: 0 },
  { what: "threads", figure: "threads", digits: 0 },
  { what: "an empty data folder to an OFFER on each, ms", figure: "allServedMs", digits: 0 },
];

const ofOne: Figures[] = [];
const ofMany: Figures[] = [];
for (let run = 0; run < RUNS; run++) {
  ofOne.push(await measure(1));
  ofMany.push(await measure(INTERFACES));
}
const table = markdownTable([
  ["standalone", "1 interface", `${INTERFACES} interfaces`, "ratio", "goal"],
  ...ROWS.map(({ what, figure, digits, goal = "" }) => {
    const [one, many] = [ofOne, ofMany].map((runs) => runs.map((run) => run[figure]));
    const ratio = (median(many!) / median(one!)).toFixed(2);
    return [what, spread(one!, digits), spread(many!, digits), ratio, goal];
  }),
]);
console.log(table);
await writeSections({ "many interfaces": table });
