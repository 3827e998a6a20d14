/** Starts of an agent, and what it takes while nothing happens. */

import { untilAck } from "../first_ack.ts";
import { macAt } from "../kube/bench_pool.ts";
import { CpuMeter } from "../kube/cpu_meter.ts";
import { privateMbOf, residentMbOf } from "../packets/process_stats.ts";
import { type AgentSite, PodAgent } from "./pod_agent.ts";
import { TrafficMeter } from "./traffic.ts";

/** When the start, with its snapshot and its report, is over. */
const SETTLE_MS = 10_000;
/** A watch on which nothing comes is asked for anew each 90 s. */
const IDLE_SECONDS = 180;

/** One start. */
export interface StartCost {
  readonly readyMs: number;
  readonly firstAckMs: number;
  readonly residentMb: number;
  readonly privateMb: number;
}

/** Starts an agent, and ends it again. */
export async function measureStart(site: AgentSite): Promise<StartCost> {
  await using agent = await PodAgent.start(site);
  const [readyMs, firstAckMs] = await Promise.all([
    agent.ready(),
    untilAck(agent.link, macAt(0)).then(() => performance.now() - agent.startMs),
  ]);
  await settle();
  const [residentMb, privateMb] = [await residentMbOf(agent.pid), await privateMbOf(agent.pid)];
  return { readyMs, firstAckMs, residentMb, privateMb };
}

function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
}

/** While nothing happens. */
export interface IdleCost {
  readonly seconds: number;
  readonly cpuPercent: number;
  /** To the API server. */
  readonly connections: number;
  /** From the API server and to it, TLS included. */
  readonly bytesPerMinute: number;
}

/** Measures an agent that has just become ready. */
export async function measureIdle(agent: PodAgent, { server }: AgentSite): Promise<IdleCost> {
  await settle();
  const cpu = new CpuMeter(agent.pid);
  await using traffic = new TrafficMeter(agent.pid, server);
  const [cpuMs, before] = [await cpu.read(), await traffic.read()];
  await new Promise((resolve) => setTimeout(resolve, IDLE_SECONDS * 1000));
  const after = await traffic.read();
  return {
    seconds: IDLE_SECONDS,
    cpuPercent: (await cpu.read() - cpuMs) / (IDLE_SECONDS * 10),
    connections: after.connections,
    bytesPerMinute: (after.bytes - before.bytes) * 60 / IDLE_SECONDS,
  };
}
