/** Orders in which VMs, their objects, pools and namespaces go: nothing is stuck or leaked. */

import {
  IPPOOLS,
  NAMESPACES,
  NETWORK_ATTACHMENT_DEFINITIONS,
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
  VIRTUAL_MACHINES,
} from "../../../lib/api/resources.ts";
import {
  makePool,
  untilAddresses,
  untilCondition,
  untilUsed,
} from "../../support/controller/controller_objects.ts";
import type { ControllerWorld } from "../../support/controller/controller_world.ts";
import { eth, makeVirtualMachine } from "../../support/controller/virtual_machines.ts";
import type { ControllerCase, Need } from "./controller_cases.ts";

const NEED: Need = "every order of deletions";
const CONFIGS = VIRTUAL_MACHINE_NETWORK_CONFIGS;
const NAMES = ["vm-1", "vm-2", "vm-3"];

async function makeServedVms(world: ControllerWorld): Promise<void> {
  await makePool(world);
  for (const [i, name] of NAMES.entries()) {
    await makeVirtualMachine(world, name, [eth(0, i + 1)]);
    await untilAddresses(world, name, `192.168.48.8${2 + i}`);
  }
}

async function deleteVms(world: ControllerWorld): Promise<void> {
  for (const name of NAMES) await world.delete(VIRTUAL_MACHINES, name);
}

async function untilConfigsGone(world: ControllerWorld): Promise<void> {
  for (const name of NAMES) await world.untilGone(CONFIGS, name);
}

export const VM_DELETION_CASES: readonly ControllerCase[] = [
  {
    need: NEED,
    name: "lets VMs go after their pool and their network",
    async run(world) {
      await world.start();
      await makeServedVms(world);
      await world.delete(NETWORK_ATTACHMENT_DEFINITIONS, "net-48");
      await world.delete(IPPOOLS, "ippool-1");
      await deleteVms(world);
      await untilConfigsGone(world);
      await world.untilGone(IPPOOLS, "ippool-1");
    },
  },
  {
    need: NEED,
    name: "lets VMs of a paused pool go, some of whose objects are paused",
    async run(world) {
      await world.start();
      await makeServedVms(world);
      await world.patch(CONFIGS, "vm-2", { spec: { paused: true } });
      await world.patch(IPPOOLS, "ippool-1", { spec: { paused: true } });
      await deleteVms(world);
      await untilConfigsGone(world);
      await untilUsed(world, 0);
    },
  },
  {
    need: NEED,
    name: "takes back what VMs had that went while it was down with their pool",
    async run(world) {
      const first = await world.start();
      await makeServedVms(world);
      await first.stop();
      await world.delete(IPPOOLS, "ippool-1");
      await deleteVms(world);
      await world.start();
      await untilConfigsGone(world);
      await world.untilGone(IPPOOLS, "ippool-1");
    },
  },
  {
    need: NEED,
    name: "lets a namespace of VMs go",
    async run(world) {
      await world.start();
      await makeServedVms(world);
      const namespace = { namespace: "", name: world.namespace };
      await world.client.delete(NAMESPACES, namespace);
      await world.untilNamespaceGone();
    },
  },
  {
    need: NEED,
    name: "makes the object of a VM again that somebody deleted, with the address that it had",
    async run(world) {
      await world.start();
      await makeServedVms(world);
      const { uid } = (await world.get(CONFIGS, "vm-2")).metadata;
      await world.delete(CONFIGS, "vm-2");
      await world.until(CONFIGS, "vm-2", {
        what: "another object of vm-2",
        holds: ({ metadata }) => metadata.uid !== uid,
      });
      await untilCondition(world, "vm-2", "Allocated True");
      await untilUsed(world, 3);
    },
  },
];
