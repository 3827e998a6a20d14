import assert from "node:assert/strict";
import type { JsonObject } from "../../base/json.ts";
import type { KubeObject } from "../../api/meta.ts";
import { isEstablished, planDefinition, VERSION_ANNOTATION } from "./definition.ts";

const OURS = "1.10.0";

function definition(version: string | undefined, changes: JsonObject = {}): KubeObject {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: "ippools.network.harvesterhci.io",
      ...(version === undefined ? {} : { annotations: { [VERSION_ANNOTATION]: version } }),
    },
    spec: {
      group: "network.harvesterhci.io",
      names: { kind: "IPPool", plural: "ippools" },
      scope: "Namespaced",
      versions: [{ name: "v1alpha1", schema: { ours: true } }],
      ...changes,
    },
  };
}

const OLD_VERSIONS = { versions: [{ name: "v1alpha1", schema: { theirs: true } }] };

const STEPS: readonly { name: string; stored: KubeObject | undefined; step: string }[] = [
  { name: "none", stored: undefined, step: "create" },
  { name: "ours", stored: definition(OURS), step: "nothing" },
  { name: "one without a version", stored: definition(undefined), step: "update" },
  { name: "one of an earlier version", stored: definition("1.9.3", OLD_VERSIONS), step: "update" },
  {
    name: "one of this version that was changed",
    stored: definition(OURS, OLD_VERSIONS),
    step: "update",
  },
  { name: "one of a later patch", stored: definition("1.10.1", OLD_VERSIONS), step: "leave" },
  { name: "one of a later minor version", stored: definition("1.11.0"), step: "leave" },
  { name: "one of a later major version", stored: definition("2.0.0"), step: "leave" },
  { name: "one of a version that is no number", stored: definition("next"), step: "leave" },
];

for (const { name, stored, step } of STEPS) {
  Deno.test(`planDefinition() where the cluster has ${name}: ${step}`, () => {
    assert.equal(planDefinition(definition(OURS), stored).do, step);
  });
}

Deno.test("planDefinition() keeps what others added, and is at rest then", () => {
  const added = {
    metadata: {
      name: "ippools.network.harvesterhci.io",
      resourceVersion: "7",
      labels: { "app.kubernetes.io/managed-by": "Helm" },
      annotations: { "objectset.rio.cattle.io/id": "vm-dhcp-controller-crd" },
      finalizers: ["customresourcecleanup.apiextensions.k8s.io"],
    },
    status: { storedVersions: ["v1alpha1"] },
  };
  const conversion = { strategy: "Webhook", webhook: { conversionReviewVersions: ["v1"] } };
  const names = { kind: "IPPool", plural: "ippools", listKind: "IPPoolList" };
  const stored = { ...definition(undefined, { ...OLD_VERSIONS, conversion, names }), ...added };
  const step = planDefinition(definition(OURS), stored);
  assert.ok(step.do === "update");
  const annotations = { ...added.metadata.annotations, [VERSION_ANNOTATION]: OURS };
  assert.deepEqual(step.object, {
    ...definition(OURS, { conversion, names }),
    ...added,
    metadata: { ...added.metadata, annotations },
  });
  assert.deepEqual(planDefinition(definition(OURS), step.object), { do: "nothing" });
});

Deno.test("isEstablished() goes by the condition", () => {
  const withConditions = (conditions: unknown) => ({ ...definition(OURS), status: { conditions } });
  assert.equal(isEstablished(definition(OURS)), false);
  const condition = { type: "Established", status: "True" };
  assert.equal(isEstablished(withConditions([{ ...condition, status: "False" }])), false);
  assert.equal(
    isEstablished(withConditions([{ type: "NamesAccepted", status: "True" }, condition])),
    true,
  );
});
