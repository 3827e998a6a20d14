/** Whose object a VirtualMachineNetworkConfig is: cases that run against any API server. */

import assert from "node:assert/strict";
import { VIRTUAL_MACHINE_NETWORK_CONFIGS, VIRTUAL_MACHINES } from "../../../lib/api/resources.ts";
import {
  addressesOf,
  macOf,
  makePool,
  makeReadyPool,
  untilAddresses,
  untilCondition,
  untilUsed,
} from "../../support/controller/controller_objects.ts";
import { untilEvent } from "../../support/controller/controller_world.ts";
import { eth, makeVirtualMachine, specOf } from "../../support/controller/virtual_machines.ts";
import { vmnetcfgSample } from "../../support/apiserver/samples.ts";
import type { ControllerCase } from "./controller_cases.ts";

const CONFIGS = VIRTUAL_MACHINE_NETWORK_CONFIGS;
const FINALIZER = "wrangler.cattle.io/vm-dhcp-vmnetcfg-controller";
const STATIC_IP = "static-ip.harvesterhci.io/eth0";

export const VM_OBJECT_CASES: readonly ControllerCase[] = [
  {
    need: "names of the VM's own that others use",
    name: "leaves an object alone that a person made for no VM, or for another list of interfaces",
    async run(world) {
      const controller = await world.start();
      await makePool(world);
      const nic = { networkName: "net-48", macAddress: macOf(7) };
      const make = (name: string, labels: Readonly<Record<string, string>>) =>
        world.create(
          CONFIGS,
          vmnetcfgSample({
            metadata: { name, labels },
            spec: { vmName: name, networkConfigs: [nic] },
          }),
        );
      await make("by-hand", { "harvesterhci.io/vmName": "by-hand" });
      await untilAddresses(world, "by-hand", "192.168.48.82");
      await makeVirtualMachine(world, "by-hand", [eth(0, 1)]);
      const event = await untilEvent(controller, "NetworkConfigNotOwned");
      assert.match(event.note, /delete it/);
      await world.delete(VIRTUAL_MACHINES, "by-hand");
      await makeVirtualMachine(world, "vm-2", [eth(0, 2)]);
      await untilAddresses(world, "vm-2", "192.168.48.83");
      const config = await world.get(CONFIGS, "by-hand");
      assert.equal(config.metadata.ownerReferences, undefined);
      assert.equal(addressesOf(config), "192.168.48.82");
    },
  },
  {
    name: "takes an object over that lists what the VM has and says whose it is",
    async run(world) {
      await world.start();
      await makePool(world);
      const nic = { networkName: "net-48", macAddress: macOf(1), hostname: "web-1" };
      const metadata = { name: "vm-1", labels: { "harvesterhci.io/vmName": "vm-1" } };
      const spec = { vmName: "vm-1", networkConfigs: [nic] };
      await world.create(CONFIGS, vmnetcfgSample({ metadata, spec }));
      await untilAddresses(world, "vm-1", "192.168.48.82");
      const vm = await makeVirtualMachine(world, "vm-1", [eth(0, 1)]);
      const config = await world.until(CONFIGS, "vm-1", {
        what: "the object to have its owner",
        holds: ({ metadata }) => metadata.ownerReferences?.[0]?.uid === vm.metadata.uid,
      });
      assert.deepEqual(specOf(config).networkConfigs, [nic]);
      await world.delete(VIRTUAL_MACHINES, "vm-1");
      await world.untilGone(CONFIGS, "vm-1");
    },
  },
  {
    need: "edits of others kept",
    name: "repairs the label and the list of a VM's object, and leaves what others wrote there",
    async run(world) {
      await world.start();
      await makePool(world);
      await makeVirtualMachine(world, "vm-1", [eth(0)]);
      await untilAddresses(world, "vm-1", "192.168.48.82");
      const own = { networkName: "net-48", macAddress: macOf(0), hostname: "web-1" };
      const stray = { networkName: "net-48", macAddress: macOf(9) };
      await world.patch(CONFIGS, "vm-1", {
        metadata: { labels: { "harvesterhci.io/vmName": null, team: "a" } },
        spec: { networkConfigs: [own, stray] },
      });
      const config = await world.until(CONFIGS, "vm-1", {
        what: "the object to be repaired",
        holds: ({ metadata, ...object }) =>
          metadata.labels?.["harvesterhci.io/vmName"] === "vm-1" &&
          specOf({ metadata, ...object }).networkConfigs.length === 1,
      });
      assert.equal(config.metadata.labels?.team, "a");
      assert.equal(specOf(config).networkConfigs[0]!.hostname, "web-1");
      assert.equal(addressesOf(config), "192.168.48.82");
    },
  },
  {
    name: "makes a new object for a VM that was made anew under its old name",
    async run(world) {
      const controller = await world.start();
      await makePool(world);
      await makeVirtualMachine(world, "vm-1", [eth(0)]);
      const first = await untilAddresses(world, "vm-1", "192.168.48.82");
      // Something keeps the old object while the new VM is there already.
      await world.patch(CONFIGS, "vm-1", {
        metadata: { finalizers: [FINALIZER, "example.com/keep"] },
      });
      await world.delete(VIRTUAL_MACHINES, "vm-1");
      const vm = await makeVirtualMachine(world, "vm-1", [eth(0)]);
      await untilUsed(world, 0);
      await untilEvent(controller, "IPReleased");
      const old = await world.get(CONFIGS, "vm-1");
      assert.equal(old.metadata.uid, first.metadata.uid);
      assert.notEqual(old.metadata.ownerReferences?.[0]?.uid, vm.metadata.uid);
      await world.patch(CONFIGS, "vm-1", { metadata: { finalizers: [] } });
      const config = await world.until(CONFIGS, "vm-1", {
        what: "a new object",
        holds: ({ metadata }) => metadata.ownerReferences?.[0]?.uid === vm.metadata.uid,
      });
      assert.notEqual(config.metadata.uid, first.metadata.uid);
      await untilUsed(world, 1);
    },
  },
  {
    need: "deletions while it is down",
    name: "takes back the addresses of VMs that went while it was away, and of those alone",
    async run(world) {
      const first = await world.start();
      await makePool(world);
      await makeVirtualMachine(world, "vm-1", [eth(0, 1)]);
      await makeVirtualMachine(world, "vm-2", [eth(0, 2)]);
      await untilCondition(world, "vm-1", "Allocated True");
      const kept = await untilCondition(world, "vm-2", "Allocated True");
      await first.stop();
      await world.delete(VIRTUAL_MACHINES, "vm-1");
      await world.start();
      await world.untilGone(CONFIGS, "vm-1");
      await untilUsed(world, 1);
      assert.equal(addressesOf(await world.get(CONFIGS, "vm-2")), addressesOf(kept));
    },
  },
  {
    need: "the same after a restart",
    name: "writes nothing for VMs after a restart",
    async run(world) {
      const first = await world.start();
      await makeReadyPool(world);
      await makeVirtualMachine(world, "vm-1", [eth(1, 1), eth(0, 2)], {
        [STATIC_IP]: "192.168.48.85",
      });
      await untilUsed(world, 2);
      await untilAddresses(world, "vm-1", "192.168.48.85 192.168.48.82");
      await first.stop();
      const second = await world.start();
      await makeVirtualMachine(world, "vm-2", [eth(0, 3)]);
      await untilUsed(world, 3);
      await untilCondition(world, "vm-2", "Allocated True");
      const writes = second.writes.filter((write) => write.endsWith(CONFIGS.plural));
      assert.deepEqual(writes, [`create ${CONFIGS.plural}`, `replace ${CONFIGS.plural}`]);
    },
  },
  {
    need: "address kept when a VM is made again",
    name: "gives a VM that is made again with its MAC address the address that it had",
    async run(world) {
      await world.start();
      await makePool(world);
      await makeVirtualMachine(world, "vm-1", [eth(0, 1)]);
      await untilAddresses(world, "vm-1", "192.168.48.82");
      await makeVirtualMachine(world, "vm-2", [eth(0, 2)]);
      await untilAddresses(world, "vm-2", "192.168.48.83");
      await world.delete(VIRTUAL_MACHINES, "vm-1");
      await world.untilGone(CONFIGS, "vm-1");
      await makeVirtualMachine(world, "vm-3", [eth(0, 3)]);
      await untilAddresses(world, "vm-3", "192.168.48.84");
      await makeVirtualMachine(world, "vm-1", [eth(0, 1)]);
      await untilAddresses(world, "vm-1", "192.168.48.82");
    },
  },
];
