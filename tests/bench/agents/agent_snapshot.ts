/** What keeping the pool in a file costs: two agents on one pool, one of which does, in turns. */

import { bind } from "../kube/bench_pool.ts";
import { CpuMeter } from "../kube/cpu_meter.ts";
import { type LoadResult, runLoad } from "../packets/load.ts";
import { type AgentSite, PodAgent } from "./pod_agent.ts";

const ROUNDS = 3;
const SECONDS = 15;
/** Exchanges that begin each second. */
const RATE = 500;
/** Longer than a change waits for the file to be written. */
const CHANGE_MS = 2_000;
const CHANGES = 20;

/** What it costs, in milliseconds. */
export interface SnapshotCost {
  /** CPU of one snapshot, in all threads. */
  readonly workMs: number;
  /** The longest exchange of a client in each round, while the pool changes. */
  readonly longestMs: readonly number[];
  readonly longestWithoutMs: readonly number[];
}

/** Measures both. @param bindings Of the pool, which gets more. */
export async function measureSnapshot(site: AgentSite, bindings: number): Promise<SnapshotCost> {
  await using keeps = await PodAgent.start(site);
  await using other = await PodAgent.start(site, { snapshot: false });
  await Promise.all([keeps.ready(), other.ready()]);
  let next = bindings;
  const change = () => bind(site.api, next, ++next);
  const longest = { keeps: [] as number[], other: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    longest.keeps.push(maxMs(await loadWhile(keeps, change)));
    longest.other.push(maxMs(await loadWhile(other, change)));
  }
  const cpu = [new CpuMeter(keeps.pid), new CpuMeter(other.pid)] as const;
  const before = await Promise.all(cpu.map((meter) => meter.read()));
  for (let i = 0; i < CHANGES; i++) {
    await change();
    await pause();
  }
  const after = await Promise.all(cpu.map((meter) => meter.read()));
  const [withMs, withoutMs] = after.map((ms, index) => ms - before[index]!);
  return {
    workMs: (withMs! - withoutMs!) / CHANGES,
    longestMs: longest.keeps,
    longestWithoutMs: longest.other,
  };
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, CHANGE_MS));
}

/** Changes the pool again and again while bound clients ask an agent. */
async function loadWhile(agent: PodAgent, change: () => Promise<void>): Promise<LoadResult> {
  let isOver = false;
  const load = runLoad(agent.clients, { seconds: SECONDS, warmUpSeconds: 2, rate: RATE })
    .finally(() => isOver = true);
  while (!isOver) {
    await change();
    await pause();
  }
  return await load;
}

function maxMs({ exchangeUs }: LoadResult): number {
  return exchangeUs.max / 1000;
}
