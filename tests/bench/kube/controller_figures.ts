/** Measurements of the controller, each beside its goal. */

import { atMost, type Figure } from "../packets/figures.ts";
import { median } from "../packets/statistics.ts";
import type { Burst, BurstCost } from "./controller_burst.ts";
import type { ColdStartCost, StartCost } from "./controller_cold_start.ts";
import type { IdleCost } from "./controller_idle.ts";
import type { OneMoreCost } from "./controller_one_more.ts";

/** What one more VM may cost beyond the floor, whatever the size of the pool. */
const FLOOR_TIMES = 1.5;
const BEYOND_FLOOR_MS = 20;
/** By bindings of the pool, milliseconds of the controller's CPU. */
const CPU_MS: Readonly<Record<number, number>> = { 0: 8, 1_000: 10, 10_000: 20, 30_000: 45 };
/** By bindings of the pool, milliseconds from the start of a controller until it has nothing to do. */
const RESTART_MS: Readonly<Record<number, number>> = { 1_000: 2_000, 30_000: 6_000 };
/** By bindings of the pool, megabytes. */
const PEAK_MB: Readonly<Record<number, number>> = { 30_000: 250 };
const WRITES_PER_VM = 2.2;
const RELEASED_MS = 5_000;
const COLD_START_MS = 30_000;
const COLD_START_MB = 300;
const IDLE_PERCENT = 1;

/** One more VM. */
export function oneMoreFigures(
  { bindings, floorMs, toldMs, cpuMs, peakMb }: OneMoreCost,
): readonly Figure[] {
  const pool = `pool of ${bindings.toLocaleString("en")}`;
  const floor = median(floorMs);
  return [
    atMost(`${pool}: bare PUT of its status`, floorMs, { most: undefined, unit: "ms" }),
    atMost(`${pool}: one more VM is told`, toldMs, {
      most: Math.round(FLOOR_TIMES * floor + BEYOND_FLOOR_MS),
      unit: "ms",
    }),
    atMost(`${pool}: controller's CPU for it`, cpuMs, {
      most: CPU_MS[bindings],
      unit: "ms",
      digits: 1,
    }),
    atMost(`${pool}: memory of the controller, peak`, peakMb, {
      most: PEAK_MB[bindings],
      unit: "MB",
    }),
  ];
}

/** Starts over what another controller has left. */
export function restartFigures({ bindings, restarts }: OneMoreCost): readonly Figure[] {
  const pool = `restart with ${bindings.toLocaleString("en")} allocated`;
  const of = (key: keyof typeof restarts[number]) => restarts.map((restart) => restart[key]);
  return [
    atMost(`${pool}: writes`, [Math.max(...of("writes"))], { most: 0, unit: "" }),
    atMost(`${pool}: ready`, of("readyMs"), { most: undefined, unit: "ms" }),
    atMost(`${pool}: nothing left to do`, of("settledMs"), {
      most: RESTART_MS[bindings],
      unit: "ms",
    }),
    atMost(`${pool}: controller's CPU until then`, of("cpuMs"), { most: undefined, unit: "ms" }),
  ];
}

/** Many VMs at once, and their end. */
export function burstFigures(
  costs: readonly BurstCost[],
  { kind, vms, nics, addresses }: Burst,
  toldMs: number,
): readonly Figure[] {
  const objects = `${vms.toLocaleString("en")} ${kind === "vms" ? "VirtualMachines" : "configs"}`;
  const what = nics === 1
    ? `${objects} at once`
    : `${objects} with ${nics} NICs at once, ${addresses.toLocaleString("en")} addresses`;
  const of = (key: keyof BurstCost) => costs.map((cost) => cost[key]);
  return [
    atMost(`${what}: all told after the last create`, of("sinceLastMs"), {
      most: toldMs,
      unit: "ms",
    }),
    atMost(`${what}: all told after the first create`, of("sinceFirstMs"), {
      most: undefined,
      unit: "ms",
    }),
    atMost(`${what}: writes for each`, of("writesPerVm"), {
      most: WRITES_PER_VM,
      unit: "",
      digits: 2,
    }),
    atMost(`${what}: controller's CPU`, of("cpuMs"), { most: undefined, unit: "ms" }),
    atMost(`${what}, deleted: no address used after the first delete`, of("releasedMs"), {
      most: RELEASED_MS,
      unit: "ms",
    }),
    atMost(`${what}, deleted by the clients alone: all gone`, of("bareDeletesMs"), {
      most: undefined,
      unit: "ms",
    }),
    atMost(`${what}: memory of the controller, peak`, of("peakMb"), {
      most: undefined,
      unit: "MB",
    }),
  ];
}

/** Starts over many pools: the first one, and one that finds all as it should be. */
export function coldStartFigures(
  { vms, toldMs, first, settled }: ColdStartCost,
): readonly Figure[] {
  const what = `200 pools, ${vms.toLocaleString("en")} VMs`;
  return [
    atMost(`${what}, first start: all told`, [toldMs], { most: undefined, unit: "ms" }),
    ...startFigures(`${what}, first start`, first),
    atMost(`${what}, first start: writes for each VM`, [first.writes / vms], {
      most: WRITES_PER_VM,
      unit: "",
      digits: 2,
    }),
    ...startFigures(`${what}, cold start`, settled),
    atMost(`${what}, cold start: writes`, [settled.writes], { most: 0, unit: "" }),
  ];
}

function startFigures(what: string, cost: StartCost): readonly Figure[] {
  return [
    atMost(`${what}: nothing left to do`, [cost.settledMs], { most: COLD_START_MS, unit: "ms" }),
    atMost(`${what}: controller's CPU`, [cost.cpuMs], { most: undefined, unit: "ms" }),
    atMost(`${what}: memory of the controller, peak`, [cost.peakMb], {
      most: COLD_START_MB,
      unit: "MB",
    }),
  ];
}

/** A controller while nothing happens. */
export function idleFigures(
  { seconds, cpuPercent, requests }: IdleCost,
): readonly Figure[] {
  return [
    atMost(`idle for ${seconds} s: CPU`, [cpuPercent], {
      most: IDLE_PERCENT,
      unit: "% of a core",
      digits: 2,
    }),
    atMost(`idle for ${seconds} s: requests besides renewals of the lease`, [requests], {
      most: 3,
      unit: "",
    }),
  ];
}
