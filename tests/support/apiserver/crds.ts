/** The schemas of `crds/`, compiled as a JSON Schema validator understands them. */

import type { JsonObject } from "../../../lib/base/json.ts";
import Ajv, { type ValidateFunction } from "ajv";
import { parse } from "yaml";
import { parseIpv4Address } from "../../../lib/net/ipv4_address.ts";

export type CrdName = "ippool" | "virtualmachinenetworkconfig";

/** Reads a definition. */
export function readCrd(name: CrdName): JsonObject {
  return parse(Deno.readTextFileSync(new URL(`../../../crds/${name}.yaml`, import.meta.url)));
}

/** Reads the definitions of all kinds of a controller that the embedded API server does not have. */
export function readControllerCrds(): readonly JsonObject[] {
  const paths = [
    "crds/ippool",
    "crds/virtualmachinenetworkconfig",
    "cmd/compose/standalone/virtual_machines",
    "tests/testdata/crds/virtual_machine_instance",
  ];
  return paths.map((path) =>
    parse(Deno.readTextFileSync(new URL(`../../../${path}.yaml`, import.meta.url)))
  );
}

/** The schema of the one version of a definition. */
export function schemaOf(crd: JsonObject): JsonObject {
  const spec = crd.spec as { versions: { schema: { openAPIV3Schema: JsonObject } }[] };
  return spec.versions[0]!.schema.openAPIV3Schema;
}

/** Compiles the schema of a definition, without its CEL rules. */
export function compileCrd(name: CrdName): ValidateFunction {
  const ajv = new Ajv.Ajv({
    allErrors: true,
    strict: false,
    formats: {
      ipv4: (text: string) => parseIpv4Address(text) !== undefined,
      "date-time": (text: string) => !Number.isNaN(Date.parse(text)),
      int32: true,
      int64: true,
    },
  });
  return ajv.compile(schemaOf(readCrd(name)));
}

/** A field in the schema of a definition. */
export interface SchemaField {
  readonly name: string;
  /** From the object on that was asked for. */
  readonly path: string;
}

/** The fields of `spec.ipv4Config`, those of objects and lists in it included. */
export function ipv4ConfigFields(): readonly SchemaField[] {
  let schema = schemaOf(readCrd("ippool"));
  for (const key of ["spec", "ipv4Config"]) {
    schema = (schema.properties as Record<string, JsonObject>)[key]!;
  }
  return fieldsOf(schema, "");
}

function fieldsOf(schema: JsonObject, prefix: string): readonly SchemaField[] {
  const { properties = {} } = (schema.items ?? schema) as {
    properties?: Record<string, JsonObject>;
  };
  return Object.entries(properties).flatMap(([name, field]) => [
    { name, path: `${prefix}${name}` },
    ...fieldsOf(field, `${prefix}${name}.`),
  ]);
}
