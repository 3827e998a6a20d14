import assert from "node:assert/strict";
import type { JsonObject } from "../../base/json.ts";
import type { KubeObject } from "../../api/meta.ts";
import { VirtualMachineSituation } from "../../../tests/support/controller/virtual_machine_situation.ts";
import { macOf } from "../../../tests/support/controller/controller_objects.ts";
import { vmnetcfgSample } from "../../../tests/support/apiserver/samples.ts";
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

const HAND_MADE = vmnetcfgSample({
  metadata: { name: "vm-1", labels: { "harvesterhci.io/vmName": "vm-1" } },
  spec: { vmName: "vm-1", networkConfigs: [{ networkName: "net-48", macAddress: macOf(1) }] },
});

Deno.test("planVirtualMachine() leaves an object alone that no VM owns", () => {
  const world = new VirtualMachineSituation();
  world.vmnetcfg = HAND_MADE;
  assert.deepEqual(world.plan(), { notes: [] }, "without a VM of its name");
  world.vm = vmWith([eth(2)]);
  const reasons = () => world.settle().map(({ reason }) => reason);
  assert.deepEqual(reasons(), ["NetworkConfigNotOwned"], "of another interface");
  world.vm = vmWith([eth(1)]);
  world.vmnetcfg = { ...HAND_MADE, metadata: { ...HAND_MADE.metadata, labels: {} } };
  assert.deepEqual(reasons(), ["NetworkConfigNotOwned"], "without the VM's label");
  world.vm = vmWith([]);
  assert.deepEqual(reasons(), ["NetworkConfigNotOwned"], "of a VM without interfaces");
  assert.equal(world.vmnetcfg.metadata.ownerReferences, undefined);
});

for (const length of [63, 64, 253]) {
  Deno.test(`planVirtualMachine() puts a reference right that was removed, of a VM with a name of ${length} characters`, () => {
    const world = new VirtualMachineSituation();
    world.vm = vmWith([eth(1)], { name: "n".repeat(length) });
    world.settle();
    const made = world.vmnetcfg;
    patchVmnetcfg(world, { metadata: { ownerReferences: [] } });
    assert.deepEqual(world.settle(), []);
    assert.deepEqual(world.vmnetcfg, made);
    patchVmnetcfg(world, { metadata: { ownerReferences: [] } });
    world.vm = vmWith([eth(2)], { name: "n".repeat(length) });
    const [note] = world.settle();
    assert.match(note!.note, length > 63 ? /or give it no other network/ : /or give it label /);
  });
}

Deno.test("planVirtualMachine() takes over an object that loses nothing by it", () => {
  const world = new VirtualMachineSituation();
  world.vmnetcfg = HAND_MADE;
  world.vm = vmWith([eth(0), eth(1)]);
  assert.deepEqual(world.settle(), []);
  assert.equal(world.vmnetcfg.metadata.ownerReferences?.[0]?.uid, "vm");
  assert.equal(macsOf(world), "01");
});
