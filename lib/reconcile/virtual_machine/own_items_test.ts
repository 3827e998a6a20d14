import assert from "node:assert/strict";
import { VirtualMachineSituation } from "../../../tests/support/controller/virtual_machine_situation.ts";
import { macOf } from "../../../tests/support/controller/controller_objects.ts";
import {
  eth,
  virtualMachine,
  type VmInterface,
} from "../../../tests/support/controller/virtual_machines.ts";
import type { KubeObject } from "../../api/meta.ts";
import { listedNicsOf } from "./listed_nics.ts";

function vmWith(interfaces: readonly VmInterface[]): KubeObject {
  return virtualMachine({ name: "vm-1", namespace: "default", uid: "vm" }, interfaces);
}

/** Settles, and requests another address in each item of the list. @returns The list then. */
function requestAddresses(world: VirtualMachineSituation): unknown {
  world.settle();
  const items = listedNicsOf(world.vmnetcfg!)
    .map((item, i) => ({ ...item, ipAddress: `192.168.48.${90 + i}` }));
  world.vmnetcfg = { ...world.vmnetcfg!, spec: { vmName: "vm-1", networkConfigs: items } };
  return items;
}

const CASES: readonly {
  readonly name: string;
  readonly interfaces: readonly VmInterface[];
  readonly runningMacs?: Readonly<Record<string, string>>;
}[] = [
  {
    name: "after one of unknown MAC address on the network",
    interfaces: [{ name: "eth1" }, eth(2), eth(3, 2)],
  },
  {
    name: "after one of unknown MAC address on another network",
    interfaces: [{ name: "eth1", networkName: "default/other" }, eth(2), eth(3, 2)],
  },
  {
    name: "around one of unknown MAC address",
    interfaces: [eth(1, 2), { name: "eth2" }, eth(3, 2), eth(4, 2)],
  },
  {
    name: "one of which has no MAC address any more",
    interfaces: [{ name: "eth1" }, { name: "eth2" }, eth(3, 2), eth(4, 2)],
    runningMacs: { eth2: macOf(2) },
  },
  {
    name: "on two networks by turns",
    interfaces: [1, 2, 3, 4].map((n) => ({
      ...eth(n, 2),
      networkName: n % 2 === 0 ? "default/net-48" : "default/other",
    })),
  },
];

for (const { name, interfaces, runningMacs = {} } of CASES) {
  Deno.test(`planVirtualMachine() leaves the items of interfaces with one MAC address in their places, ${name}`, () => {
    const world = new VirtualMachineSituation(runningMacs);
    world.vm = vmWith(interfaces);
    const items = requestAddresses(world);
    world.runningMacs = {};
    world.settle();
    assert.deepEqual(listedNicsOf(world.vmnetcfg!), items);
    assert.equal(world.plan().write, undefined);
  });
}

Deno.test("planVirtualMachine() leaves the items of interfaces with one MAC address in their places when one more than fits comes before them", () => {
  const world = new VirtualMachineSituation();
  const interfaces = [eth(2), eth(3, 2), eth(4), eth(5, 4)];
  world.vm = vmWith(interfaces);
  const items = requestAddresses(world);
  world.vm = vmWith([eth(1), ...interfaces]);
  world.settle();
  assert.deepEqual(listedNicsOf(world.vmnetcfg!), items);
});

Deno.test("planVirtualMachine() puts a list in order in which interfaces with one MAC address stand in any", () => {
  const world = new VirtualMachineSituation();
  world.vm = vmWith([eth(1), eth(2), eth(3, 2)]);
  requestAddresses(world);
  const [first, ...others] = listedNicsOf(world.vmnetcfg!);
  world.vmnetcfg = {
    ...world.vmnetcfg!,
    spec: { vmName: "vm-1", networkConfigs: [...others, first] },
  };
  world.settle();
  assert.deepEqual(listedNicsOf(world.vmnetcfg!), [first, ...others]);
});
