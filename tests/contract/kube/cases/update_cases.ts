/** Objects that are replaced, their versions, generations and statuses. */

import type { JsonObject } from "../../../../lib/base/json.ts";
import { type ContractCase, gadget, versionOf } from "../recorded_api.ts";

export const UPDATE_CASES: readonly ContractCase[] = [
  {
    name: "when objects are replaced",
    async run(api) {
      const path = `${api.gadgets}/a`;
      const made = await api.make("a");
      await api.put(path, made);
      await api.put(path, gadget("a", { spec: { size: 3 } }));
      const changed = await api.put(path, { ...made, spec: { size: 3 } });
      await api.put(path, { ...made, spec: { size: 4 } });
      const metadata = { ...made.metadata, resourceVersion: versionOf(changed) };
      await api.put(path, { ...made, metadata: { ...metadata, uid: "other" } });
      await api.put(path, { ...made, metadata: { ...metadata, name: "b" } });
      await api.put(path, { ...made, metadata: { ...metadata, namespace: "elsewhere" } });
      await api.put(path, { ...made, metadata: { ...metadata, resourceVersion: "x" } });
      await api.put(path, {
        ...made,
        metadata: {
          ...metadata,
          labels: { x: "y" },
          generation: 9,
          creationTimestamp: "2020-01-01T00:00:00Z",
          deletionTimestamp: "2020-01-01T00:00:00Z",
        },
      });
      await api.put(`${api.gadgets}/b`, gadget("b"));
      await api.put(`${api.gadgets}/b`, gadget("b", { metadata: { resourceVersion: "1" } }));
    },
  },
  {
    name: "when generations and versions are counted",
    async run(api) {
      await api.make("a");
      const changes: readonly (readonly [path: string, patch: JsonObject])[] = [
        ["a", { spec: { size: 3 } }],
        ["a", { spec: { size: 3 } }],
        ["a", { metadata: { labels: { x: "y" } } }],
        ["a", { metadata: { annotations: { x: "y" } } }],
        ["a", { metadata: { finalizers: ["test.example.com/x"] } }],
        ["a/status", { status: { used: 1 } }],
        ["a/status", { status: { used: 1 } }],
        ["a", { status: { used: 9 } }],
        ["a/status", { spec: { size: 9 } }],
        ["a/status", { metadata: { labels: { z: "z" }, annotations: { z: "z" } } }],
        ["a", { metadata: { generation: 44, uid: null, creationTimestamp: null } }],
      ];
      for (const [path, patch] of changes) await api.patch(`${api.gadgets}/${path}`, patch);
    },
  },
  {
    name: "when statuses are read and written",
    async run(api) {
      const made = await api.make("a");
      const path = `${api.gadgets}/a/status`;
      await api.get(path);
      const body = { ...made, spec: { size: 9 }, status: { used: 4, bogus: 1 } };
      const written = await api.put(path, body);
      await api.put(path, body);
      await api.put(path, gadget("a", { more: { status: { used: 5 } } }));
      await api.put(`${api.gadgets}/a`, {
        ...made,
        metadata: { ...made.metadata, resourceVersion: versionOf(written) },
        spec: { size: 3 },
      });
      await api.patch(path, { status: { used: "x" } });
      await api.patch(path, { status: { conditions: [{ type: "Ready" }] } });
      await api.patch(path, { status: { conditions: [{ type: "Ready", status: "Maybe" }] } });
      await api.patch(path, { metadata: { resourceVersion: "1" }, status: {} });
      await api.patch(path, { status: null });
      await api.patch(`${path}?dryRun=All`, { status: { used: 1 } });
      await api.post(path, gadget("a"));
      await api.delete(path);
      await api.patch(`${api.gadgets}/none/status`, { status: {} });
    },
  },
];
