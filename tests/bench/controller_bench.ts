/**
 * The cost of the controller on a kube-apiserver, of the executable if it is compiled:
 * `deno run --allow-all tests/bench/controller_bench.ts`. Writes docs/performance.md, unless options
 * ask for a part: `--bindings 0,1000` for sizes of pools, `--rows vms,configs,nics,cold,idle` for other rows.
 */

import { parseArgs } from "node:util";
import { isExecutable } from "../../tools/programs.ts";
import { PROGRAMS } from "../support/process/standalone_process.ts";
import { type Burst, measureBursts } from "./kube/controller_burst.ts";
import { measureColdStart } from "./kube/controller_cold_start.ts";
import {
  burstFigures,
  coldStartFigures,
  idleFigures,
  oneMoreFigures,
  restartFigures,
} from "./kube/controller_figures.ts";
import { measureIdle } from "./kube/controller_idle.ts";
import { measureOneMore } from "./kube/controller_one_more.ts";
import type { Figure } from "./packets/figures.ts";
import { describeCommit, writeSections } from "./packets/performance_page.ts";
import { figureTable } from "./packets/tables.ts";

const BINDINGS = [0, 1_000, 10_000, 30_000];

const TITLE = "controller";

const isCompiled = await isExecutable(PROGRAMS.executable[0]);
const command = isCompiled ? PROGRAMS.executable : PROGRAMS.source;

function say(text: string): void {
  console.error(`bench: ${text}`);
}

async function burst(what: Burst, toldMs: number): Promise<readonly Figure[]> {
  return burstFigures(await measureBursts(command, what, say), what, toldMs);
}

/** The rows of the table besides those of {@link measureOneMore}. */
const ROWS: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  vms: () => burst({ kind: "vms", vms: 1_000, nics: 1, addresses: 60_000 }, 5_000),
  configs: () => burst({ kind: "vmnetcfgs", vms: 1_000, nics: 1, addresses: 60_000 }, 5_000),
  nics: () => burst({ kind: "vmnetcfgs", vms: 1_250, nics: 4, addresses: 5_000 }, 8_000),
  cold: async () =>
    coldStartFigures(await measureColdStart(command, { pools: 200, vms: 10_000 }, say)),
  idle: async () => idleFigures(await measureIdle(command, 1_000, say)),
};

async function main(bindings: readonly number[], rows: readonly string[]): Promise<string> {
  const figures: Figure[] = [];
  const show = (found: readonly Figure[]) => {
    figures.push(...found);
    console.log(figureTable(TITLE, found));
  };
  for (const size of bindings) {
    const cost = await measureOneMore(command, size, say);
    show([...oneMoreFigures(cost), ...restartFigures(cost)]);
  }
  for (const row of rows) show(await ROWS[row]!());
  return figureTable(TITLE, figures);
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { bindings: { type: "string" }, rows: { type: "string" } },
  });
  const listOf = (text = "") => text.split(",").filter((item) => item !== "");
  if (values.bindings !== undefined || values.rows !== undefined) {
    await main(listOf(values.bindings).map(Number), listOf(values.rows));
  } else {
    const table = await main(BINDINGS, Object.keys(ROWS));
    const program = isCompiled ? "the executable" : "deno run";
    await writeSections({ controller: `- ${program}, ${await describeCommit()}\n\n${table}` });
  }
}
