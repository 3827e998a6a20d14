import assert from "node:assert/strict";
import { vmnetcfgSample } from "../../../tests/support/apiserver/samples.ts";
import { ownerVmOf } from "./owner_vm.ts";

const VM = { apiVersion: "kubevirt.io/v1", kind: "VirtualMachine", name: "test-vm", uid: "1" };

Deno.test("ownerVmOf() names the VM among the owners of an object, in its namespace", () => {
  const others = [
    { apiVersion: "example.com/v1", kind: "VirtualMachine", name: "other", uid: "2" },
    { apiVersion: "kubevirt.io/v1", kind: "VirtualMachinePool", name: "other", uid: "3" },
  ];
  const metadata = { ownerReferences: [...others, VM] };
  assert.deepEqual(ownerVmOf(vmnetcfgSample({ metadata })), {
    apiVersion: "kubevirt.io/v1",
    kind: "VirtualMachine",
    metadata: { name: "test-vm", uid: "1", namespace: "default" },
  });
  assert.equal(ownerVmOf(vmnetcfgSample({ metadata: { ownerReferences: others } })), undefined);
  assert.equal(ownerVmOf(vmnetcfgSample()), undefined);
});
