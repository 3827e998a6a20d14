/** What `kubectl explain` and older tools expect of the definitions. */

import type { JsonObject } from "../../../lib/base/json.ts";
import assert from "node:assert/strict";
import project from "../../../deno.json" with { type: "json" };
import { parse } from "yaml";
import { judgeAlone } from "../../support/apiserver/object_rules.ts";
import type { KubeObject } from "../../../lib/api/meta.ts";
import { IPPOOLS, VIRTUAL_MACHINE_NETWORK_CONFIGS } from "../../../lib/api/resources.ts";
import { compileCrd, type CrdName, readCrd, schemaOf } from "../../support/apiserver/crds.ts";

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

Deno.test("the definitions name the version of the project, by which a controller knows a later one", () => {
  for (const name of CRDS) {
    const { annotations } = readCrd(name).metadata as { annotations: Record<string, string> };
    assert.equal(annotations["network.harvesterhci.io/vm-dhcp-version"], project.version);
  }
});

Deno.test("the definitions keep names and columns of the Go version", () => {
  const summary = CRDS.map((name) => {
    const spec = readCrd(name).spec as {
      names: JsonObject;
      versions: { additionalPrinterColumns: { name: string; priority?: number }[] }[];
    };
    const columns = spec.versions[0]!.additionalPrinterColumns;
    const names = (priority: number) =>
      columns.filter((column) => (column.priority ?? 0) === priority).map(({ name }) => name);
    return { ...spec.names, columns: names(0).join(" "), wide: names(1).join(" ") };
  });
  assert.deepEqual(summary, [
    {
      kind: "IPPool",
      listKind: "IPPoolList",
      plural: "ippools",
      singular: "ippool",
      shortNames: ["ippl", "ippls"],
      columns: "NETWORK AVAILABLE USED REGISTERED CACHEREADY AGENTREADY AGE",
      wide: "START END SERVERIP TOTAL EXCLUDED RESERVED READY LASTCHANGE",
    },
    {
      kind: "VirtualMachineNetworkConfig",
      listKind: "VirtualMachineNetworkConfigList",
      plural: "virtualmachinenetworkconfigs",
      singular: "virtualmachinenetworkconfig",
      shortNames: ["vmnetcfg", "vmnetcfgs"],
      columns: "VMNAME IP STATE REASON ALLOCATED DISABLED INSYNCED AGE",
      wide: "MAC NETWORK READY",
    },
  ]);
});

const EXAMPLES: readonly { file: string; crd: CrdName }[] = [
  { file: "ippool.yaml", crd: "ippool" },
  { file: "ippool-options.yaml", crd: "ippool" },
  { file: "boot-ipxe.yaml", crd: "ippool" },
  { file: "boot-http-arm64.yaml", crd: "ippool" },
  { file: "boot-u-boot.yaml", crd: "ippool" },
  { file: "boot-switches.yaml", crd: "ippool" },
  { file: "virtualmachinenetworkconfig.yaml", crd: "virtualmachinenetworkconfig" },
];

for (const { file, crd } of EXAMPLES) {
  Deno.test(`examples/${file} is accepted by definition and admission`, () => {
    const object = readExample(file);
    const validate = compileCrd(crd);
    assert.ok(validate(object), JSON.stringify(validate.errors));
    const type = crd === "ippool" ? IPPOOLS : VIRTUAL_MACHINE_NETWORK_CONFIGS;
    const verdict = judgeAlone({ type, operation: "CREATE", object });
    assert.deepEqual(verdict, { errors: [], warnings: [] });
  });
}

Deno.test("examples/ippool-options.yaml shows every field of spec.ipv4Config", () => {
  const { spec } = readExample("ippool-options.yaml") as unknown as {
    spec: { ipv4Config: JsonObject };
  };
  const { spec: fields } = schemaOf(readCrd("ippool")).properties as {
    spec: { properties: { ipv4Config: { properties: JsonObject } } };
  };
  assert.deepEqual(
    Object.keys(spec.ipv4Config).sort(),
    Object.keys(fields.properties.ipv4Config.properties).sort(),
  );
});

function readExample(file: string): KubeObject {
  return parse(Deno.readTextFileSync(new URL(`../../../examples/${file}`, import.meta.url)));
}
