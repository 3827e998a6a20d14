/** Objects that the Go version has left: taken over, and left so that it could take them back. */

import assert from "node:assert/strict";
import type { JsonObject } from "../../../lib/base/json.ts";
import type { ResourceType } from "../../../lib/api/meta.ts";
import {
  IPPOOLS,
  NETWORK_ATTACHMENT_DEFINITIONS,
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
} from "../../../lib/api/resources.ts";
import type { ControllerCase } from "./controller_cases.ts";
import {
  addressesOf,
  conditionOf,
  ipv4Of,
  macOf,
  makeVm,
  untilAddresses,
  untilCondition,
  untilUsed,
} from "../../support/controller/controller_objects.ts";
import { readGoObjects } from "../../support/controller/go_objects.ts";
import type { ControllerWorld } from "../../support/controller/controller_world.ts";

const TYPES = [IPPOOLS, NETWORK_ATTACHMENT_DEFINITIONS, VIRTUAL_MACHINE_NETWORK_CONFIGS];

/** What the Go version gave out, and what it did not. */
const TOLD = {
  "vm-1": "192.168.48.78",
  "vm-2": "192.168.48.80 192.168.48.85",
  "vm-6": "192.168.48.87",
};

/** What becomes of each VM, once everything is taken over. */
const READY = {
  "vm-1": "True",
  "vm-2": "True",
  "vm-3": "True",
  "vm-4": "False Paused",
  "vm-5": "False Paused",
  "vm-6": "True",
};

/** Puts the objects of the Go version into the world. */
async function leaveObjects(world: ControllerWorld): Promise<void> {
  for (const object of readGoObjects(world.namespace)) {
    const type = TYPES.find(({ kind }) => kind === object.kind)!;
    const created = await world.create(type, object);
    if (object.status === undefined) continue;
    const stored = { ...created, status: object.status };
    await world.client.replace(type, stored, { subresource: "status" });
  }
}

/** Starts a controller and waits until it has taken everything over: it serves a new VM after that. */
async function runOnce(world: ControllerWorld, vm: number): Promise<readonly string[]> {
  const controller = await world.start();
  for (const [name, ready] of Object.entries(READY)) {
    await untilCondition(world, name, `Ready ${ready}`);
  }
  await makeVm(world, `new-${vm}`, [{ macAddress: macOf(vm) }]);
  await untilCondition(world, `new-${vm}`, "Allocated True");
  await controller.stop();
  return controller.writes;
}

/** All NICs in statuses: state, address and MAC, each as written. */
async function toldNics(world: ControllerWorld): Promise<readonly string[]> {
  const { items } = await world.client.list(VIRTUAL_MACHINE_NETWORK_CONFIGS, {
    namespace: world.namespace,
  });
  return items.flatMap(({ metadata, status }) =>
    (status as { networkConfigs: JsonObject[] }).networkConfigs.map((nic) =>
      `${metadata.name} ${nic.state} ${nic.allocatedIPAddress} ${nic.macAddress}`
    )
  ).sort();
}

export const GO_VERSION_CASES: readonly ControllerCase[] = [
  {
    name: "takes over what the Go version left: nothing is given anew, and nothing flaps",
    async run(world) {
      await leaveObjects(world);
      await runOnce(world, 100);
      for (const [vm, addresses] of Object.entries(TOLD)) {
        const object = await world.get(VIRTUAL_MACHINE_NETWORK_CONFIGS, vm);
        assert.equal(addressesOf(object), addresses);
        assert.equal(conditionOf(object, "Allocated"), "True");
      }
      const taken = await world.get(IPPOOLS, "ippool-1");
      assert.equal((taken.status as JsonObject)["agentPodRef"] !== undefined, true);
      // A second start writes the record and the objects of its new VM, and nothing else.
      const writes = await runOnce(world, 101);
      assert.deepEqual(writes.filter((write) => write.endsWith(" ippools")), ["replace ippools"]);
      assert.deepEqual(writes.filter((write) => write.startsWith("mergePatch")), [
        "mergePatch virtualmachinenetworkconfigs",
      ]);
      assert.deepEqual(writes.filter((write) => write === "replace virtualmachinenetworkconfigs"), [
        "replace virtualmachinenetworkconfigs",
      ]);
    },
  },
  {
    name: "writes nothing that the Go version cannot read",
    async run(world) {
      await leaveObjects(world);
      await runOnce(world, 100);
      const { allocated = {} } = ipv4Of(await world.get(IPPOOLS, "ippool-1"));
      for (const [address, value] of Object.entries(allocated)) {
        assert.match(address, /^192\.168\.48\.\d+$/);
        assert.match(value, /^(EXCLUDED|RESERVED|([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2})$/);
      }
      assert.equal(allocated["192.168.48.78"], "FA:CF:8E:50:82:01");
      assert.equal(allocated["192.168.48.87"], "FA-CF-8E-50-82-07");
      assert.equal(allocated["192.168.48.77"], "RESERVED");
      // A NIC without an address, or with the one that is another's by now, would not let its object go.
      const nics = await toldNics(world);
      assert.deepEqual(nics.filter((nic) => !/^(new-100|vm-3) Allocated/.test(nic)), [
        "vm-1 Allocated 192.168.48.78 FA:CF:8E:50:82:01",
        "vm-2 Allocated 192.168.48.80 fa:cf:8e:50:82:02",
        "vm-2 Allocated 192.168.48.85 fa:cf:8e:50:82:03",
        "vm-4 Pending 192.168.48.86 fa:cf:8e:50:82:05",
        "vm-6 Allocated 192.168.48.87 FA-CF-8E-50-82-07",
      ]);
      assert.equal(nics.length, 7);
      for (const name of ["vm-1", "new-100"]) {
        const { metadata } = await world.get(VIRTUAL_MACHINE_NETWORK_CONFIGS, name);
        assert.deepEqual(metadata.finalizers, ["wrangler.cattle.io/vm-dhcp-vmnetcfg-controller"]);
      }
    },
  },
  {
    name: "lets objects of the Go version go, and its addresses with them",
    async run(world) {
      await leaveObjects(world);
      await world.start();
      await untilUsed(world, 5);
      for (const name of ["vm-1", "vm-2", "vm-3", "vm-4", "vm-5", "vm-6"]) {
        await world.delete(VIRTUAL_MACHINE_NETWORK_CONFIGS, name);
        await world.untilGone(VIRTUAL_MACHINE_NETWORK_CONFIGS, name);
      }
      await untilUsed(world, 0);
      await world.delete(IPPOOLS, "ippool-1");
      await world.untilGone(IPPOOLS, "ippool-1");
      const { metadata } = await world.get(NETWORK_ATTACHMENT_DEFINITIONS, "net-48");
      assert.equal(metadata.labels?.["network.harvesterhci.io/ippool-name"], undefined);
      assert.equal(metadata.labels?.["network.harvesterhci.io/vlan-id"], "48");
    },
  },
  {
    name: "keeps the address of a NIC that moves from networkConfig to networkConfigs",
    async run(world) {
      await leaveObjects(world);
      await world.start();
      const networkConfig = [{ macAddress: macOf(7), networkName: "net-48" }];
      await world.create(VIRTUAL_MACHINE_NETWORK_CONFIGS, {
        apiVersion: "network.harvesterhci.io/v1alpha1",
        kind: "VirtualMachineNetworkConfig",
        metadata: { name: "readme" },
        spec: { vmName: "readme", networkConfig },
      });
      const before = await untilCondition(world, "readme", "Allocated True");
      await move(world, VIRTUAL_MACHINE_NETWORK_CONFIGS, "readme");
      await makeVm(world, "next", [{ macAddress: macOf(8) }]);
      await untilCondition(world, "next", "Allocated True");
      await untilAddresses(world, "readme", addressesOf(before));
      const { status } = await world.get(IPPOOLS, "ippool-1");
      const { allocated } = (status as { ipv4: { allocated: JsonObject } }).ipv4;
      assert.equal(allocated[addressesOf(before)], macOf(7));
    },
  },
];

/** As docs/migration.md has it. */
async function move(world: ControllerWorld, type: ResourceType, name: string): Promise<void> {
  await world.client.jsonPatch(type, world.nameOf(name), [
    { op: "move", from: "/spec/networkConfig", path: "/spec/networkConfigs" },
  ]);
}
