/** Patches of each type. */

import type { JsonObject } from "../../../../lib/base/json.ts";
import {
  APPLY_PATCH,
  type ContractCase,
  gadget,
  JSON_PATCH,
  STRATEGIC_PATCH,
} from "../recorded_api.ts";

const MERGES: readonly unknown[] = [
  { spec: { size: 3, free: { a: 1, b: { c: [1, 2] } } } },
  { spec: { free: { a: null, b: { c: [3] } } } },
  { spec: { free: { b: null } } },
  { spec: { dns: ["1.1.1.1"] } },
  { spec: { dns: ["1.1.1.2", "1.1.1.3"] } },
  { metadata: { labels: { a: "1", b: "2" } } },
  { metadata: { labels: { a: null } } },
  { metadata: { labels: null } },
  {},
  { metadata: { name: "b" } },
  { metadata: { namespace: "elsewhere" } },
  { metadata: { uid: "other" } },
  { metadata: { resourceVersion: "1" }, spec: { size: 4 } },
  { kind: "Widget" },
  { apiVersion: "test.example.com/v2" },
  { spec: "text" },
  [],
  "text",
  null,
  "{",
];

const OPERATIONS: readonly unknown[] = [
  [{ op: "replace", path: "/spec/size", value: 3 }],
  [{ op: "add", path: "/spec/dns", value: ["1.1.1.1"] }],
  [{ op: "add", path: "/spec/dns/-", value: "1.1.1.2" }],
  [{ op: "add", path: "/spec/dns/0", value: "1.1.1.0" }],
  [{ op: "remove", path: "/spec/dns/1" }],
  [{ op: "add", path: "/metadata/labels", value: { "a.b/c~d": "x" } }],
  [{ op: "replace", path: "/metadata/labels/a.b~1c~0d", value: "y" }],
  [{ op: "copy", from: "/spec/dns/0", path: "/spec/address" }],
  [{ op: "move", from: "/spec/address", path: "/spec/note" }],
  [{ op: "test", path: "/spec/size", value: 3 }, { op: "replace", path: "/spec/size", value: 4 }],
  [{ op: "test", path: "/spec/size", value: 3 }, { op: "replace", path: "/spec/size", value: 5 }],
  [{ op: "remove", path: "/spec/none" }],
  [{ op: "replace", path: "/spec/none", value: 1 }],
  [{ op: "add", path: "/spec/none/deeper", value: 1 }],
  [{ op: "remove", path: "/spec/dns/7" }],
  [{ op: "jump", path: "/spec/size" }],
  [{ op: "replace", path: "/spec/size", value: 50 }],
  [{ op: "replace", path: "/metadata/name", value: "b" }],
  [{ op: "test", path: "/metadata/resourceVersion", value: "1" }],
  [],
  {},
  "{",
];

export const PATCH_CASES: readonly ContractCase[] = [
  {
    name: "when JSON merge patches are applied",
    async run(api) {
      await api.make("a");
      for (const patch of MERGES) await api.patch(`${api.gadgets}/a`, patch);
      await api.patch(`${api.gadgets}/none`, { spec: { size: 3 } });
    },
  },
  {
    name: "when JSON patches are applied",
    async run(api) {
      await api.make("a");
      for (const patch of OPERATIONS) await api.patch(`${api.gadgets}/a`, patch, JSON_PATCH);
      await api.patch(`${api.gadgets}/none`, [], JSON_PATCH);
      const status = [{ op: "add", path: "/status", value: { used: 2 } }];
      await api.patch(`${api.gadgets}/a/status`, status, JSON_PATCH);
      await api.patch(`${api.gadgets}/a/status?dryRun=All`, [
        { op: "replace", path: "/status/used", value: 3 },
      ], JSON_PATCH);
    },
  },
  {
    name: "when custom objects do not support the type of a patch",
    async run(api) {
      await api.make("a");
      const patch: JsonObject = { spec: { size: 3 } };
      await api.patch(`${api.gadgets}/a`, patch, STRATEGIC_PATCH);
      await api.patch(`${api.gadgets}/a`, patch, "application/json");
      await api.patch(`${api.gadgets}/a`, patch, "text/plain");
      await api.patch(`${api.gadgets}/a?fieldManager=x`, gadget("a"), APPLY_PATCH);
    },
  },
  {
    name: "when namespaces are patched",
    async run(api) {
      const path = `/api/v1/namespaces/${api.namespace}`;
      await api.patch(path, { metadata: { labels: { a: "1" } } }, STRATEGIC_PATCH);
      await api.patch(path, { metadata: { annotations: { b: "2" } } });
      await api.patch(path, [{ op: "remove", path: "/metadata/annotations/b" }], JSON_PATCH);
      await api.get(path);
    },
  },
];
