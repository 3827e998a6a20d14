import type { JsonObject } from "../../base/json.ts";
import assert from "node:assert/strict";
import { gadget, readGadgetCrd } from "../../../tests/support/kube/gadget.ts";
import type { KubeObject } from "../../api/meta.ts";
import { customResource } from "../kinds/custom_resource.ts";
import { normalizeMetadata, validateMetadata } from "./object_metadata.ts";
import { ApiError } from "../http/status.ts";

const RESOURCE = customResource(readGadgetCrd());
const OWNER = { apiVersion: "v1", kind: "Pod", name: "p", uid: "u" };

const CASES: readonly (readonly [what: string, metadata: JsonObject, fields: string[]])[] = [
  ["a plain name", { name: "a" }, []],
  ["a name with dots", { name: "a.b-c.1" }, []],
  ["a name of 253 characters", { name: "a".repeat(253) }, []],
  ["a name of 254 characters", { name: "a".repeat(254) }, ["metadata.name"]],
  ["a name in upper case", { name: "A" }, ["metadata.name"]],
  ["a name that ends with a dash", { name: "a-" }, ["metadata.name"]],
  ["a name with a slash", { name: "a/b" }, ["metadata.name"]],
  ["no name", { name: "" }, ["metadata.name"]],
  ["a namespace with a dot", { name: "a", namespace: "a.b" }, ["metadata.namespace"]],
  ["labels", { name: "a", labels: { "example.com/A_b.c": "X-1", empty: "" } }, []],
  ["a label key with a blank", { name: "a", labels: { "a b": "" } }, ["metadata.labels"]],
  ["a label key of 64 characters", { name: "a", labels: { ["k".repeat(64)]: "" } }, [
    "metadata.labels",
  ]],
  ["a label prefix that is not a domain", { name: "a", labels: { "A/b": "" } }, [
    "metadata.labels",
  ]],
  ["a label value of 64 characters", { name: "a", labels: { k: "v".repeat(64) } }, [
    "metadata.labels",
  ]],
  ["a label value with a slash", { name: "a", labels: { k: "a/b" } }, ["metadata.labels"]],
  ["an annotation with any text", { name: "a", annotations: { "e.com/k": "a b\n{}" } }, []],
  ["an annotation key with a blank", { name: "a", annotations: { "a b": "" } }, [
    "metadata.annotations",
  ]],
  ["a finalizer with a blank", { name: "a", finalizers: ["a b"] }, ["metadata.finalizers"]],
  ["an owner", { name: "a", ownerReferences: [OWNER] }, []],
  ["an owner without uid", { name: "a", ownerReferences: [{ ...OWNER, uid: "" }] }, [
    "metadata.ownerReferences.uid",
  ]],
];

for (const [what, metadata, fields] of CASES) {
  Deno.test(`validateMetadata() finds ${fields.length} faults in ${what}`, () => {
    const object = { ...gadget("a"), metadata } as unknown as KubeObject;
    assert.deepEqual(validateMetadata(RESOURCE, object).map(({ field }) => field), fields);
  });
}

Deno.test("validateMetadata() judges long texts that do not match in no time", () => {
  const text = "a-".repeat(200_000);
  const metadata = { name: text, labels: { [text]: text, [`${text}/k`]: "" }, namespace: text };
  assert.equal(validateMetadata(RESOURCE, { ...gadget("a"), metadata }).length, 5);
});

Deno.test("normalizeMetadata() drops unknown and null fields and names the unknown ones", () => {
  const metadata = { name: "a", bogus: 1, creationTimestamp: null, managedFields: [{}] };
  assert.deepEqual(normalizeMetadata(metadata), ["metadata.bogus"]);
  assert.deepEqual(metadata, { name: "a" });
});

for (
  const metadata of [
    { name: 5 },
    { labels: { a: 1 } },
    { labels: [] },
    { finalizers: [1] },
    { finalizers: "a" },
    { ownerReferences: ["a"] },
    { generation: "1" },
  ]
) {
  Deno.test(`normalizeMetadata() refuses ${JSON.stringify(metadata)} with 400`, () => {
    assert.throws(
      () => normalizeMetadata(metadata as JsonObject),
      (error) => error instanceof ApiError && error.code === 400,
    );
  });
}
