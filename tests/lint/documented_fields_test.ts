/** The documents name fields that the definitions of our kinds have. */

import assert from "node:assert/strict";
import { unknownFields } from "./documented_fields.ts";
import { readDocuments } from "./read_documents.ts";

Deno.test("the documents name only fields that the definitions have", () => {
  const unknown = readDocuments().flatMap(([page, text]) =>
    unknownFields(text).map((field) => `${page}: ${field}`)
  );
  assert.deepEqual(unknown, []);
});

Deno.test("a field that no definition has is noticed, in commands, YAML and prose", () => {
  const text = [
    "Set `spec.pausd: true` or `spec.paused`.",
    "```",
    `kubectl get ippool a -o jsonpath='{.status.conditions[?(@.type=="Ready")].mesage}'`,
    `kubectl get vmnetcfgs -o custom-columns='IP:.status.networkConfigs[*].allocatedIPAddress'`,
    `kubectl patch ippool a --type=merge -p '{"spec":{"ipv4Config":{"pool":{"last":"x","end":"y"}}}}'`,
    "kubectl explain ippool.spec.ipv4Confg --recursive",
    "```",
    "```yaml",
    "kind: VirtualMachineNetworkConfig",
    "spec:",
    "  networkConfigs:",
    "  - mac: x",
    "    networkName: y",
    "```",
  ].join("\n");
  assert.deepEqual(unknownFields(text), [
    "ippool: status.conditions.mesage",
    "ippool: spec.ipv4Config.pool.last",
    "ippool: spec.ipv4Confg",
    "virtualmachinenetworkconfig: spec.networkConfigs.mac",
    "spec.pausd",
  ]);
});
