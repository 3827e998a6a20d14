/** Watches: which events come, in which order, with which objects. */

import type { ContractCase, RecordedApi } from "../recorded_api.ts";
import { versionOf } from "../recorded_api.ts";

async function change(api: RecordedApi): Promise<void> {
  await api.make("a", { metadata: { labels: { shelf: "top" } } });
  await api.make("b");
  await api.patch(`${api.gadgets}/a`, { spec: { size: 5 } });
  await api.patch(`${api.gadgets}/a/status`, { status: { used: 1 } });
  await api.patch(`${api.gadgets}/b`, { metadata: { labels: { shelf: "top" } } });
  await api.patch(`${api.gadgets}/a`, { metadata: { labels: { shelf: null } } });
  await api.patch(`${api.gadgets}/a`, {});
  await api.delete(`${api.gadgets}/a`);
  await api.patch(`${api.gadgets}/b`, { metadata: { finalizers: ["test.example.com/x"] } });
  await api.delete(`${api.gadgets}/b`);
  await api.patch(`${api.gadgets}/b`, { metadata: { finalizers: null } });
}

async function currentVersion(api: RecordedApi): Promise<string> {
  return versionOf(await api.get(api.gadgets));
}

export const WATCH_CASES: readonly ContractCase[] = [
  {
    name: "when everything is watched",
    async run(api) {
      const version = await currentVersion(api);
      await api.watch(`${api.gadgets}?resourceVersion=${version}`, {
        count: 10,
        meanwhile: () => change(api),
      });
    },
  },
  {
    name: "when past changes are watched",
    async run(api) {
      const version = await currentVersion(api);
      await change(api);
      await api.watch(`${api.gadgets}?resourceVersion=${version}`, { count: 10 });
    },
  },
  {
    name: "when a label selects the watched objects",
    async run(api) {
      const version = await currentVersion(api);
      await api.watch(`${api.gadgets}?resourceVersion=${version}&labelSelector=shelf%3Dtop`, {
        count: 7,
        meanwhile: () => change(api),
      });
    },
  },
  {
    name: "when one object is watched",
    async run(api) {
      const version = await currentVersion(api);
      const path = `${api.gadgets}?resourceVersion=${version}&fieldSelector=metadata.name%3Db`;
      await api.watch(path, { count: 5, meanwhile: () => change(api) });
    },
  },
  {
    name: "when a watch begins with the existing objects",
    async run(api) {
      await api.make("a");
      await api.make("b");
      await api.watch(api.gadgets, { count: 3, meanwhile: () => api.make("c") });
      await api.watch(`${api.gadgets}?resourceVersion=0`, {
        count: 4,
        meanwhile: () => api.make("d"),
      });
    },
  },
  {
    name: "when a watch streams a list first",
    async run(api) {
      await api.make("a");
      await api.make("b");
      const options = "sendInitialEvents=true&allowWatchBookmarks=true";
      await api.watch(`${api.gadgets}?${options}&resourceVersionMatch=NotOlderThan`, {
        count: 4,
        meanwhile: () => api.make("c"),
      });
      await api.watch(
        `${api.gadgets}?${options}&resourceVersionMatch=NotOlderThan&resourceVersion=0`,
        { count: 4 },
      );
      await api.watch(`${api.gadgets}?${options}`, { count: 1 });
      await api.watch(`${api.gadgets}?resourceVersionMatch=NotOlderThan`, { count: 1 });
    },
  },
  {
    name: "when the end of the first objects is told in each form",
    async run(api) {
      await api.make("a");
      const options = "sendInitialEvents=true&allowWatchBookmarks=true";
      const path = `${api.gadgets}?${options}&resourceVersionMatch=NotOlderThan`;
      for (const form of ["Table", "PartialObjectMetadata"]) {
        const accept = `application/json;as=${form};v=v1;g=meta.k8s.io`;
        await api.watch(path, { count: 2, headers: { accept } });
      }
    },
  },
  {
    name: "when a watch begins at an invalid place",
    async run(api) {
      await api.get(`${api.gadgets}?resourceVersion=9999999`);
      await api.get(`${api.gadgets}?watch=true&timeoutSeconds=1&resourceVersion=nonsense`);
      await api.get(`${api.gadgets}?watch=true&timeoutSeconds=1&labelSelector=%3D%3D`);
    },
  },
  {
    name: "when a watch ends in time",
    async run(api) {
      const version = await currentVersion(api);
      await api.watch(`${api.gadgets}?resourceVersion=${version}&timeoutSeconds=1`, { count: 1 });
    },
  },
  {
    name: "when rows of a table are watched",
    async run(api) {
      const version = await currentVersion(api);
      await api.watch(`${api.gadgets}?resourceVersion=${version}`, {
        count: 3,
        headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" },
        meanwhile: async () => {
          await api.make("a");
          await api.patch(`${api.gadgets}/a`, { spec: { size: 5 } });
          await api.delete(`${api.gadgets}/a`);
        },
      });
    },
  },
];
