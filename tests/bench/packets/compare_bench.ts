/**
 * `./dev bench --against EXECUTABLE`: the compiled agent and another build of it, in turns, so that
 * other work of the machine affects both. It prints a comparison without a verdict.
 */

import { NetworkNamespace } from "../../support/network/network_namespace.ts";
import { type AgentBuild, BenchPool, COMPILED } from "./agent_subject.ts";
import { startOnce } from "./figures.ts";
import { privateMbOf, residentMbOf } from "./process_stats.ts";
import { markdownTable, median, spread } from "./statistics.ts";
import type { Subject } from "./subject.ts";
import { measureInTurns } from "./throughput.ts";

const START_RUNS = 11;
const MEMORY_RUNS = 5;
const LOADS = [{ window: 1, seconds: 2 }, { window: 64, seconds: 2 }];
const REPETITIONS = 7;
/** Time for the runtime to compile the packet path. */
const WARM_UP = { window: 64, seconds: 5 };

/** One figure: the measurements of each build, in the order of the builds. */
type Row = readonly [what: string, ours: readonly number[], theirs: readonly number[]];

/** Measures the executable in `dist` and another one, and prints a table. */
export async function compareBench(otherPath: string): Promise<void> {
  const builds = [COMPILED, { name: otherPath, command: [otherPath] }];
  await using pool = await BenchPool.create();
  const rows = [
    await startRow(pool, builds),
    ...await memoryRows(pool, builds),
    ...await loadRows(pool, builds),
  ];
  const head = ["figure", ...builds.map(({ name }) => name), "ratio"];
  console.log(markdownTable([head, ...rows.map(cellsOf)]));
}

function cellsOf([what, ours, theirs]: Row): readonly string[] {
  const ratio = median(ours) / median(theirs);
  return [what, spread(ours, 1), spread(theirs, 1), ratio.toFixed(2)];
}

async function startRow(pool: BenchPool, builds: readonly AgentBuild[]): Promise<Row> {
  const found: number[][] = builds.map(() => []);
  for (let run = 0; run < START_RUNS; run++) {
    for (const [index, build] of builds.entries()) {
      found[index]!.push(await startOnce(pool, build));
    }
  }
  return ["start to first ACK, ms", found[0]!, found[1]!];
}

/** Memory of agents after their first answer. */
async function memoryRows(
  pool: BenchPool,
  builds: readonly AgentBuild[],
): Promise<readonly Row[]> {
  const resident: number[][] = builds.map(() => []);
  const own: number[][] = builds.map(() => []);
  for (let run = 0; run < MEMORY_RUNS; run++) {
    for (const [index, build] of builds.entries()) {
      await using place = await NetworkNamespace.create();
      await using agent = await pool.agent(build).start(place);
      resident[index]!.push(await residentMbOf(agent.pid));
      own[index]!.push(await privateMbOf(agent.pid));
    }
  }
  return [
    ["resident, 10,000 bindings, before load, MB", resident[0]!, resident[1]!],
    ["private part of it, MB", own[0]!, own[1]!],
  ];
}

async function loadRows(
  pool: BenchPool,
  builds: readonly AgentBuild[],
): Promise<readonly Row[]> {
  await using place = await NetworkNamespace.create();
  await using cleanUp = new AsyncDisposableStack();
  const agents: Subject[] = [];
  for (const build of builds) agents.push(cleanUp.use(await pool.agent(build).start(place)));
  const quiet = () => {};
  await measureInTurns(agents, { loads: [WARM_UP], repetitions: 1, onProgress: quiet });
  const byLoad = await measureInTurns(agents, {
    loads: LOADS,
    repetitions: REPETITIONS,
    onProgress: quiet,
  });
  return byLoad.flatMap((measurements, load) => {
    const [ours, theirs] = agents.map(({ name }) =>
      measurements.filter(({ subject }) => subject === name)
    );
    const row = (what: string, figure: (each: typeof measurements[number]) => number): Row => [
      `${what}, window ${LOADS[load]!.window}`,
      ours!.map(figure),
      theirs!.map(figure),
    ];
    return [
      row("exchanges/s", ({ perSecond }) => perSecond),
      row("median, µs", ({ exchangeUs }) => exchangeUs.p50),
      row("CPU per exchange, µs", (each) => each.userUsPerExchange + each.kernelUsPerExchange),
      row("lost", ({ lost }) => lost),
    ];
  });
}
