/**
 * The cost of the agent as it runs in a pod, on a kube-apiserver, of the executable if it is compiled:
 * `deno run --allow-all tests/bench/agents_bench.ts`. Writes docs/performance.md, unless `--bindings 50`
 * or `--rows start,idle,commits,snapshot` ask for a part. Needs root.
 */

import { parseArgs } from "node:util";
import { measureCommits } from "./agents/agent_commits.ts";
import {
  commitFigures,
  idleFigures,
  snapshotFigures,
  startFigures,
} from "./agents/agent_figures.ts";
import { measureSnapshot } from "./agents/agent_snapshot.ts";
import { measureIdle, measureStart, type StartCost } from "./agents/agent_start.ts";
import { AgentSite, IS_COMPILED, PodAgent } from "./agents/pod_agent.ts";
import type { Figure } from "./packets/figures.ts";
import { describeCommit, writeSections } from "./packets/performance_page.ts";
import { figureTable } from "./packets/tables.ts";

/** By row of the table, the sizes of pools. */
const SIZES: Readonly<Record<string, readonly number[]>> = {
  start: [50, 10_000],
  idle: [50, 10_000],
  commits: [50, 10_000],
  snapshot: [10_000],
};
const STARTS = 7;
const TITLE = "agent in a pod";

/** Parts of the table, each for one size of pool. */
const ROWS: Readonly<Record<string, (bindings: number) => Promise<readonly Figure[]>>> = {
  async start(bindings) {
    await using site = await AgentSite.start(bindings);
    const starts: StartCost[] = [];
    for (let run = 0; run < STARTS; run++) starts.push(await measureStart(site));
    return startFigures(bindings, starts);
  },
  async idle(bindings) {
    await using site = await AgentSite.start(bindings);
    await using agent = await PodAgent.start(site);
    await agent.ready();
    return idleFigures(bindings, await measureIdle(agent, site));
  },
  async commits(bindings) {
    await using site = await AgentSite.start(bindings);
    await using agent = await PodAgent.start(site);
    await agent.ready();
    return commitFigures(bindings, await measureCommits(agent, site, bindings));
  },
  async snapshot(bindings) {
    await using site = await AgentSite.start(bindings);
    return snapshotFigures(bindings, await measureSnapshot(site, bindings));
  },
};

async function main(rows: readonly string[], sizes?: readonly number[]): Promise<string> {
  const figures: Figure[] = [];
  for (const row of rows) {
    for (const bindings of sizes ?? SIZES[row]!) {
      console.error(`bench: agent of a pool of ${bindings}: ${row}`);
      const found = await ROWS[row]!(bindings);
      figures.push(...found);
      console.log(figureTable(TITLE, found));
    }
  }
  return figureTable(TITLE, figures);
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { bindings: { type: "string" }, rows: { type: "string" } },
  });
  const rows = values.rows?.split(",") ?? Object.keys(ROWS);
  const table = await main(rows, values.bindings?.split(",").map(Number));
  if (values.bindings === undefined && values.rows === undefined) {
    const program = IS_COMPILED ? "the executable" : "deno run";
    await writeSections({ agents: `- ${program}, ${await describeCommit()}\n\n${table}` });
  }
}
