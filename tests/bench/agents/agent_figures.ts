/** Measurements of the agent, each beside its goal. */

import { atMost, type Figure } from "../packets/figures.ts";
import { median } from "../packets/statistics.ts";
import type { CommitCost } from "./agent_commits.ts";
import type { SnapshotCost } from "./agent_snapshot.ts";
import type { IdleCost, StartCost } from "./agent_start.ts";

const START_MS = 300;
/** By bindings of the pool, megabytes. */
const RESIDENT_MB: Readonly<Record<number, number>> = { 50: 65, 10_000: 82 };
const IDLE_PERCENT = 0.5;
const COMMIT_MS = 100;
const SNAPSHOT_MS = 50;
const SNAPSHOT_DELAY_MS = 10;

function poolOf(bindings: number): string {
  return `pool of ${bindings.toLocaleString("en")}`;
}

/** Starts. */
export function startFigures(bindings: number, starts: readonly StartCost[]): readonly Figure[] {
  const pool = poolOf(bindings);
  const of = (key: keyof StartCost) => starts.map((start) => start[key]);
  return [
    atMost(`${pool}: start to ready`, of("readyMs"), { most: START_MS, unit: "ms" }),
    atMost(`${pool}: start to first ACK`, of("firstAckMs"), { most: START_MS, unit: "ms" }),
    atMost(`${pool}: resident memory`, of("residentMb"), {
      most: RESIDENT_MB[bindings],
      unit: "MB",
    }),
    atMost(`${pool}: of it private`, of("privateMb"), { most: undefined, unit: "MB" }),
  ];
}

/** Without events. */
export function idleFigures(bindings: number, idle: IdleCost): readonly Figure[] {
  const what = `${poolOf(bindings)}, idle for ${idle.seconds} s`;
  return [
    atMost(`${what}: CPU`, [idle.cpuPercent], {
      most: IDLE_PERCENT,
      unit: "% of a core",
      digits: 2,
    }),
    shown(`${what}: connections to the API server`, idle.connections, ""),
    shown(`${what}: traffic with it`, idle.bytesPerMinute, "bytes a minute"),
  ];
}

/** Changes of the pool. */
export function commitFigures(bindings: number, { ackMs, bytes }: CommitCost): readonly Figure[] {
  const what = `${poolOf(bindings)}, ${ackMs.length} commits`;
  const sorted = ackMs.toSorted((a, b) => a - b);
  const p99 = sorted[Math.ceil(sorted.length * 0.99) - 1]!;
  return [
    atMost(`${what}: commit to first ACK, median`, [median(sorted)], {
      most: undefined,
      unit: "ms",
    }),
    {
      what: `${what}: commit to first ACK, p99`,
      value: `${p99.toFixed(0)} ms`,
      goal: `< ${COMMIT_MS} ms`,
      met: p99 < COMMIT_MS,
    },
    shown(`${what}: traffic with the API server for each`, bytes, "bytes"),
  ];
}

/** The file. */
export function snapshotFigures(bindings: number, cost: SnapshotCost): readonly Figure[] {
  const what = `${poolOf(bindings)}, snapshot`;
  const added = median(cost.longestMs) - median(cost.longestWithoutMs);
  return [
    atMost(`${what}: CPU`, [cost.workMs], { most: SNAPSHOT_MS, unit: "ms", digits: 1 }),
    atMost(`${what}: longest exchange without it, the pool changing`, cost.longestWithoutMs, {
      most: undefined,
      unit: "ms",
      digits: 1,
    }),
    atMost(`${what}: longest exchange with it`, cost.longestMs, {
      most: undefined,
      unit: "ms",
      digits: 1,
    }),
    atMost(`${what}: longer by`, [added], { most: SNAPSHOT_DELAY_MS, unit: "ms", digits: 1 }),
  ];
}

function shown(what: string, value: number, unit: string): Figure {
  return atMost(what, [value], { most: undefined, unit });
}
