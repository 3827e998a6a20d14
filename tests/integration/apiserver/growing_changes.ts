/** Requests about objects that grow: patches, updates, and what they are shown as. */

import assert from "node:assert/strict";
import type { JsonObject } from "../../../lib/base/json.ts";
import { gadget, GADGETS } from "../../support/kube/gadget.ts";
import { type Growing, many, map, pod, PODS } from "./growing.ts";

const JSON_PATCH = "application/json-patch+json";
const MERGE_PATCH = "application/merge-patch+json";
const STRATEGIC_PATCH = "application/strategic-merge-patch+json";

/** A patch of an object that was made as large. */
function patch(
  type: string,
  name: string,
  { size = 2000, path, before, change }: {
    readonly size?: number;
    readonly path: string;
    readonly before: (size: number) => JsonObject;
    readonly change: (size: number) => unknown;
  },
): Growing {
  return {
    verb: type,
    name,
    size,
    request: (n) => ({ method: "PATCH", path: `${path}/p?dryRun=All`, body: change(n), type }),
    setUp: async (api, n) => {
      await api.send("DELETE", `${path}/p`);
      await api.mergePatch(`${path}/p`, { metadata: { finalizers: null } });
      const { status, text } = await api.send("POST", path, { body: before(n) });
      assert.equal(status, 201, text.slice(0, 500));
    },
  };
}

function listed(list: readonly unknown[]): JsonObject {
  return gadget("p", { size: 1, free: { list } });
}

/** Many values within as many objects. */
function nested(size: number): JsonObject {
  let free: unknown = many(20 * size, () => 1);
  for (let i = 0; i < size; i++) free = { a: free };
  return gadget("p", { size: 1, free });
}

export const GROWING_CHANGES: readonly Growing[] = [
  {
    ...patch("update", "new finalizers of an object that is being deleted", {
      path: GADGETS,
      before: () => gadget("p"),
      change: () => {},
    }),
    setUp: async (api, n) => {
      const path = `${GADGETS}/p`;
      await api.mergePatch(path, { metadata: { finalizers: null } });
      await api.send("DELETE", path);
      const metadata = { name: "p", finalizers: many(n, (i) => `f${i}`) };
      await api.send("POST", GADGETS, { body: { ...gadget("p"), metadata } });
      await api.send("DELETE", path);
    },
    request: (n) => {
      const metadata = { name: "p", resourceVersion: "1", finalizers: many(n, (i) => `g${i}`) };
      return { method: "PUT", path: `${GADGETS}/p?dryRun=All`, body: { ...gadget("p"), metadata } };
    },
  },
  patch(JSON_PATCH, "insertions at the beginning of a list", {
    path: GADGETS,
    before: (n) => listed(many(20 * n, () => 1)),
    change: (n) => many(n, () => ({ op: "add", path: "/spec/free/list/0", value: 1 })),
  }),
  patch(JSON_PATCH, "comparisons with a long list", {
    path: GADGETS,
    before: (n) => listed([{ list: map(10 * n, (i) => [`k${i}`, 1]) }]),
    change: (n) => many(n, () => ({ op: "test", path: "/spec/free/list/0/list", value: {} })),
  }),
  patch(JSON_PATCH, "comparisons that hold", {
    path: GADGETS,
    size: 200,
    before: (n) => listed(many(20 * n, () => 1)),
    // The last one fails, so that the answer stays short.
    change: (n) =>
      many(n, (i) => ({ op: "test", path: "/spec/free/list/0", value: i < n - 1 ? 1 : 2 })),
  }),
  patch(JSON_PATCH, "copies of copies", {
    path: GADGETS,
    before: () => listed(["x".repeat(1000)]),
    change: (n) => many(n, () => ({ op: "copy", from: "/spec/free", path: "/spec/free/a" })),
  }),
  patch(JSON_PATCH, "moves into each other", {
    path: GADGETS,
    before: () => listed([1]),
    change: (n) =>
      many(n, () => ({ op: "move", from: "/spec/free/list", path: "/spec/free/list" })),
  }),
  {
    ...patch("get", "a deep object, laid out", {
      path: GADGETS,
      size: 100,
      before: (n) => nested(n),
      change: () => {},
    }),
    request: () => ({ method: "GET", path: `${GADGETS}/p?pretty=true` }),
  },
  patch(MERGE_PATCH, "members", {
    path: GADGETS,
    before: () => gadget("p"),
    change: (n) => ({ spec: { free: map(5 * n, (i) => [`k${i}`, { a: null }]) } }),
  }),
  patch(STRATEGIC_PATCH, "finalizers", {
    path: PODS,
    before: (n) => pod({ finalizers: many(n, (i) => `f${i}`) }),
    change: (n) => ({ metadata: { finalizers: many(n, (i) => `g${i}`) } }),
  }),
  patch(STRATEGIC_PATCH, "finalizers that go", {
    path: PODS,
    before: (n) => pod({ finalizers: many(n, (i) => `f${i}`) }),
    change: (n) => ({
      metadata: { "$deleteFromPrimitiveList/finalizers": many(n, (i) => `g${i}`) },
    }),
  }),
  patch(STRATEGIC_PATCH, "containers", {
    path: PODS,
    before: (n) => pod({}, many(n, (i) => ({ name: `c${i}`, image: "i" }))),
    change: (n) => ({ spec: { containers: many(n, (i) => ({ name: `d${i}`, image: "j" })) } }),
  }),
  patch(STRATEGIC_PATCH, "the order of containers", {
    path: PODS,
    before: (n) => pod({}, many(n, (i) => ({ name: `c${i}`, image: "i" }))),
    change: (n) => ({
      spec: { "$setElementOrder/containers": many(n / 2, (i) => ({ name: `c${n - i}` })) },
    }),
  }),
  patch(STRATEGIC_PATCH, "fields that are kept", {
    path: PODS,
    before: (n) => ({ ...pod({}), ...map(n, (i) => [`k${i}`, 1]) }),
    change: (n) => ({ $retainKeys: many(n, (i) => `x${i}`) }),
  }),
];
