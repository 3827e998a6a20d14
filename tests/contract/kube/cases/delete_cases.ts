/** Objects that are deleted, at once or in steps, and their dependents. */

import type { JsonObject } from "../../../../lib/base/json.ts";
import { type ContractCase, gadget, versionOf } from "../recorded_api.ts";
import type { KubeObject } from "../../../../lib/api/meta.ts";
import { at } from "../../../support/apiserver/api_connection.ts";

const HELD = { metadata: { finalizers: ["test.example.com/hold"] } };

function ownedBy(owners: readonly KubeObject[], more: JsonObject = {}): JsonObject {
  return {
    metadata: {
      ownerReferences: owners.map(({ apiVersion, kind, metadata: { name, uid } }) => ({
        apiVersion,
        kind,
        name,
        uid,
        ...more,
      })),
    },
  };
}

export const DELETE_CASES: readonly ContractCase[] = [
  {
    name: "when objects are deleted",
    async run(api) {
      const path = `${api.gadgets}/a`;
      const made = await api.make("a");
      await api.delete(path, { preconditions: { uid: "other" } });
      await api.delete(path, { preconditions: { resourceVersion: "1" } });
      await api.delete(`${path}?dryRun=All`);
      await api.delete(path, { dryRun: ["All"] });
      await api.delete(path, { propagationPolicy: "Sideways" });
      await api.delete(path, { gracePeriodSeconds: -1 });
      const { uid, resourceVersion } = made.metadata;
      await api.delete(path, { preconditions: { uid, resourceVersion } });
      await api.delete(path);
      await api.get(path);
      await api.make("b");
      await api.delete(`${api.gadgets}/b`, {
        apiVersion: "v1",
        kind: "DeleteOptions",
        gracePeriodSeconds: 30,
      });
    },
  },
  {
    name: "when finalizers hold objects",
    async run(api) {
      const path = `${api.gadgets}/a`;
      await api.make("a", HELD);
      await api.delete(path);
      await api.delete(path);
      await api.get(path);
      await api.patch(path, { spec: { size: 7 } });
      await api.patch(`${path}/status`, { status: { used: 1 } });
      await api.patch(path, {
        metadata: { finalizers: ["test.example.com/hold", "test.example.com/more"] },
      });
      await api.patch(path, { metadata: { deletionTimestamp: null } });
      await api.post(api.gadgets, gadget("a"));
      await api.patch(`${path}?dryRun=All`, { metadata: { finalizers: null } });
      await api.patch(path, { metadata: { finalizers: [] } });
      await api.get(path);
    },
  },
  {
    name: "when the time of a deletion is written",
    async run(api) {
      const path = `${api.gadgets}/a`;
      const deletionTimestamp = "2020-01-01T00:00:00.5Z";
      await api.make("a", HELD);
      await api.patch(path, { metadata: { deletionTimestamp } });
      await api.patch(path, { metadata: { deletionGracePeriodSeconds: 5 } });
      await api.delete(path);
      await api.patch(path, { metadata: { deletionTimestamp }, spec: { size: 4 } });
      await api.patch(path, { metadata: { deletionGracePeriodSeconds: 5 } });
    },
  },
  {
    name: "when a finalizer is removed by a replacement",
    async run(api) {
      await api.make("a", HELD);
      await api.delete(`${api.gadgets}/a`);
      const read = await api.get(`${api.gadgets}/a`);
      const metadata = { ...at(read.body, "metadata") as JsonObject, finalizers: [] };
      await api.put(`${api.gadgets}/a`, { ...read.body, metadata });
      await api.get(`${api.gadgets}/a`);
    },
  },
  {
    name: "when a collection is deleted",
    async run(api) {
      await api.make("a", { metadata: { labels: { go: "yes" } } });
      await api.make("b", { metadata: { labels: { go: "yes" }, ...HELD.metadata } });
      await api.make("c");
      await api.delete(`${api.gadgets}?labelSelector=go%3Dyes&dryRun=All`);
      await api.delete(`${api.gadgets}?labelSelector=go%3Dyes`);
      await api.get(api.gadgets);
      await api.delete(`${api.gadgets}?labelSelector=go%3D%3D%3D`);
      await api.patch(`${api.gadgets}/b`, { metadata: { finalizers: null } });
      await api.delete(api.gadgets);
      await api.get(api.gadgets);
    },
  },
  {
    name: "when the owner of objects is deleted",
    async run(api) {
      const owner = await api.make("owner");
      const second = await api.make("second");
      await api.make("child", ownedBy([owner]));
      await api.make("shared", ownedBy([owner, second]));
      await api.make("free");
      await api.delete(`${api.gadgets}/owner`);
      await api.untilGone(`${api.gadgets}/child`);
      await api.until(
        `${api.gadgets}/shared`,
        (body) => (at(body, "metadata.ownerReferences") as unknown[]).length === 1,
      );
      await api.get(api.gadgets);
    },
  },
  {
    name: "when an owner is deleted and its objects stay",
    async run(api) {
      const owner = await api.make("owner");
      await api.make("child", ownedBy([owner]));
      await api.delete(`${api.gadgets}/owner`, { propagationPolicy: "Orphan" });
      await api.untilGone(`${api.gadgets}/owner`);
      await api.get(`${api.gadgets}/child`);
    },
  },
  {
    name: "when an owner waits for the end of its objects",
    async run(api) {
      const owner = await api.make("owner");
      const blocking = ownedBy([owner], { blockOwnerDeletion: true });
      await api.make("child", {
        metadata: { ...blocking["metadata"] as object, ...HELD.metadata },
      });
      await api.delete(`${api.gadgets}/owner`, { propagationPolicy: "Foreground" });
      await api.until(
        `${api.gadgets}/child`,
        (body) => at(body, "metadata.deletionTimestamp") !== undefined,
      );
      await api.get(`${api.gadgets}/owner`);
      await api.patch(`${api.gadgets}/child`, { metadata: { finalizers: null } });
      await api.untilGone(`${api.gadgets}/owner`);
      await api.get(api.gadgets);
    },
  },
  {
    name: "when objects have missing owners",
    async run(api) {
      const owner = await api.make("owner");
      const uid = crypto.randomUUID();
      const ghost = { ...owner, metadata: { ...owner.metadata, name: "ghost", uid } };
      const misnamed = { ...owner, metadata: { ...owner.metadata, name: "other" } };
      await api.make("orphan", ownedBy([ghost]));
      await api.make("misled", ownedBy([misnamed]));
      await api.make("half", ownedBy([ghost, owner]));
      await api.untilGone(`${api.gadgets}/orphan`);
      await api.untilGone(`${api.gadgets}/misled`);
      await api.until(
        `${api.gadgets}/half`,
        (body) => (at(body, "metadata.ownerReferences") as unknown[]).length === 1,
      );
      await api.get(api.gadgets);
    },
  },
  {
    name: "when a deleted object is created again",
    async run(api) {
      const first = await api.make("a");
      await api.delete(`${api.gadgets}/a`);
      await api.make("a");
      await api.put(`${api.gadgets}/a`, first);
      const { body } = await api.get(`${api.gadgets}/a`);
      const metadata = { ...first.metadata, resourceVersion: versionOf({ body }) };
      await api.put(`${api.gadgets}/a`, { ...first, metadata });
    },
  },
];
