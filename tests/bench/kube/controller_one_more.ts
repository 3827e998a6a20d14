/** The cost of one more VM in a pool that has many, and of a restart of the controller. */

import { barePuts } from "./bare_put.ts";
import { ControllerSite, PATHS, vmName } from "./controller_site.ts";
import type { MeasuredController } from "./controller_process.ts";
import { untilTold } from "./controller_told.ts";
import { FollowedObjects } from "./followed_objects.ts";

/** In each round a controller starts, serves VMs one after the other, and ends. */
const ROUNDS = 3;
const WARM_UP_VMS = 2;
const VMS = 6;
/** What follows from one VM is done by then, the pause after a large write aside. */
const AFTERMATH_MS = 500;
/** The controller pauses after a write for up to 2 s. */
const PAUSE_MS = 2_000;
/** Smaller pools need no pause worth waiting for. */
const LARGE = 5_000;

/** What was measured with a number of bindings. */
export interface OneMoreCost {
  readonly bindings: number;
  readonly floorMs: readonly number[];
  readonly toldMs: readonly number[];
  readonly cpuMs: readonly number[];
  readonly restarts: readonly RestartCost[];
  /** The most memory of each controller. */
  readonly peakMb: readonly number[];
}

/** The start of a controller over what another has left. */
export interface RestartCost {
  readonly readyMs: number;
  readonly settledMs: number;
  readonly cpuMs: number;
  readonly writes: number;
}

/** Measures one size of pool. */
export async function measureOneMore(
  command: readonly string[],
  bindings: number,
  say: (text: string) => void,
): Promise<OneMoreCost> {
  await using site = await ControllerSite.start(command);
  await site.makePools(1, 60_000);
  await site.fill(bindings);
  await settleOnce(site);
  const cost = {
    bindings,
    floorMs: [] as number[],
    toldMs: [] as number[],
    cpuMs: [] as number[],
    restarts: [] as RestartCost[],
    peakMb: [] as number[],
  };
  let vm = bindings;
  for (let round = 1; round <= ROUNDS; round++) {
    say(`one more VM in a pool of ${bindings}, round ${round} of ${ROUNDS}`);
    {
      const { controller, restart } = await measureRestart(site);
      await using _ = controller;
      cost.restarts.push(restart);
      for (let turn = -WARM_UP_VMS; turn < VMS; turn++) {
        const { toldMs, cpuMs } = await oneMore(site, controller, ++vm);
        if (bindings >= LARGE) await sleep(PAUSE_MS);
        if (turn < 0) continue;
        cost.toldMs.push(toldMs);
        cost.cpuMs.push(cpuMs);
      }
      cost.peakMb.push(await controller.peakMb());
    }
    cost.floorMs.push(...await barePuts(site.access, VMS));
  }
  return cost;
}

/** The first controller may find something to mend in what was prepared; no one after it. */
async function settleOnce(site: ControllerSite): Promise<void> {
  const before = await site.writes();
  await using _ = await site.controller();
  const writes = await site.writes() - before;
  if (writes > 2) {
    throw new Error(`what was prepared is not what a controller leaves: ${writes} writes`);
  }
}

async function measureRestart(
  site: ControllerSite,
): Promise<{ readonly controller: MeasuredController; readonly restart: RestartCost }> {
  const before = await site.writes();
  const controller = site.startController();
  const readyMs = await controller.ready();
  const settledMs = await controller.settled();
  const cpuMs = await controller.cpu.read();
  const writes = await site.writes() - before;
  return { controller, restart: { readyMs, settledMs, cpuMs, writes } };
}

async function oneMore(
  site: ControllerSite,
  controller: MeasuredController,
  vm: number,
): Promise<{ readonly toldMs: number; readonly cpuMs: number }> {
  await using vmnetcfgs = await FollowedObjects.one(site.api, PATHS.vmnetcfgs, vmName(vm));
  // The watch has taken a connection, and to open another one takes 40 ms.
  await site.get(`${PATHS.vmnetcfgs}?limit=1`);
  const beforeMs = await controller.cpu.read();
  const { sinceFirstMs } = await untilTold(vmnetcfgs, 1, () => site.makeConfig(vm));
  await sleep(AFTERMATH_MS);
  return { toldMs: sinceFirstMs, cpuMs: await controller.cpu.read() - beforeMs };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
