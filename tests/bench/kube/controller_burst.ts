/** Many VMs at once: until all are told, and until all addresses are taken back. */

import { configOf, ControllerSite, forEachAtOnce, PATHS, vmName, vmOf } from "./controller_site.ts";
import type { MeasuredController } from "./controller_process.ts";
import { at } from "../../support/apiserver/api_connection.ts";
import { type ToldTimes, untilTold } from "./controller_told.ts";
import { FollowedObjects } from "./followed_objects.ts";

const ROUNDS = 3;

/** What is made at once. */
export interface Burst {
  /** VirtualMachines, or their configs alone. */
  readonly kind: "vms" | "vmnetcfgs";
  readonly vms: number;
  /** NICs of each. */
  readonly nics: number;
  /** Addresses of the pool. */
  readonly addresses: number;
}

/** What one burst took. */
export interface BurstCost extends ToldTimes {
  readonly cpuMs: number;
  /** Writes of the controller for each VM, besides what creates its config. */
  readonly writesPerVm: number;
  /** From before the first delete until no address is used. */
  readonly releasedMs: number;
  /** The same requests by the clients alone, for objects alike: what the API server takes for them. */
  readonly bareDeletesMs: number;
  readonly peakMb: number;
}

/** Measures a burst several times, each on an API server and with a controller of its own. */
export async function measureBursts(
  command: readonly string[],
  burst: Burst,
  say: (text: string) => void,
): Promise<readonly BurstCost[]> {
  const costs: BurstCost[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    say(`${burst.vms} ${burst.kind} with ${burst.nics} NICs at once, round ${round} of ${ROUNDS}`);
    await using site = await ControllerSite.start(command);
    costs.push(await measureBurst(site, burst));
  }
  return costs;
}

async function measureBurst(site: ControllerSite, burst: Burst): Promise<BurstCost> {
  await site.makePools(1, burst.addresses);
  const numbers = [...Array(burst.vms).keys()];
  const cost = await (async () => {
    await using controller = await site.controller();
    const [cpuBefore, writesBefore] = [await controller.cpu.read(), await site.writes()];
    const times = await makeAll(site, controller, burst);
    const cpuMs = await controller.cpu.read() - cpuBefore;
    const writesPerVm = (await site.writes() - writesBefore) / burst.vms;
    const releasedMs = await untilReleased(site, PATHS[burst.kind], numbers);
    const peakMb = await controller.peakMb();
    // What it still has to let go would be in the way of new ones.
    await controller.settled();
    await makeAll(site, controller, burst);
    return { ...times, cpuMs, writesPerVm, releasedMs, peakMb };
  })();
  return { ...cost, bareDeletesMs: await bareDeletes(site, burst.kind, numbers) };
}

/** Makes all at once and waits until they are told. */
async function makeAll(
  site: ControllerSite,
  controller: MeasuredController,
  { kind, vms, nics }: Burst,
): Promise<ToldTimes> {
  await using vmnetcfgs = await FollowedObjects.fromNow(site.api, PATHS.vmnetcfgs);
  const networks = Array(nics).fill(0);
  const objectOf = kind === "vms" ? vmOf : configOf;
  const times = await untilTold(
    vmnetcfgs,
    vms,
    () =>
      forEachAtOnce(
        Array(vms).keys(),
        (vm) => site.create(PATHS[kind], objectOf(vm, networks)),
      ),
  );
  await controller.settled();
  return times;
}

/**
 * Deletes VMs and does what their controller would do, its pool aside: deletes the config of each and lets it go.
 *
 * @returns Milliseconds for all of them.
 */
async function bareDeletes(
  site: ControllerSite,
  kind: Burst["kind"],
  vms: readonly number[],
): Promise<number> {
  const startMs = performance.now();
  await forEachAtOnce(vms, async (vm) => {
    const vmnetcfg = `${PATHS.vmnetcfgs}/${vmName(vm)}`;
    if (kind === "vms") await site.delete(`${PATHS.vms}/${vmName(vm)}`);
    await site.delete(vmnetcfg);
    await site.letGo(vmnetcfg);
  });
  return performance.now() - startMs;
}

/** Deletes VMs. @returns Milliseconds from before the first until the pool uses no address. */
async function untilReleased(
  site: ControllerSite,
  path: string,
  vms: readonly number[],
): Promise<number> {
  await using pools = await FollowedObjects.fromNow(site.api, PATHS.ippools);
  const startMs = performance.now();
  const released = (async () => {
    while (at(await pools.next(), "status.ipv4.used") !== 0);
    return performance.now();
  })();
  released.catch(() => undefined);
  await forEachAtOnce(vms, (vm) => site.delete(`${path}/${vmName(vm)}`));
  return await released - startMs;
}
