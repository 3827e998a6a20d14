/** What `kubectl explain` and older tools expect of the definitions. */

import assert from "node:assert/strict";
import { parse } from "yaml";
import type { JsonObject } from "../../lib/api/meta.ts";
import { parseIPPool } from "../../lib/api/parse_ippool.ts";
import { parseVirtualMachineNetworkConfig } from "../../lib/api/parse_vmnetcfg.ts";
import { compileCrd, type CrdName, readCrd, schemaOf } from "../support/crds.ts";

const CRDS: readonly CrdName[] = ["ippool", "virtualmachinenetworkconfig"];

/** Paths of schema nodes without a description; `metadata` may have none (API server's rule). */
function undescribed(schema: JsonObject, path: string): string[] {
  const here = schema.description === undefined && path !== ".metadata" ? [path] : [];
  const properties = Object.entries((schema.properties ?? {}) as Record<string, JsonObject>);
  const nested = properties.flatMap(([key, child]) => undescribed(child, `${path}.${key}`));
  for (const key of ["items", "additionalProperties"]) {
    if (schema[key] !== undefined) {
      nested.push(...undescribed(schema[key] as JsonObject, `${path}[]`));
    }
  }
  return [...here, ...nested];
}

for (const name of CRDS) {
  Deno.test(`crds/${name}.yaml describes every field`, () => {
    assert.deepEqual(undescribed(schemaOf(readCrd(name)), ""), []);
  });
}

Deno.test("the definitions keep names and columns of the Go version", () => {
  const summary = CRDS.map((name) => {
    const spec = readCrd(name).spec as {
      names: JsonObject;
      versions: { name: string; additionalPrinterColumns: { name: string }[] }[];
    };
    return {
      ...spec.names,
      columns: spec.versions[0]!.additionalPrinterColumns.map((column) => column.name).join(" "),
    };
  });
  assert.deepEqual(summary, [
    {
      kind: "IPPool",
      listKind: "IPPoolList",
      plural: "ippools",
      singular: "ippool",
      shortNames: ["ippl", "ippls"],
      columns: "NETWORK AVAILABLE USED REGISTERED CACHEREADY AGENTREADY AGE",
    },
    {
      kind: "VirtualMachineNetworkConfig",
      listKind: "VirtualMachineNetworkConfigList",
      plural: "virtualmachinenetworkconfigs",
      singular: "virtualmachinenetworkconfig",
      shortNames: ["vmnetcfg", "vmnetcfgs"],
      columns: "VMNAME ALLOCATED DISABLED INSYNCED AGE",
    },
  ]);
});

for (const name of CRDS) {
  Deno.test(`examples/${name}.yaml is accepted by definition and parser`, () => {
    const url = new URL(`../../examples/${name}.yaml`, import.meta.url);
    const object = parse(Deno.readTextFileSync(url));
    const validate = compileCrd(name);
    assert.ok(validate(object), JSON.stringify(validate.errors));
    const parser = name === "ippool" ? parseIPPool : parseVirtualMachineNetworkConfig;
    assert.equal(parser(object).ok, true);
  });
}
