/** The first start of a controller on a cluster whose pools and VMs are all there. */

import { ControllerSite, PATHS, vmOf } from "./controller_site.ts";
import { untilTold } from "./controller_told.ts";
import { FollowedObjects } from "./followed_objects.ts";

/** What the start took. */
export interface ColdStartCost {
  /** From the start of the process until the last VM was told. */
  readonly toldMs: number;
  /** From the start of the process until it had nothing more to do. */
  readonly settledMs: number;
  readonly cpuMs: number;
  readonly writesPerVm: number;
  readonly peakMb: number;
}

/** Makes pools and VMs, and starts a controller over them. */
export async function measureColdStart(
  command: readonly string[],
  { pools, vms }: { readonly pools: number; readonly vms: number },
  say: (text: string) => void,
): Promise<ColdStartCost> {
  await using site = await ControllerSite.start(command);
  say(`making ${pools} pools and ${vms} VMs`);
  await site.makePools(pools, 2 * vms / pools);
  await site.restoreVms(Array.from({ length: vms }, (_, vm) => vmOf(vm, [vm % pools])));
  say("cold start");
  const before = await site.writes();
  await using vmnetcfgs = await FollowedObjects.fromNow(site.api, PATHS.vmnetcfgs);
  await using controller = site.startController();
  const { sinceFirstMs } = await untilTold(vmnetcfgs, vms, () => Promise.resolve());
  const settledMs = await controller.settled();
  return {
    toldMs: sinceFirstMs,
    settledMs,
    cpuMs: await controller.cpu.read(),
    writesPerVm: (await site.writes() - before) / vms,
    peakMb: await controller.peakMb(),
  };
}
