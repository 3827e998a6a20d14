import assert from "node:assert/strict";
import { virtualMachine } from "../../../tests/support/controller/virtual_machines.ts";
import type { KubeObject } from "../meta.ts";
import { extractVirtualMachine, parseVirtualMachine } from "./virtual_machine.ts";
import {
  extractVirtualMachineInstance,
  parseVirtualMachineInstance,
} from "./virtual_machine_instance.ts";

const METADATA = {
  name: "vm-1",
  namespace: "default",
  uid: "1",
  resourceVersion: "2",
  annotations: {
    "static-ip.harvesterhci.io/eth0": "192.168.48.85",
    "harvesterhci.io/volumeClaimTemplates": "x".repeat(10_000),
  },
  labels: { a: "b" },
};

const VM = virtualMachine(METADATA, [
  { name: "eth0", macAddress: "52:54:00:00:00:00" },
  { name: "default", networkName: undefined },
]);

const INSTANCE: KubeObject = {
  apiVersion: "kubevirt.io/v1",
  kind: "VirtualMachineInstance",
  metadata: METADATA,
  spec: {
    domain: {
      cpu: { cores: 2 },
      devices: {
        interfaces: ["eth0", "eth1"].map((name) => ({ name, macAddress: "52:54:00:00:00:0a" })),
      },
    },
  },
  status: {
    phase: "Running",
    interfaces: [
      { name: "eth0", mac: "52:54:00:00:00:00", ipAddresses: ["10.0.0.1"] },
      { mac: "52:54:00:00:00:0b" },
      { name: "eth2", mac: "" },
    ],
  },
};

Deno.test("parseVirtualMachine() reads interfaces and the networks that they are on", () => {
  const parsed = parseVirtualMachine(VM);
  assert.ok(parsed.ok);
  assert.deepEqual(parsed.value.nics, [
    { name: "eth0", networkName: "net-48", macAddress: "52:54:00:00:00:00" },
    { name: "default" },
  ]);
});

Deno.test("parseVirtualMachineInstance() takes a MAC address from the status before the specification", () => {
  const parsed = parseVirtualMachineInstance(INSTANCE);
  assert.ok(parsed.ok);
  assert.deepEqual(parsed.value.macs, { eth0: "52:54:00:00:00:00", eth1: "52:54:00:00:00:0a" });
});

for (
  const { kind, object, extract, parse } of [
    { kind: "VM", object: VM, extract: extractVirtualMachine, parse: parseVirtualMachine },
    {
      kind: "running VM",
      object: INSTANCE,
      extract: extractVirtualMachineInstance,
      parse: parseVirtualMachineInstance,
    },
  ] as const
) {
  Deno.test(`an extract of a ${kind} says what the whole object does, in little room`, () => {
    const small = extract(object);
    assert.deepEqual(parse(small), parse(object));
    assert.deepEqual(extract(small), small);
    const { name, namespace, uid, resourceVersion } = METADATA;
    assert.deepEqual({ ...small.metadata, annotations: undefined }, {
      name,
      namespace,
      uid,
      resourceVersion,
      annotations: undefined,
    });
    assert.ok(JSON.stringify(small).length < 700);
  });

  Deno.test(`a ${kind} of any shape is read or refused, and so is its extract`, () => {
    const values = [null, 1, "text", true, [], [null], {}, { name: 1 }];
    const paths = ["metadata", "spec", "status", "spec.template", "spec.template.spec"];
    const more = ["domain", "networks", "domain.devices", "domain.devices.interfaces"]
      .flatMap((path) => [`spec.${path}`, `spec.template.spec.${path}`]);
    for (const path of [...paths, "status.interfaces", ...more, "metadata.annotations"]) {
      for (const value of values) {
        const broken = structuredClone(object) as Record<string, unknown>;
        const keys = path.split(".");
        const last = keys.pop()!;
        let parent = broken;
        for (const key of keys) parent = (parent[key] ??= {}) as Record<string, unknown>;
        parent[last] = value;
        const whole = parse(broken);
        if (path === "metadata") assert.equal(whole.ok, false);
        else assert.deepEqual(parse(extract(broken as unknown as KubeObject)), whole, path);
      }
    }
    for (const value of values) assert.equal(parse(value).ok, false);
  });
}
