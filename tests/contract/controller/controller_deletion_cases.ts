/** Orders in which users delete VMs, pools, networks and namespaces: nothing is stuck or leaked. */

import assert from "node:assert/strict";
import {
  IPPOOLS,
  NAMESPACES,
  NETWORK_ATTACHMENT_DEFINITIONS,
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
} from "../../../lib/api/resources.ts";
import { isStatus } from "../../../lib/kube/contract.ts";
import {
  addressesOf,
  conditionOf,
  ipv4Of,
  macOf,
  makePool,
  makeVm,
  untilCondition,
  untilUsed,
} from "../../support/controller/controller_objects.ts";
import type { ControllerWorld } from "../../support/controller/controller_world.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import type { ControllerCase, Need } from "./controller_cases.ts";

const NEED: Need = "every order of deletions";

/** A pool with vm-1, vm-2 and vm-3, all served. */
async function makeServedVms(world: ControllerWorld): Promise<void> {
  await makePool(world);
  for (const n of [1, 2, 3]) await makeVm(world, `vm-${n}`, [{ macAddress: macOf(n) }]);
  for (const n of [1, 2, 3]) await untilCondition(world, `vm-${n}`, "Allocated True");
}

async function deleteVms(world: ControllerWorld): Promise<void> {
  for (const n of [1, 2, 3]) await world.delete(VIRTUAL_MACHINE_NETWORK_CONFIGS, `vm-${n}`);
}

async function untilVmsGone(world: ControllerWorld): Promise<void> {
  for (const n of [1, 2, 3]) await world.untilGone(VIRTUAL_MACHINE_NETWORK_CONFIGS, `vm-${n}`);
}

export const DELETION_CASES: readonly ControllerCase[] = [
  {
    need: NEED,
    name: "lets VMs and their pool go when the pool is deleted first",
    async run(world) {
      await world.start();
      await makeServedVms(world);
      await world.delete(IPPOOLS, "ippool-1");
      await deleteVms(world);
      await untilVmsGone(world);
      await world.untilGone(IPPOOLS, "ippool-1");
    },
  },
  {
    need: NEED,
    name: "lets VMs and their pool go when the network is deleted first",
    async run(world) {
      await world.start();
      await makeServedVms(world);
      await world.delete(NETWORK_ATTACHMENT_DEFINITIONS, "net-48");
      await world.until(IPPOOLS, "ippool-1", {
        what: "the pool to miss its network",
        holds: (pool) => conditionOf(pool, "Registered") === "False NetworkNotFound",
      });
      const vm = await world.get(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-1");
      assert.notEqual(addressesOf(vm), "-");
      assert.equal(conditionOf(vm, "Allocated"), "True");
      await deleteVms(world);
      await untilVmsGone(world);
      await untilUsed(world, 0);
      await world.delete(IPPOOLS, "ippool-1");
      await world.untilGone(IPPOOLS, "ippool-1");
    },
  },
  {
    need: NEED,
    name: "lets a whole namespace go with everything in it",
    async run(world) {
      await world.start();
      await makeServedVms(world);
      await world.client.delete(NAMESPACES, { namespace: "", name: world.namespace });
      await world.untilNamespaceGone();
    },
  },
  {
    need: NEED,
    name: "lets a namespace go that was deleted while it was down",
    async run(world) {
      const first = await world.start();
      await makeServedVms(world);
      await first.stop();
      await world.client.delete(NAMESPACES, { namespace: "", name: world.namespace });
      await world.start();
      await world.untilNamespaceGone();
    },
  },
  {
    need: NEED,
    name: "lets VMs of a paused pool go",
    async run(world) {
      await world.start();
      await makeServedVms(world);
      await world.patch(IPPOOLS, "ippool-1", { spec: { paused: true } });
      await deleteVms(world);
      await untilVmsGone(world);
      await untilUsed(world, 0);
      await world.delete(IPPOOLS, "ippool-1");
      await world.untilGone(IPPOOLS, "ippool-1");
    },
  },
  {
    need: NEED,
    name: "lets paused VMs go",
    async run(world) {
      await world.start();
      await makeServedVms(world);
      for (const n of [1, 2, 3]) {
        await world.patch(VIRTUAL_MACHINE_NETWORK_CONFIGS, `vm-${n}`, { spec: { paused: true } });
      }
      await deleteVms(world);
      await untilVmsGone(world);
      await untilUsed(world, 0);
    },
  },
  {
    need: NEED,
    name: "lets VMs go whose pool was taken away by force",
    async run(world) {
      await world.start();
      await makeServedVms(world);
      await world.patch(IPPOOLS, "ippool-1", { metadata: { finalizers: [] } });
      await world.delete(IPPOOLS, "ippool-1");
      await world.patch(IPPOOLS, "ippool-1", { metadata: { finalizers: [] } }).catch((error) => {
        if (!isStatus(error, 404)) throw error;
      });
      await world.untilGone(IPPOOLS, "ippool-1");
      await deleteVms(world);
      await untilVmsGone(world);
    },
  },
  {
    need: NEED,
    name:
      "lets VMs go that were deleted while it was down, in spite of a pool that nobody can read",
    async run(world) {
      const first = await world.start();
      await makeServedVms(world);
      await first.stop();
      await deleteVms(world);
      await world.patch(IPPOOLS, "ippool-1", { spec: { ipv4Config: { ntp: ["not a name!"] } } })
        .catch((error) => {
          if (!isStatus(error, 422)) throw error;
        });
      await world.start();
      await untilVmsGone(world);
      await untilUsed(world, 0);
    },
  },
  {
    need: NEED,
    name: "lets everything go that was deleted while it was down, the pool first",
    async run(world) {
      const first = await world.start();
      await makeServedVms(world);
      await first.stop();
      await world.delete(NETWORK_ATTACHMENT_DEFINITIONS, "net-48");
      await world.delete(IPPOOLS, "ippool-1");
      await deleteVms(world);
      await world.start();
      await untilVmsGone(world);
      await world.untilGone(IPPOOLS, "ippool-1");
    },
  },
  {
    need: NEED,
    name: "frees the address of a deleted VM that another keeps, and gives it none again",
    async run(world) {
      await world.start();
      await makeServedVms(world);
      const { metadata: { finalizers = [] } } = await world.get(
        VIRTUAL_MACHINE_NETWORK_CONFIGS,
        "vm-1",
      );
      await world.patch(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-1", {
        metadata: { finalizers: [...finalizers, "example.com/keeps-it"] },
      });
      await world.delete(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-1");
      await untilUsed(world, 2);
      await makeVm(world, "vm-4", [{ macAddress: macOf(4) }]);
      await untilCondition(world, "vm-4", "Allocated True");
      const vm = await untilCondition(world, "vm-1", "Allocated False BeingDeleted");
      assert.equal(addressesOf(vm), "-");
      const macs = Object.values(ipv4Of(await untilUsed(world, 3)).allocated ?? {});
      assert.ok(!macs.includes(macOf(1)));
      await world.patch(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-1", { metadata: { finalizers: [] } });
      await world.untilGone(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-1");
    },
  },
  {
    need: NEED,
    name: "gives a VM an address that is made while one of its name is still going",
    async run(world) {
      await world.start();
      await makeServedVms(world);
      for (let time = 1; time <= 5; time++) {
        await world.delete(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-1");
        await waitUntil(async () => {
          try {
            await makeVm(world, "vm-1", [{ macAddress: macOf(1) }]);
            return true;
          } catch (error) {
            if (isStatus(error, 409)) return undefined;
            throw error;
          }
        }, { what: "the old vm-1 to go" });
        await untilCondition(world, "vm-1", "Allocated True");
      }
      const vm = await world.get(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-1");
      const { allocated } = ipv4Of(await untilUsed(world, 3));
      assert.equal(allocated?.[addressesOf(vm)], macOf(1));
    },
  },
];
