import assert from "node:assert/strict";
import fc from "fast-check";
import { ippoolSample, vmnetcfgSample } from "../../tests/support/apiserver/samples.ts";
import { parseNetworkAttachmentDefinition } from "./network_attachment_definition.ts";
import { parseIPPool } from "./ippool/parse_ippool.ts";
import { parseVirtualMachineNetworkConfig } from "./vmnetcfg/parse_vmnetcfg.ts";

const PARSERS = {
  parseIPPool,
  parseVirtualMachineNetworkConfig,
  parseNetworkAttachmentDefinition,
};

for (const [name, parse] of Object.entries(PARSERS)) {
  Deno.test(`${name}() gives errors and never throws, whatever the JSON`, () => {
    fc.assert(
      fc.property(fc.jsonValue(), (raw) => {
        const parsed = parse(raw);
        assert.equal(parsed.ok, false);
      }),
      { numRuns: 300 },
    );
  });
}

/** Replaces one value somewhere in a JSON tree. */
function mutate(tree: unknown, path: readonly number[], value: unknown): unknown {
  if (typeof tree !== "object" || tree === null || path.length === 0) return value;
  const keys = Object.keys(tree);
  const key = keys[path[0]! % Math.max(keys.length, 1)];
  if (key === undefined) return value;
  const copy = (Array.isArray(tree) ? [...tree] : { ...tree }) as Record<string, unknown>;
  copy[key] = mutate(copy[key], path.slice(1), value);
  return copy;
}

Deno.test("the parsers never throw on an object with one value replaced", () => {
  const path = fc.array(fc.nat(12), { maxLength: 6 });
  fc.assert(
    fc.property(path, fc.jsonValue(), (path, value) => {
      parseIPPool(mutate(ippoolSample(), path, value));
      parseVirtualMachineNetworkConfig(mutate(vmnetcfgSample(), path, value));
    }),
    { numRuns: 1000 },
  );
});

Deno.test("parseVirtualMachineNetworkConfig() gives both spellings in one normal form", () => {
  const nic = {
    macAddress: "FA-CF-8E-50-82-FC",
    networkName: "net-48",
    ipAddress: "192.168.48.85",
  };
  for (const key of ["networkConfig", "networkConfigs"]) {
    const parsed = parseVirtualMachineNetworkConfig({
      ...vmnetcfgSample({ metadata: { namespace: "lab" } }),
      spec: { vmName: "test-vm", [key]: [nic] },
    });
    assert.deepEqual(parsed.ok && parsed.value.spec.networkConfigs, [
      {
        macAddress: "fa:cf:8e:50:82:fc",
        macText: "FA-CF-8E-50-82-FC",
        networkName: "lab/net-48",
        ipAddress: "192.168.48.85",
      },
    ]);
  }
});

Deno.test("parseIPPool() takes a null in metadata for an absent field", () => {
  const parsed = parseIPPool(ippoolSample({ metadata: { creationTimestamp: null } }));
  assert.ok(parsed.ok);
  assert.equal("creationTimestamp" in parsed.value.metadata, false);
});

Deno.test("parseIPPool() refuses an object of another kind", () => {
  const parsed = parseIPPool({ ...ippoolSample(), kind: "Pod", apiVersion: "v1" });
  assert.deepEqual(!parsed.ok && parsed.errors.map((error) => error.field), ["apiVersion", "kind"]);
});

Deno.test("parseNetworkAttachmentDefinition() reads names, labels and annotations", () => {
  const parsed = parseNetworkAttachmentDefinition({
    apiVersion: "k8s.cni.cncf.io/v1",
    kind: "NetworkAttachmentDefinition",
    metadata: { name: "net-48", namespace: "default", labels: { a: "b" } },
    spec: { config: "{}" },
  });
  assert.deepEqual(parsed.ok && parsed.value.metadata, {
    name: "net-48",
    namespace: "default",
    labels: { a: "b" },
  });
});
