/** How a controller reads VMs as they are found: odd, half written, and touched all the time. */

import assert from "node:assert/strict";
import type { JsonObject } from "../../../lib/base/json.ts";
import { VIRTUAL_MACHINE_NETWORK_CONFIGS, VIRTUAL_MACHINES } from "../../../lib/api/resources.ts";
import { isStatus } from "../../../lib/kube/contract.ts";
import {
  macOf,
  makePool,
  makeReadyPool,
  untilAddresses,
  untilCondition,
  untilUsed,
} from "../../support/controller/controller_objects.ts";
import { type ControllerWorld, untilEvent } from "../../support/controller/controller_world.ts";
import {
  eth,
  makeVirtualMachine,
  specOf,
  untilMacs,
  virtualMachine,
} from "../../support/controller/virtual_machines.ts";
import type { ControllerCase } from "./controller_cases.ts";

const CONFIGS = VIRTUAL_MACHINE_NETWORK_CONFIGS;
const MACS = "harvesterhci.io/mac-address";

/** Annotations that cannot be followed, the reason, and what the Event quotes. */
const BAD_ANNOTATIONS: readonly (readonly [key: string, value: string, reason: string])[] = [
  [MACS, "{not json", "InvalidMACAddress"],
  [MACS, '["52:54:00:00:00:01"]', "InvalidMACAddress"],
  [MACS, '{"eth1":"52:54:00"}', "InvalidMACAddress"],
  [MACS, '{"eth1":"ff:ff:ff:ff:ff:ff"}', "InvalidMACAddress"],
  ["static-ip.harvesterhci.io/eth0", "192.168.48.300", "InvalidStaticIP"],
  ["static-ip.harvesterhci.io/eth9", "192.168.48.85", "InvalidStaticIP"],
  ["network.harvesterhci.io/managed-dhcp-skip-nics", '{"eth1":true}', "InvalidSkipNICs"],
  ["network.harvesterhci.io/managed-dhcp-skip-nics", "[eth1", "InvalidSkipNICs"],
];

async function quoteBadAnnotations(world: ControllerWorld): Promise<void> {
  const controller = await world.start();
  await makePool(world);
  await makeVirtualMachine(world, "vm-1", [eth(0, 1), { name: "eth1" }]);
  await untilAddresses(world, "vm-1", "192.168.48.82");
  for (const [key, value, reason] of BAD_ANNOTATIONS) {
    await world.patch(VIRTUAL_MACHINES, "vm-1", { metadata: { annotations: { [key]: value } } });
    const quote = value.startsWith('{"eth1":"') ? JSON.parse(value).eth1 : value;
    const event = await untilEvent(controller, reason, JSON.stringify(quote));
    assert.equal(event.regarding.kind, "VirtualMachine");
    assert.equal(event.type, "Warning");
    await world.patch(VIRTUAL_MACHINES, "vm-1", { metadata: { annotations: { [key]: null } } });
  }
  await untilAddresses(world, "vm-1", "192.168.48.82");
  await untilUsed(world, 1);
}

/** Parts of a VM's specification that say nothing of its network interfaces. */
const EMPTY_SPECS: readonly JsonObject[] = [
  {},
  { template: {} },
  { template: { spec: {} } },
  { template: { spec: { domain: {} } } },
  { template: { spec: { domain: { devices: {} }, networks: [] } } },
  { template: { spec: { domain: { devices: { interfaces: [{ name: "eth0" }] } } } } },
  { template: { spec: { networks: [{ name: "eth0", multus: { networkName: "net-48" } }] } } },
];

async function surviveEmptyVms(world: ControllerWorld): Promise<void> {
  const { log } = await world.start();
  await makePool(world);
  for (const [i, spec] of EMPTY_SPECS.entries()) {
    const vm = { ...virtualMachine({ name: `empty-${i}` }, []), spec };
    try {
      await world.create(VIRTUAL_MACHINES, vm);
    } catch (error) {
      if (!isStatus(error, 422)) throw error; // The definition demands more.
    }
  }
  await makeVirtualMachine(world, "vm-1", [eth(0, 1)]);
  await untilAddresses(world, "vm-1", "192.168.48.82");
  const { items } = await world.client.list(CONFIGS, { namespace: world.namespace });
  assert.deepEqual(items.map(({ metadata }) => metadata.name), ["vm-1"]);
  assert.deepEqual(log.lines.filter(({ level }) => level === "error"), []);
}

export const VM_READING_CASES: readonly ControllerCase[] = [
  {
    need: "MACs as they are written",
    name: "takes MACs as they are written, from the VM before its annotation",
    async run(world) {
      await world.start();
      await makePool(world);
      const [upper, dashed] = [macOf(0xa1).toUpperCase(), macOf(0xa2).replaceAll(":", "-")];
      const interfaces = [
        { name: "eth0", macAddress: upper },
        { name: "eth1", macAddress: dashed },
        { name: "eth2" },
        { name: "eth3", macAddress: "" },
      ];
      await makeVirtualMachine(world, "vm-1", interfaces, {
        [MACS]: JSON.stringify({
          eth0: macOf(9),
          eth1: "",
          eth2: macOf(0xa3).toUpperCase(),
          eth3: macOf(0xa4),
          eth4: macOf(0xa5),
        }),
      });
      const macs = [upper, dashed, macOf(0xa3).toUpperCase(), macOf(0xa4)];
      await untilMacs(world, "vm-1", macs.join(" "));
      await untilAddresses(
        world,
        "vm-1",
        "192.168.48.82 192.168.48.83 192.168.48.84 192.168.48.85",
      );
    },
  },
  {
    need: "bad annotations",
    name: "quotes an annotation that it cannot follow in an Event on the VM, and goes on",
    run: quoteBadAnnotations,
  },
  {
    need: "VMs without a template",
    name: "takes no harm from VMs that say nothing of their network interfaces",
    run: surviveEmptyVms,
  },
  {
    need: "no writes without a change",
    name: "writes nothing while others touch a VM whose network interfaces stay",
    async run(world) {
      const { writes } = await world.start();
      await makeReadyPool(world);
      await makeVirtualMachine(world, "vm-1", [3, 1, 2].map((n) => eth(n)));
      await untilAddresses(world, "vm-1", "192.168.48.82 192.168.48.83 192.168.48.84");
      await untilCondition(world, "vm-1", "Allocated True");
      const before = writes.length;
      for (let time = 1; time <= 100; time++) {
        await world.patch(VIRTUAL_MACHINES, "vm-1", {
          metadata: { annotations: { "example.com/touched": String(time) } },
        });
      }
      await makeVirtualMachine(world, "vm-2", [eth(0, 9)]);
      await untilCondition(world, "vm-2", "Allocated True");
      assert.deepEqual(writes.slice(before).sort(), [
        `create ${CONFIGS.plural}`,
        "replace ippools",
        `replace ${CONFIGS.plural}`,
      ]);
    },
  },
  {
    need: "networks without a namespace",
    name: "takes the network of a VM without a namespace for one of the VM's own",
    async run(world) {
      const controller = await world.start();
      await makePool(world);
      await makeVirtualMachine(world, "vm-1", [
        { name: "eth0", macAddress: macOf(1) },
        { name: "eth1", macAddress: macOf(2), networkName: `${world.namespace}/net-48` },
        { name: "eth2", macAddress: macOf(3), networkName: "a/b/c" },
        { name: "eth3", macAddress: macOf(4), networkName: "elsewhere/net-48" },
        { name: "pods", networkName: undefined },
      ]);
      const vm = await untilAddresses(world, "vm-1", "192.168.48.82 192.168.48.83 -");
      assert.deepEqual(specOf(vm).networkConfigs.map(({ networkName }) => networkName), [
        `${world.namespace}/net-48`,
        `${world.namespace}/net-48`,
        "elsewhere/net-48",
      ]);
      await untilEvent(controller, "InvalidNetworkName", '"a/b/c"');
    },
  },
  {
    need: "long names",
    name: "serves VMs whose names are as long as names may be",
    async run(world) {
      await world.start();
      await makePool(world);
      for (const [i, length] of [63, 64, 65, 253].entries()) {
        const name = `vm${"-long".repeat(60)}`.slice(0, length - 1) + "x";
        await makeVirtualMachine(world, name, [eth(0, 10 + i)]);
        await untilAddresses(world, name, `192.168.48.8${2 + i}`);
        await untilCondition(world, name, "Allocated True");
      }
    },
  },
  {
    need: "clones of VMs",
    name: "tells the owner of a clone whose MAC it has, and serves it when that VM is gone",
    async run(world) {
      const controller = await world.start();
      await makePool(world);
      await makeVirtualMachine(world, "vm-1", [eth(0, 1)]);
      await untilAddresses(world, "vm-1", "192.168.48.82");
      await makeVirtualMachine(world, "clone", [eth(0, 1)]);
      await untilCondition(world, "clone", "Allocated False DuplicateMAC");
      await untilEvent(controller, "DuplicateMAC", `${world.namespace}/vm-1`);
      await untilUsed(world, 1);
      await world.delete(VIRTUAL_MACHINES, "vm-1");
      await untilAddresses(world, "clone", "192.168.48.82");
      await untilUsed(world, 1);
    },
  },
];
