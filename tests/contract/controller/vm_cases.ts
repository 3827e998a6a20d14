/** What a controller does for the network interfaces of VirtualMachines: cases that run against any API server. */

import assert from "node:assert/strict";
import {
  NAMESPACES,
  VIRTUAL_MACHINE_INSTANCES,
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
  VIRTUAL_MACHINES,
} from "../../../lib/api/resources.ts";
import {
  addressesOf,
  conditionOf,
  macOf,
  makePool,
  makeReadyPool,
  untilAddresses,
  untilCondition,
  untilUsed,
} from "../../support/controller/controller_objects.ts";
import { untilEvent } from "../../support/controller/controller_world.ts";
import {
  eth,
  interfacesPatch,
  makeVirtualMachine,
  specOf,
  untilMacs,
} from "../../support/controller/virtual_machines.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import type { ControllerCase } from "./controller_cases.ts";

const CONFIGS = VIRTUAL_MACHINE_NETWORK_CONFIGS;
const FINALIZER = "wrangler.cattle.io/vm-dhcp-vmnetcfg-controller";
const STATIC_IP = "static-ip.harvesterhci.io/eth0";

export const VM_CASES: readonly ControllerCase[] = [
  {
    need: "pools and names of networks",
    name: "makes the object of a VM, gives it addresses, and takes it away with the VM",
    async run(world) {
      const controller = await world.start();
      await makeReadyPool(world);
      const vm = await makeVirtualMachine(world, "vm-1", [eth(1), eth(0), {
        name: "default",
        networkName: undefined,
      }]);
      const config = await untilAddresses(world, "vm-1", "192.168.48.82 192.168.48.83");
      const { labels, ownerReferences, finalizers } = config.metadata;
      assert.deepEqual(labels, { "harvesterhci.io/vmName": "vm-1" });
      assert.deepEqual(ownerReferences, [{
        apiVersion: "kubevirt.io/v1",
        kind: "VirtualMachine",
        name: "vm-1",
        uid: vm.metadata.uid,
      }]);
      assert.deepEqual(finalizers, [FINALIZER]);
      assert.deepEqual(specOf(config), {
        vmName: "vm-1",
        networkConfigs: [0, 1].map((n) => ({
          networkName: `${world.namespace}/net-48`,
          macAddress: macOf(n),
        })),
      });
      await untilEvent(controller, "IPAllocated");
      const writes = controller.writes.filter((write) => write.endsWith(CONFIGS.plural));
      assert.deepEqual(writes, [`create ${CONFIGS.plural}`, `replace ${CONFIGS.plural}`]);
      await world.delete(VIRTUAL_MACHINES, "vm-1");
      await world.untilGone(CONFIGS, "vm-1");
      await untilUsed(world, 0);
    },
  },
  {
    need: "NICs that change",
    name: "follows interfaces of a VM that come, change and go",
    async run(world) {
      await world.start();
      await makePool(world);
      await makeVirtualMachine(world, "vm-1", [eth(0)]);
      await untilAddresses(world, "vm-1", "192.168.48.82");
      await world.patch(VIRTUAL_MACHINES, "vm-1", interfacesPatch([eth(0), eth(1)]));
      await untilAddresses(world, "vm-1", "192.168.48.82 192.168.48.83");
      await world.patch(VIRTUAL_MACHINES, "vm-1", interfacesPatch([eth(0, 1), eth(1, 0)]));
      await untilAddresses(world, "vm-1", "192.168.48.83 192.168.48.82");
      await world.patch(VIRTUAL_MACHINES, "vm-1", interfacesPatch([eth(1, 0)]));
      await untilAddresses(world, "vm-1", "192.168.48.82");
      await world.patch(VIRTUAL_MACHINES, "vm-1", interfacesPatch([]));
      await world.untilGone(CONFIGS, "vm-1");
      await untilUsed(world, 0);
    },
  },
  {
    need: "static address per NIC",
    name: "gives a VM the address of its annotation, lets it change, and keeps it without",
    async run(world) {
      const controller = await world.start();
      await makePool(world);
      await makeVirtualMachine(world, "vm-1", [eth(0)], { [STATIC_IP]: "192.168.48.85" });
      await untilAddresses(world, "vm-1", "192.168.48.85");
      const annotate = (value: string | null) =>
        world.patch(VIRTUAL_MACHINES, "vm-1", {
          metadata: { annotations: { [STATIC_IP]: value } },
        });
      await annotate("192.168.48.86");
      await untilAddresses(world, "vm-1", "192.168.48.86");
      await annotate("192.168.48");
      const note = await untilEvent(controller, "InvalidStaticIP");
      assert.equal(
        note.note,
        `annotation ${STATIC_IP} is "192.168.48"; it must be an IPv4 address such as 192.168.48.77`,
      );
      assert.equal(note.regarding.kind, "VirtualMachine");
      await annotate(null);
      const config = await world.until(CONFIGS, "vm-1", {
        what: "the wish to be gone",
        holds: ({ metadata }) => metadata.annotations === undefined,
      });
      assert.equal(specOf(config).networkConfigs[0]!.ipAddress, undefined);
      assert.equal(addressesOf(config), "192.168.48.86");
      await untilUsed(world, 1);
    },
  },
  {
    name: "gives a VM that asks for an address that is taken another one when it asks no more",
    async run(world) {
      await world.start();
      await makePool(world);
      await makeVirtualMachine(world, "vm-1", [eth(0, 1)]);
      await untilAddresses(world, "vm-1", "192.168.48.82");
      await makeVirtualMachine(world, "vm-2", [eth(0, 2)], { [STATIC_IP]: "192.168.48.82" });
      await untilAddresses(world, "vm-2", "-");
      await world.patch(VIRTUAL_MACHINES, "vm-2", {
        metadata: { annotations: { [STATIC_IP]: null } },
      });
      await untilAddresses(world, "vm-2", "192.168.48.83");
    },
  },
  {
    need: "the MAC of what runs",
    name: "learns the MAC address of a VM from what runs, and keeps the address while nothing does",
    async run(world) {
      const controller = await world.start();
      await makePool(world);
      await makeVirtualMachine(world, "vm-1", [{ name: "eth0" }]);
      await untilEvent(controller, "NoMACAddress");
      const instance = (mac: string) =>
        world.create(VIRTUAL_MACHINE_INSTANCES, {
          apiVersion: "kubevirt.io/v1",
          kind: VIRTUAL_MACHINE_INSTANCES.kind,
          metadata: { name: "vm-1" },
          spec: {},
          status: { interfaces: [{ name: "eth0", mac }, { mac: macOf(9) }] },
        });
      await instance(macOf(1));
      await untilAddresses(world, "vm-1", "192.168.48.82");
      await world.delete(VIRTUAL_MACHINE_INSTANCES, "vm-1");
      await makeVirtualMachine(world, "vm-2", [eth(0, 3)]);
      await untilAddresses(world, "vm-2", "192.168.48.83");
      assert.equal(addressesOf(await world.get(CONFIGS, "vm-1")), "192.168.48.82");
      await instance(macOf(2));
      await untilMacs(world, "vm-1", macOf(2));
      await untilUsed(world, 2);
    },
  },
  {
    need: "more NICs than an object lists",
    name: "serves four interfaces of a VM that has more, and says which it does not",
    async run(world) {
      const controller = await world.start();
      await makePool(world);
      await makeVirtualMachine(world, "vm-1", [5, 4, 3, 2, 1].map((n) => eth(n)));
      await untilMacs(world, "vm-1", [1, 2, 3, 4].map((n) => macOf(n)).join(" "));
      const { note } = await untilEvent(controller, "TooManyNICs");
      assert.match(note, /eth5/);
      await world.patch(VIRTUAL_MACHINES, "vm-1", {
        metadata: {
          annotations: { "network.harvesterhci.io/managed-dhcp-skip-nics": "eth2, eth3" },
        },
      });
      const config = await untilMacs(world, "vm-1", [1, 4, 5].map((n) => macOf(n)).join(" "));
      assert.equal(config.metadata.annotations, undefined);
      await untilUsed(world, 3);
    },
  },
  {
    name:
      "serves one of two VMs with one MAC address, tells the other whose it is, and serves it then",
    async run(world) {
      const controller = await world.start();
      await makePool(world);
      await makeVirtualMachine(world, "vm-1", [eth(0)]);
      await untilAddresses(world, "vm-1", "192.168.48.82");
      await makeVirtualMachine(world, "clone", [eth(0)]);
      await untilCondition(world, "clone", "Allocated False DuplicateMAC");
      const { note } = await untilEvent(controller, "DuplicateMAC");
      assert.match(note, /belongs to VirtualMachineNetworkConfig .*\/vm-1/);
      const told = await waitUntil(
        () =>
          controller.events.find(({ reason, regarding: { kind, metadata } }) =>
            reason === "DuplicateMAC" && kind === "VirtualMachine" && metadata.name === "clone"
          ),
        { what: "the VM to be told" },
      );
      assert.equal(told.note, note);
      await world.delete(VIRTUAL_MACHINES, "vm-1");
      await untilCondition(world, "clone", "Allocated True");
      await untilUsed(world, 1);
    },
  },
  {
    name: "keeps a condition on what of a VM it cannot follow, until it can",
    async run(world) {
      await world.start();
      await makePool(world);
      const annotations = { [STATIC_IP]: "10.0.0.300" };
      await makeVirtualMachine(world, "vm-1", [eth(0)], annotations);
      await untilCondition(world, "vm-1", "FollowsVM False InvalidStaticIP");
      await untilAddresses(world, "vm-1", "192.168.48.82");
      await world.patch(VIRTUAL_MACHINES, "vm-1", {
        metadata: { annotations: { [STATIC_IP]: "192.168.48.88" } },
      });
      await untilAddresses(world, "vm-1", "192.168.48.88");
      await world.until(CONFIGS, "vm-1", {
        what: "the condition to go",
        holds: (object) => conditionOf(object, "FollowsVM") === "",
      });
    },
  },
  {
    name: "lets a namespace go with its VMs",
    async run(world) {
      const controller = await world.start();
      await makePool(world);
      await makeVirtualMachine(world, "vm-1", [eth(0)]);
      await untilAddresses(world, "vm-1", "192.168.48.82");
      await world.client.delete(NAMESPACES, { namespace: "", name: world.namespace });
      await world.untilGone(CONFIGS, "vm-1");
      await world.untilGone(VIRTUAL_MACHINES, "vm-1");
      await controller.stop();
      // A write that is under way fails with the end of the run, which is no error.
      const failed = controller.log.lines.filter(({ level, msg }) =>
        level === "error" && msg === "reconcile failed"
      );
      assert.deepEqual(failed, []);
    },
  },
];
