/** Single figures of the compiled agent, each with its goal. */

import { quantileBound } from "../../support/metrics/exposition.ts";
import { createVethPair } from "../../support/network/network_namespace.ts";
import { RawLink } from "../../support/network/raw_link.ts";
import type { MacAddress } from "../../../lib/net/mac_address.ts";
import { untilAck } from "../first_ack.ts";
import type { AgentBuild, BenchPool } from "./agent_subject.ts";
import { runLoad } from "./load.ts";
import { cpuSecondsBetween, cpuSecondsOf, residentMbOf } from "./process_stats.ts";
import { FIRST_MAC } from "./site.ts";
import { median, spread } from "./statistics.ts";
import type { Subject } from "./subject.ts";

const START_RUNS = 7;
const BOOT_RUNS = 5;
const BOOT_CLIENTS = 5000;
const IDLE_SECONDS = 30;
/** DISCOVERs of unknown clients each second. */
const FLOOD = 100_000;
/** Exchanges of bound clients each second beside the flood. */
const BOUND_RATE = 100;

/** A figure, and whether it reaches its goal. */
export interface Figure {
  readonly what: string;
  readonly value: string;
  readonly goal: string;
  readonly met: boolean;
}

/** A measurement that is to stay below something. Without a bound, it is only shown. */
export function atMost(
  what: string,
  values: readonly number[],
  { most, unit, digits = 0 }: {
    readonly most: number | undefined;
    readonly unit: string;
    readonly digits?: number;
  },
): Figure {
  return {
    what,
    value: `${spread(values, digits)} ${unit}`.trimEnd(),
    goal: most === undefined ? "" : `≤ ${most.toLocaleString("en")} ${unit}`.trimEnd(),
    met: most === undefined || median(values) <= most,
  };
}

/** From the start of the process until the first ACK. */
export async function startFigure(pool: BenchPool, build: AgentBuild): Promise<Figure> {
  const startsMs: number[] = [];
  for (let run = 0; run < START_RUNS; run++) startsMs.push(await startOnce(pool, build));
  return {
    what: "start to first ACK, 10,000 bindings",
    value: `${spread(startsMs)} ms`,
    goal: "≤ 300 ms",
    met: median(startsMs) <= 300,
  };
}

/** Starts a build on an interface of its own. @returns Milliseconds until its first ACK. */
export async function startOnce(pool: BenchPool, build: AgentBuild): Promise<number> {
  await using cable = await createVethPair();
  using link = new RawLink(cable.peerName);
  const beganMs = performance.now();
  const child = pool.spawn(build, cable.name);
  try {
    await untilAck(link, FIRST_MAC as MacAddress);
    return performance.now() - beganMs;
  } finally {
    child.kill("SIGTERM");
    await child.status;
  }
}

/** Clients that all begin at once, as after a power failure. */
export async function bootFigure({ load }: Subject): Promise<Figure> {
  const boundMs: number[] = [];
  for (let run = 0; run < BOOT_RUNS; run++) {
    const result = await runLoad(load, { seconds: 10, boot: true, clients: BOOT_CLIENTS });
    boundMs.push(result.exchanges === BOOT_CLIENTS ? result.boundMs : Infinity);
  }
  return {
    what: "5,000 clients boot at once: last one bound after",
    value: `${spread(boundMs)} ms`,
    goal: "< 3,000 ms",
    met: Math.max(...boundMs) < 3000,
  };
}

/** The CPU time of the agent while nothing happens. */
export async function idleFigure({ pid }: Subject): Promise<Figure> {
  const before = await cpuSecondsOf(pid);
  await new Promise((resolve) => setTimeout(resolve, IDLE_SECONDS * 1000));
  const { user, kernel } = cpuSecondsBetween(before, await cpuSecondsOf(pid));
  const percent = (user + kernel) / IDLE_SECONDS * 100;
  return {
    what: "CPU while idle",
    value: `${percent.toFixed(1)} % of a core`,
    goal: "≤ 0.5 %",
    met: percent <= 0.5,
  };
}

/** A flood of unknown clients, and its effect on bound ones. */
export async function floodFigures(
  { load, pid, metricsUrl }: Subject,
  seconds: number,
): Promise<readonly Figure[]> {
  const scrape = async () => await (await fetch(metricsUrl!)).text();
  // Memory settles in the first seconds of such a load.
  await runLoad(load, { seconds: 5, rate: BOUND_RATE, flood: FLOOD });
  const beforeMb = await residentMbOf(pid);
  const before = await scrape();
  const result = await runLoad(load, { seconds, rate: BOUND_RATE, flood: FLOOD });
  const grownMb = await residentMbOf(pid) - beforeMb;
  const delay = "vmdhcpagent_event_loop_delay_seconds";
  const delayMs = quantileBound(before, await scrape(), delay, 0.99) * 1000;
  const p99Ms = result.exchangeUs.p99 / 1000;
  return [
    {
      what: `exchange of a bound client under ${
        FLOOD.toLocaleString("en")
      } foreign DISCOVERs/s, p99`,
      value: `${p99Ms.toFixed(1)} ms, ${result.lost} of ${result.exchanges} lost`,
      goal: "< 50 ms",
      met: p99Ms < 50 && result.lost === 0,
    },
    {
      what: "delay of the event loop meanwhile, p99",
      value: `≤ ${delayMs} ms`,
      goal: "≤ 20 ms",
      met: delayMs <= 20,
    },
    {
      what: `growth of resident memory in ${seconds} s of it`,
      value: `${grownMb.toFixed(1)} MB`,
      goal: "± 5 MB",
      met: Math.abs(grownMb) <= 5,
    },
  ];
}

/** Memory of an agent with all bindings. @param when Ends the name of the figure. */
export async function memoryFigure({ pid }: Subject, when: string): Promise<Figure> {
  const residentMb = await residentMbOf(pid);
  return {
    what: `resident memory, 10,000 bindings, ${when}`,
    value: `${residentMb.toFixed(0)} MB`,
    goal: "≤ 80 MB",
    met: residentMb <= 80,
  };
}
