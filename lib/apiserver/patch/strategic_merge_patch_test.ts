import type { JsonObject } from "../../base/json.ts";
import assert from "node:assert/strict";
import { applyStrategicMergePatch, StrategicPatchError } from "./strategic_merge_patch.ts";

const A = { name: "a", image: "1" };
const B = { name: "b", image: "1" };

interface Case {
  readonly name: string;
  readonly target: JsonObject;
  readonly patch: JsonObject;
  readonly result: JsonObject;
}

const CASES: readonly Case[] = [
  {
    name: "merges maps, and null removes a member",
    target: { metadata: { labels: { a: "1", b: "1" } } },
    patch: { metadata: { labels: { a: null, c: "2" } } },
    result: { metadata: { labels: { b: "1", c: "2" } } },
  },
  {
    name: "merges the items of lists that have a merge key",
    target: { containers: [A, B] },
    patch: { containers: [{ name: "b", image: "2" }, { name: "c" }] },
    result: { containers: [A, { name: "b", image: "2" }, { name: "c" }] },
  },
  {
    name: "replaces other lists",
    target: { tolerations: [{ key: "a" }, { key: "b" }] },
    patch: { tolerations: [{ key: "c" }] },
    result: { tolerations: [{ key: "c" }] },
  },
  {
    name: "deletes an item by its key",
    target: { containers: [A, B] },
    patch: { containers: [{ name: "a", $patch: "delete" }, { name: "z", $patch: "delete" }] },
    result: { containers: [B] },
  },
  {
    name: "replaces a list that says so",
    target: { containers: [A, B] },
    patch: { containers: [{ $patch: "replace" }, { name: "c" }] },
    result: { containers: [{ name: "c" }] },
  },
  {
    name: "replaces a map that says so",
    target: { emptyDir: { sizeLimit: "1" } },
    patch: { emptyDir: { $patch: "replace", medium: "Memory" } },
    result: { emptyDir: { medium: "Memory" } },
  },
  {
    name: "deletes a map that says so",
    target: { strategy: { type: "x" }, other: 1 },
    patch: { strategy: { $patch: "delete" } },
    result: { other: 1 },
  },
  {
    name: "keeps only the members that $retainKeys names",
    target: { strategy: { type: "RollingUpdate", rollingUpdate: {} } },
    patch: { strategy: { $retainKeys: ["type"], type: "Recreate" } },
    result: { strategy: { type: "Recreate" } },
  },
  {
    name: "adds plain values to a list that is merged, once each",
    target: { metadata: { finalizers: ["a"] } },
    patch: { metadata: { finalizers: ["a", "b"] } },
    result: { metadata: { finalizers: ["a", "b"] } },
  },
  {
    name: "removes plain values from a list",
    target: { finalizers: ["a", "b"] },
    patch: { "$deleteFromPrimitiveList/finalizers": ["a"] },
    result: { finalizers: ["b"] },
  },
  {
    name: "sorts a list into the order that is wished for",
    target: { containers: [{ name: "x" }, A, { name: "y" }, B] },
    patch: { "$setElementOrder/containers": [{ name: "b" }, { name: "a" }] },
    result: { containers: [{ name: "x" }, B, A, { name: "y" }] },
  },
  {
    name: "merges nested lists",
    target: { containers: [{ name: "a", env: [{ name: "X", value: "1" }] }] },
    patch: { containers: [{ name: "a", env: [{ name: "Y", value: "2" }] }] },
    result: {
      containers: [{ name: "a", env: [{ name: "X", value: "1" }, { name: "Y", value: "2" }] }],
    },
  },
];

for (const { name, target, patch, result } of CASES) {
  Deno.test(`applyStrategicMergePatch() ${name}`, () => {
    assert.deepEqual(applyStrategicMergePatch(structuredClone(target), patch), result);
  });
}

for (
  const patch of [
    { spec: { $patch: "spam" } },
    { $spam: 1 },
    { $retainKeys: "a" },
    { containers: [{ image: "2" }] },
    { "$setElementOrder/containers": 1, containers: [A] },
  ]
) {
  Deno.test(`applyStrategicMergePatch() refuses ${JSON.stringify(patch)}`, () => {
    assert.throws(() => applyStrategicMergePatch({ containers: [A] }, patch), StrategicPatchError);
  });
}
