/** The definition of IPPool and its parser must agree on the options for clients. */

import type { JsonObject } from "../../../lib/base/json.ts";
import assert from "node:assert/strict";
import { ARCHITECTURE_NAMES, IPXE_FEATURE_NAMES } from "../../../lib/api/ippool/boot_names.ts";
import { customOptionRefusal } from "../../../lib/dhcpv4/options/custom_options.ts";
import { readCrd, schemaOf } from "../../support/apiserver/crds.ts";
import { testSamples } from "../samples/crd_sample.ts";
import { OPTION_SAMPLES } from "../samples/option_samples.ts";

testSamples("ippool", OPTION_SAMPLES);

Deno.test("ippool.yaml knows the same names of architectures and of iPXE's features", () => {
  let schema = schemaOf(readCrd("ippool"));
  for (const key of ["spec", "ipv4Config", "boot", "files"]) {
    schema = (schema.properties as Record<string, JsonObject>)[key]!;
  }
  const { properties } = schema.items as { properties: Record<string, { items: JsonObject }> };
  assert.equal(properties.architectures?.items.pattern, `^(${ARCHITECTURE_NAMES.join("|")})$`);
  assert.deepEqual(properties.ipxeFeatures?.items.enum, IPXE_FEATURE_NAMES);
});

Deno.test("ippool.yaml refuses the same option codes as the engine", () => {
  let schema = schemaOf(readCrd("ippool"));
  for (const key of ["spec", "ipv4Config", "options"]) {
    schema = (schema.properties as Record<string, JsonObject>)[key]!;
  }
  const { properties } = schema.items as { properties: Record<string, JsonObject> };
  const [validation] = properties.code!["x-kubernetes-validations"] as { rule: string }[];
  const list = /^!\(self in \[([\d, ]+)\]\)$/.exec(validation!.rule)?.[1];
  const codes = Array.from({ length: 254 }, (_, i) => i + 1);
  assert.deepEqual(
    list?.split(", ").map(Number),
    codes.filter((code) => customOptionRefusal(code, 1) !== undefined),
  );
});
