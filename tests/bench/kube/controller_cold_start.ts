/** Starts of a controller on a cluster whose pools and VMs are all there. */

import { ControllerSite, PATHS, vmOf } from "./controller_site.ts";
import { untilTold } from "./controller_told.ts";
import { FollowedObjects } from "./followed_objects.ts";

/** What a start took. */
export interface StartCost {
  /** From the start of the process until it had nothing more to do. */
  readonly settledMs: number;
  readonly cpuMs: number;
  readonly writes: number;
  readonly peakMb: number;
}

/** What the first start took, and one over what that had left. */
export interface ColdStartCost {
  readonly vms: number;
  /** From the start of the first process until the last VM was told. */
  readonly toldMs: number;
  readonly first: StartCost;
  readonly settled: StartCost;
}

/** Makes pools and VMs, and starts a controller over them, and then another. */
export async function measureColdStart(
  command: readonly string[],
  { pools, vms }: { readonly pools: number; readonly vms: number },
  say: (text: string) => void,
): Promise<ColdStartCost> {
  await using site = await ControllerSite.start(command);
  say(`making ${pools} pools and ${vms} VMs`);
  await site.makePools(pools, 2 * vms / pools);
  await site.restoreVms(Array.from({ length: vms }, (_, vm) => vmOf(vm, [vm % pools])));
  say("first start");
  let toldMs = 0;
  await using vmnetcfgs = await FollowedObjects.fromNow(site.api, PATHS.vmnetcfgs);
  const first = await measureStart(site, async () => {
    toldMs = (await untilTold(vmnetcfgs, vms, () => Promise.resolve())).sinceFirstMs;
  });
  say("start over what is settled");
  const settled = await measureStart(site, () => Promise.resolve());
  return { vms, toldMs, first, settled };
}

/** @param meanwhile Waited for before the controller can be settled. */
async function measureStart(
  site: ControllerSite,
  meanwhile: () => Promise<void>,
): Promise<StartCost> {
  const before = await site.writes();
  await using controller = site.startController();
  await meanwhile();
  await controller.ready();
  const settledMs = await controller.settled();
  return {
    settledMs,
    cpuMs: await controller.cpu.read(),
    writes: await site.writes() - before,
    peakMb: await controller.peakMb(),
  };
}
