/** From a committed binding to the first ACK that carries it. */

import { untilAck } from "../first_ack.ts";
import { bind, macAt } from "../kube/bench_pool.ts";
import type { AgentSite, PodAgent } from "./pod_agent.ts";
import { TrafficMeter } from "./traffic.ts";

const COMMITS = 200;
/** Between an ACK and the next commit. */
const PAUSE_MS = 50;

/** What changes of a pool cost. */
export interface CommitCost {
  /** From the answer of the API server to the ACK of each new client. */
  readonly ackMs: readonly number[];
  /** Of traffic with the API server, for each. */
  readonly bytes: number;
}

/** Binds one new client after another, each of which asks for its address from then on. */
export async function measureCommits(
  agent: PodAgent,
  { api, server }: AgentSite,
  bindings: number,
): Promise<CommitCost> {
  await using traffic = new TrafficMeter(agent.pid, server);
  const before = await traffic.read();
  const ackMs: number[] = [];
  for (let index = bindings; index < bindings + COMMITS; index++) {
    await bind(api, index, index + 1);
    const committedMs = performance.now();
    await untilAck(agent.link, macAt(index));
    ackMs.push(performance.now() - committedMs);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  const after = await traffic.read();
  return { ackMs, bytes: (after.bytes - before.bytes) / COMMITS };
}
