/** Many VMs at once on a real API server: all are served, with few writes of the controller. */

import assert from "node:assert/strict";
import {
  IPPOOLS,
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
  VIRTUAL_MACHINES,
} from "../../lib/api/resources.ts";
import {
  addressesOf,
  ipv4Of,
  macOf,
  makePool,
  makeVm,
} from "../support/controller/controller_objects.ts";
import { ControllerWorld } from "../support/controller/controller_world.ts";
import { makeVirtualMachine } from "../support/controller/virtual_machines.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { waitUntil } from "../support/harness/wait_until.ts";
import { clusterAccessOf, makeNamespace } from "../support/cluster/cluster_access.ts";
import { sharedControlPlane } from "../support/cluster/shared_control_plane.ts";

const VM_COUNT = 1_000;
/** On a machine that has much else to do, too. */
const WAIT_MS_MAX = 120_000;
/** One write of the pool for many VMs, and two of each VM: its finalizer and its status. */
const WRITES_PER_VM_MAX = 2.2;

/** What users make, and what of it the controller makes itself. */
const WAYS = [
  {
    what: "VMs",
    type: VIRTUAL_MACHINE_NETWORK_CONFIGS,
    creations: 0,
    make: (world: ControllerWorld, name: string, macAddress: string) =>
      makeVm(world, name, [{ macAddress }]),
  },
  {
    what: "VirtualMachines",
    type: VIRTUAL_MACHINES,
    creations: 1,
    make: (world: ControllerWorld, name: string, macAddress: string) =>
      makeVirtualMachine(world, name, [{ name: "eth0", macAddress }]),
  },
] as const;

const LARGE_POOL = {
  ipv4Config: { cidr: "10.48.0.0/16", serverIP: "10.48.0.2", router: "10.48.0.1" },
  pool: { start: "10.48.1.0", end: "10.48.255.254", exclude: undefined },
};

/** Runs a step and prints how long it took. */
async function timed(what: string, run: () => Promise<unknown>): Promise<void> {
  const startMs = performance.now();
  await run();
  console.log(`${what}: ${((performance.now() - startMs) / 1000).toFixed(1)} s`);
}

async function untilUsed(world: ControllerWorld, used: number): Promise<void> {
  await world.until(IPPOOLS, "ippool-1", {
    what: `${used} addresses to be in use`,
    limitMs: WAIT_MS_MAX,
    holds: (pool) => ipv4Of(pool).used === used,
  });
}

/** The distinct addresses in the statuses of VMs. */
async function addressesIn(world: ControllerWorld): Promise<ReadonlySet<string>> {
  const { items } = await world.client.list(VIRTUAL_MACHINE_NETWORK_CONFIGS, {
    namespace: world.namespace,
  });
  return new Set(items.map(addressesOf).filter((address) => address.startsWith("10.48.")));
}

for (const { what, type, creations, make } of WAYS) {
  await integrationTest({
    name: `on a kube-apiserver, the controller serves ${VM_COUNT} ${what} at once with few writes`,
    needs: ["kube"],
    run: async () => {
      const access = await sharedControlPlane();
      const namespace = await makeNamespace(access, "burst");
      await using world = new ControllerWorld(clusterAccessOf(access), namespace);
      const controller = await world.start();
      await makePool(world, LARGE_POOL);
      const numbers = Array.from({ length: VM_COUNT }, (_, i) => i + 1);
      await timed(
        `${VM_COUNT} ${what} created`,
        () => Promise.all(numbers.map((n) => make(world, `vm-${n}`, macOf(n)))),
      );
      await timed("the last one allocated after that", () => untilUsed(world, VM_COUNT));
      await timed(
        "all VMs know their addresses after that",
        () =>
          waitUntil(async () => (await addressesIn(world)).size === VM_COUNT || undefined, {
            what: "each VM to have an address of its own",
            limitMs: WAIT_MS_MAX,
          }),
      );
      const perVm = controller.writes.length / VM_COUNT - creations;
      console.log(`${perVm} writes of the controller for each VM`);
      assert.ok(perVm <= WRITES_PER_VM_MAX, `${perVm} writes for each VM`);
      await timed(`${VM_COUNT} ${what} deleted and all addresses taken back`, async () => {
        await Promise.all(numbers.map((n) => world.delete(type, `vm-${n}`)));
        await untilUsed(world, 0);
      });
    },
  });
}
