/** Objects that are created, and those that are refused. */

import { type ContractCase, gadget } from "../recorded_api.ts";

export const CREATE_CASES: readonly ContractCase[] = [
  {
    name: "when objects are created and read",
    async run(api) {
      await api.post(api.gadgets, gadget("a", { more: { status: { used: 3 } } }));
      await api.get(`${api.gadgets}/a`);
      await api.post(api.gadgets, gadget("a"));
      await api.get(`${api.gadgets}/b`);
      const labels = { x: "y" };
      const metadata = { labels, annotations: { note: "1" }, generation: 7, uid: "mine" };
      await api.post(api.gadgets, gadget("c", { metadata }));
      await api.post(
        api.gadgets,
        gadget("d", {
          metadata: {
            creationTimestamp: "2020-01-01T00:00:00Z",
            selfLink: "/x",
            managedFields: [],
          },
        }),
      );
    },
  },
  {
    name: "when names are missing, generated or invalid",
    async run(api) {
      await api.post(api.gadgets, gadget("", { metadata: { name: undefined } }));
      await api.post(api.gadgets, gadget("", { metadata: { generateName: "gen-" } }));
      await api.post(api.gadgets, gadget("own", { metadata: { generateName: "gen-" } }));
      await api.post(api.gadgets, gadget("", { metadata: { generateName: "Gen_" } }));
      for (const name of ["Upper", "under_score", "-dash", "dot.ted", "a".repeat(254), "a/b"]) {
        await api.post(api.gadgets, gadget(name));
      }
    },
  },
  {
    name: "when a body does not fit its path",
    async run(api) {
      await api.post(api.gadgets, gadget("a", { metadata: { namespace: "elsewhere" } }));
      await api.post(api.gadgets, gadget("a", { more: { apiVersion: "test.example.com/v2" } }));
      await api.post(api.gadgets, gadget("a", { more: { kind: "Widget" } }));
      await api.post(api.gadgets, gadget("a", { more: { kind: undefined } }));
      await api.post(api.gadgets, gadget("a", { more: { apiVersion: undefined } }));
      await api.post(api.gadgets, gadget("a", { metadata: { resourceVersion: "5" } }));
      await api.post(`${api.gadgets}?dryRun=Some`, gadget("a"));
      await api.post(`${api.gadgets}?fieldValidation=Maybe`, gadget("a"));
      await api.get(api.gadgets);
    },
  },
  {
    name: "when bodies are damaged",
    async run(api) {
      for (const body of ["", "{", "[]", "null", '"text"', "17", '{"metadata":5}']) {
        await api.post(api.gadgets, body);
      }
      const headers = { "content-type": "text/plain" };
      await api.send("POST", api.gadgets, { body: gadget("a"), headers });
    },
  },
  {
    name: "when metadata has wrong types or invalid values",
    async run(api) {
      const metadatas = [
        { labels: { "bad key!": "x" } },
        { labels: { good: "bad value!" } },
        { labels: { good: 5 } },
        { labels: { good: null } },
        { annotations: { good: null } },
        { annotations: { "bad key!": "x" } },
        { finalizers: ["bad"] },
        { finalizers: ["test.example.com/good"] },
        { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "x" }] },
        { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", uid: "x", name: "" }] },
        {
          ownerReferences: ["1", "2"].map((uid) => ({
            apiVersion: "v1",
            kind: "ConfigMap",
            name: uid,
            uid,
            controller: true,
          })),
        },
      ];
      for (const [i, metadata] of metadatas.entries()) {
        await api.post(`${api.gadgets}?dryRun=All`, gadget(`a${i}`, { metadata }));
      }
      for (const resourceVersion of ["", "0", "1"]) {
        const name = `b${resourceVersion}`;
        await api.post(api.gadgets, gadget(name, { metadata: { resourceVersion } }));
      }
    },
  },
  {
    name: "when fields are unknown, under each fieldValidation",
    async run(api) {
      for (const validation of ["", "?fieldValidation=Ignore", "?fieldValidation=Warn"]) {
        const name = `a${validation.length}`;
        await api.post(`${api.gadgets}${validation}`, gadget(name, { spec: { bogus: 1 } }));
      }
      const strict = `${api.gadgets}?fieldValidation=Strict`;
      await api.post(strict, gadget("b", { spec: { bogus: 1, other: { x: 1 } } }));
      await api.post(strict, gadget("b", { more: { extra: 1 } }));
      await api.post(strict, gadget("b", { metadata: { extra: 1 } }));
      await api.post(strict, gadget("b", { spec: { parts: [{ name: "x", odd: 1 }] } }));
      await api.post(strict, gadget("b", { spec: { free: { anything: { goes: true } } } }));
      const twice = JSON.stringify(gadget("c")).replace('"size":2', '"size":2,"size":3');
      await api.post(strict, twice);
      await api.post(api.gadgets, twice);
    },
  },
  {
    name: "when an object is created in a dry run",
    async run(api) {
      await api.post(`${api.gadgets}?dryRun=All`, gadget("a"));
      await api.get(`${api.gadgets}/a`);
      await api.make("a");
      await api.post(`${api.gadgets}?dryRun=All`, gadget("a"));
      await api.post(`${api.gadgets}?dryRun=All`, gadget("b", { spec: { size: 99 } }));
    },
  },
];
