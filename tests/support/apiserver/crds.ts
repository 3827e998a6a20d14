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
      int64: true,
    },
  });
  return ajv.compile(schemaOf(readCrd(name)));
}
