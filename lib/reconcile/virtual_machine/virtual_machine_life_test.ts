import assert from "node:assert/strict";
import type { JsonObject } from "../../base/json.ts";
import type { KubeObject } from "../../api/meta.ts";
import { VirtualMachineSituation } from "../../../tests/support/controller/virtual_machine_situation.ts";
import { macOf } from "../../../tests/support/controller/controller_objects.ts";
import {
  eth,
  virtualMachine,
  type VmInterface,
} from "../../../tests/support/controller/virtual_machines.ts";
import { listedNicsOf } from "./listed_nics.ts";

function vmWith(
  interfaces: readonly VmInterface[],
  metadata: Partial<KubeObject["metadata"]> = {},
): KubeObject {
  return virtualMachine({ name: "vm-1", namespace: "default", uid: "vm", ...metadata }, interfaces);
}

/** A VM with these interfaces, settled. */
function settled(interfaces: readonly VmInterface[]): VirtualMachineSituation {
  const world = new VirtualMachineSituation();
  world.vm = vmWith(interfaces);
  world.settle();
  return world;
}

function patchVmnetcfg(
  world: VirtualMachineSituation,
  { metadata = {}, spec = {} }: { metadata?: JsonObject; spec?: JsonObject },
): void {
  const object = world.vmnetcfg!;
  world.vmnetcfg = {
    ...object,
    metadata: { ...object.metadata, ...metadata },
    spec: { ...object.spec as JsonObject, ...spec },
  };
}

function macsOf({ vmnetcfg }: VirtualMachineSituation): string {
  return listedNicsOf(vmnetcfg!).map(({ macAddress }) => macAddress.slice(-1)).join("");
}

Deno.test("planVirtualMachine() makes an object with its owner, its label and our finalizer", () => {
  const { vmnetcfg } = settled([eth(1)]);
  const { labels, ownerReferences, finalizers, namespace, annotations } = vmnetcfg!.metadata;
  assert.deepEqual({ labels, ownerReferences, finalizers, namespace, annotations }, {
    labels: { "harvesterhci.io/vmName": "vm-1" },
    ownerReferences: [
      { apiVersion: "kubevirt.io/v1", kind: "VirtualMachine", name: "vm-1", uid: "vm" },
    ],
    finalizers: ["wrangler.cattle.io/vm-dhcp-vmnetcfg-controller"],
    namespace: "default",
    annotations: undefined,
  });
});

for (
  const { name, length, label, vmName } of [
    { name: "a name that fits everywhere", length: 63, label: 63, vmName: 63 },
    { name: "a name that is no value of a label", length: 64, label: 0, vmName: 64 },
    { name: "a name that does not fit the field", length: 253, label: 0, vmName: 64 },
  ]
) {
  Deno.test(`planVirtualMachine() of ${name}`, () => {
    const world = new VirtualMachineSituation();
    world.vm = vmWith([eth(1)], { name: "n".repeat(length) });
    assert.deepEqual(world.settle(), []);
    const { metadata, spec } = world.vmnetcfg!;
    assert.equal(metadata.name.length, length);
    assert.equal(metadata.labels?.["harvesterhci.io/vmName"]?.length ?? 0, label);
    assert.equal((spec as { vmName: string }).vmName.length, vmName);
  });
}

Deno.test("planVirtualMachine() takes an object of the Go version over without a write", () => {
  const world = settled([eth(1), eth(2)]);
  patchVmnetcfg(world, {
    spec: {
      networkConfigs: [1, 2].map((n) => ({
        networkName: n === 1 ? "net-48" : "default/net-48",
        macAddress: macOf(n).toUpperCase(),
      })),
    },
  });
  assert.deepEqual(world.plan(), { notes: [] });
});

Deno.test("planVirtualMachine() sorts the list of the Go version, which is in any order, once", () => {
  const world = settled([eth(1), eth(2)]);
  const networkConfigs = listedNicsOf(world.vmnetcfg!).toReversed();
  patchVmnetcfg(world, { spec: { networkConfigs } });
  assert.equal(world.step(), true);
  assert.equal(macsOf(world), "12");
  assert.equal(world.step(), false);
});

Deno.test("planVirtualMachine() repairs what is its own and leaves the rest", () => {
  const world = settled([eth(1)]);
  const others = [{ apiVersion: "v1", kind: "ConfigMap", name: "any", uid: "any" }];
  const own = world.vmnetcfg!.metadata.ownerReferences!;
  patchVmnetcfg(world, {
    metadata: {
      labels: { team: "a" },
      annotations: { note: "b", "static-ip.harvesterhci.io/eth9": "10.0.0.1" },
      ownerReferences: [...others, ...own],
    },
    spec: {
      paused: true,
      networkConfigs: [
        {
          networkName: "net-48",
          macAddress: macOf(1),
          hostname: "web",
          ipAddress: "192.168.48.85",
        },
        { networkName: "net-48", macAddress: "none" },
      ],
    },
  });
  world.settle();
  const { metadata, spec } = world.vmnetcfg!;
  assert.deepEqual(metadata.labels, { team: "a", "harvesterhci.io/vmName": "vm-1" });
  assert.deepEqual(metadata.annotations, { note: "b" });
  assert.deepEqual(metadata.ownerReferences, [...others, ...own]);
  assert.deepEqual(spec, {
    vmName: "vm-1",
    paused: true,
    networkConfigs: [{
      networkName: "default/net-48",
      macAddress: macOf(1),
      hostname: "web",
      ipAddress: "192.168.48.85",
    }],
  });
});

Deno.test("planVirtualMachine() leaves one list of interfaces under one name", () => {
  const world = settled([eth(1), eth(2)]);
  const { networkConfigs, ...spec } = world.vmnetcfg!.spec as JsonObject;
  world.vmnetcfg = { ...world.vmnetcfg!, spec: { ...spec, networkConfig: networkConfigs } };
  assert.deepEqual(world.plan(), { notes: [] });
  world.vm = vmWith([eth(1)]);
  world.settle();
  assert.deepEqual(Object.keys(world.vmnetcfg!.spec as JsonObject), ["vmName", "networkConfigs"]);
});

Deno.test("planVirtualMachine() tells an address that a VM asks for from one that a person wrote", () => {
  const world = settled([eth(1), eth(2)]);
  const address = (n: number) => listedNicsOf(world.vmnetcfg!)[n]!.ipAddress;
  const annotations = { "static-ip.harvesterhci.io/eth1": "192.168.48.85" };
  const byHand = listedNicsOf(world.vmnetcfg!).map((nic, i) =>
    i === 1 ? { ...nic, ipAddress: "192.168.48.86" } : nic
  );
  patchVmnetcfg(world, { spec: { networkConfigs: byHand } });
  world.vm = vmWith([eth(1), eth(2)], { annotations });
  world.settle();
  assert.deepEqual([address(0), address(1)], ["192.168.48.85", "192.168.48.86"]);
  world.vm = vmWith([eth(1), eth(2)]);
  world.settle();
  assert.deepEqual([address(0), address(1)], [undefined, "192.168.48.86"]);
  assert.deepEqual(world.vmnetcfg!.metadata.annotations, {});
});

Deno.test("planVirtualMachine() lets what a person wrote follow an interface to its next MAC address", () => {
  const world = settled([eth(1), eth(2)]);
  const [first, second] = listedNicsOf(world.vmnetcfg!);
  patchVmnetcfg(world, { spec: { networkConfigs: [first, { ...second!, hostname: "web" }] } });
  world.vm = vmWith([eth(1), eth(2, 3)]);
  world.settle();
  assert.deepEqual(listedNicsOf(world.vmnetcfg!)[1], {
    ...second!,
    macAddress: macOf(3),
    hostname: "web",
  });
});

Deno.test("planVirtualMachine() keeps the items of interfaces whose MAC address is not known any more", () => {
  const world = settled([eth(1), eth(2), eth(3)]);
  world.vm = vmWith([{ name: "eth1" }, eth(2), { name: "eth3", macAddress: "bogus" }]);
  assert.deepEqual(world.settle().map(({ reason }) => reason), ["InvalidMACAddress"]);
  assert.equal(macsOf(world), "123");
  world.runningMacs = { eth1: macOf(4) };
  world.settle();
  assert.equal(macsOf(world), "423");
});

Deno.test("planVirtualMachine() keeps the item of an interface of unknown MAC address beside another of the same address", () => {
  const world = new VirtualMachineSituation({ eth1: macOf(2) });
  world.vm = vmWith([{ name: "eth1" }, eth(2)]);
  world.settle();
  assert.equal(macsOf(world), "22");
  const [first, second] = listedNicsOf(world.vmnetcfg!);
  const items = [first!, { ...second!, ipAddress: "192.168.48.85" }];
  patchVmnetcfg(world, { spec: { networkConfigs: items } });
  world.runningMacs = {};
  assert.deepEqual(world.plan(), { notes: [] });
  patchVmnetcfg(world, { spec: { networkConfigs: items.toReversed() } });
  assert.deepEqual(world.plan(), { notes: [] });
});

Deno.test("planVirtualMachine() keeps no item for an interface that was taken out", () => {
  const world = settled([eth(1), eth(2)]);
  world.vm = vmWith([{ name: "eth1" }, eth(2)], {
    annotations: { "network.harvesterhci.io/managed-dhcp-skip-nics": "eth2" },
  });
  world.settle();
  assert.equal(macsOf(world), "1");
});

Deno.test("planVirtualMachine() keeps four interfaces that are listed when one more comes before them", () => {
  const world = settled([2, 3, 4, 5].map((n) => eth(n)));
  world.vm = vmWith([1, 2, 3, 4, 5].map((n) => eth(n)));
  const [note] = world.settle();
  assert.equal(macsOf(world), "2345");
  assert.match(note!.note, /get no address: eth1; name those/);
  world.vm = vmWith([1, 2, 3, 5].map((n) => eth(n)));
  assert.deepEqual(world.settle(), []);
  assert.equal(macsOf(world), "1235");
});

for (
  const { name, interfaces, annotations } of [
    { name: "whose last interface went", interfaces: [], annotations: {} },
    {
      name: "that takes all interfaces out",
      interfaces: [eth(1)],
      annotations: { "network.harvesterhci.io/managed-dhcp-skip-nics": "eth1" },
    },
    { name: "with none on a VM network", interfaces: [{ name: "a", networkName: undefined }] },
  ]
) {
  Deno.test(`planVirtualMachine() deletes the object of a VM ${name}`, () => {
    const world = settled([eth(1)]);
    world.vm = vmWith(interfaces, annotations && { annotations });
    assert.deepEqual(world.plan(), { write: { kind: "delete" }, notes: [] });
  });
}

Deno.test("planVirtualMachine() leaves the object of a VM that cannot be read, and says why", () => {
  for (
    const spec of [{}, { template: null }, { template: { spec: [] } }, {
      template: { spec: { networks: "none" } },
    }]
  ) {
    const world = settled([eth(1)]);
    world.vm = { ...vmWith([]), spec };
    const { write, notes } = world.plan();
    assert.equal(write, undefined);
    assert.equal(notes[0]?.reason, "InvalidVirtualMachine");
    assert.match(
      notes[0]!.note,
      /^network interfaces cannot be read: spec\.template.*; addresses stay/,
    );
  }
});

Deno.test("planVirtualMachine() of a VM without domain or devices makes nothing", () => {
  for (const spec of [{}, { domain: {} }, { domain: { devices: null } }, { networks: null }]) {
    const world = new VirtualMachineSituation();
    world.vm = { ...vmWith([]), spec: { template: { spec } } };
    assert.deepEqual(world.plan(), { notes: [] });
  }
});

Deno.test("planVirtualMachine() deletes the object of a VM that is gone, or that another one follows", () => {
  const world = settled([eth(1)]);
  world.vm = undefined;
  const plan = { write: { kind: "delete", goneUid: "vm" }, notes: [] } as const;
  assert.deepEqual(world.plan(), plan);
  world.vm = vmWith([eth(1)], { uid: "next" });
  assert.deepEqual(world.plan(), plan);
  patchVmnetcfg(world, { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } });
  assert.deepEqual(world.plan(), { notes: [] }, "it is on its way out");
});

Deno.test("planVirtualMachine() touches nothing while the VM is being deleted: its guest may still run", () => {
  const world = settled([eth(1)]);
  world.vm = vmWith([], { deletionTimestamp: "2026-01-01T00:00:00Z" });
  assert.deepEqual(world.plan(), { notes: [] });
});
