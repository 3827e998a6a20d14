/** Creating, reading, replacing and patching objects. */

import { at } from "../../support/api_connection.ts";
import { gadget } from "../../support/gadget.ts";
import { type ContractCase, GADGETS } from "./contract_case.ts";

const TEMPLATE = { generateName: "gen-" };

/** Cases of single objects. */
export const OBJECT_CASES: readonly ContractCase[] = [
  {
    name: "creating, reading and deleting an object",
    run: async (r) => {
      const gadgets = r.path("gadgets", GADGETS);
      await r.send("POST", gadgets, { body: gadget("a") });
      await r.send("GET", `${gadgets}/a`);
      await r.send("POST", gadgets, { body: gadget("a") });
      await r.send("DELETE", `${gadgets}/a`);
      await r.send("GET", `${gadgets}/a`);
      await r.send("DELETE", `${gadgets}/a`);
    },
  },
  {
    name: "what is missing",
    run: async (r) => {
      await r.send("GET", `${r.path("gadgets", GADGETS)}/a`);
      await r.send("PUT", `${r.path("gadgets", GADGETS)}/a`, { body: gadget("a") });
      await r.patch("merge", `${r.path("gadgets", GADGETS)}/a`, { spec: { size: 3 } });
      await r.send("POST", `/${GADGETS}/namespaces/no-such-namespace/gadgets`, {
        body: gadget("a"),
      });
    },
  },
  {
    name: "generateName",
    run: async (r) => {
      const { body } = await r.quietly("POST", r.path("gadgets", GADGETS), {
        body: { ...gadget(""), metadata: TEMPLATE },
      });
      r.note(/^gen-[a-z0-9]{5}$/.test(String(at(body, "metadata.name"))));
      r.note(String(at(body, "metadata.generateName")));
    },
  },
  {
    name: "generation, resourceVersion and writes that change nothing",
    run: async (r) => {
      const path = `${r.path("gadgets", GADGETS)}/a`;
      await r.send("POST", r.path("gadgets", GADGETS), { body: gadget("a") });
      await r.patch("merge", path, { spec: { size: 2 } });
      await r.patch("merge", path, { spec: { size: 3 } });
      await r.patch("merge", path, { metadata: { labels: { a: "b" } } });
      await r.patch("merge", path, { status: { used: 1 } });
      await r.patch("merge", `${path}/status`, { status: { used: 1 }, spec: { size: 9 } });
      await r.patch("merge", `${path}/status`, { status: { used: 1 } });
    },
  },
  {
    name: "replacing with an old, a wrong and no resourceVersion",
    run: async (r) => {
      const path = `${r.path("gadgets", GADGETS)}/a`;
      const { body: first } = await r.send("POST", r.path("gadgets", GADGETS), {
        body: gadget("a"),
      });
      await r.send("PUT", path, { body: { ...first, spec: { size: 4 } } });
      await r.send("PUT", path, { body: { ...first, spec: { size: 5 } } });
      await r.send("PUT", path, { body: gadget("a", { size: 6 }) });
      await r.send("PUT", path, { body: gadget("b", { size: 6 }) });
      const { resourceVersion } = first["metadata"] as { readonly resourceVersion: string };
      await r.patch("merge", path, { metadata: { resourceVersion }, spec: { size: 7 } });
      await r.patch("merge", path, { metadata: { uid: "other" } });
    },
  },
  {
    name: "JSON patches",
    run: async (r) => {
      const path = `${r.path("gadgets", GADGETS)}/a`;
      await r.quietly("POST", r.path("gadgets", GADGETS), {
        body: gadget("a", { size: 2, dns: ["192.0.2.1"] }),
      });
      await r.patch("json", path, [
        { op: "test", path: "/spec/size", value: 2 },
        { op: "replace", path: "/spec/size", value: 3 },
        { op: "add", path: "/spec/dns/-", value: "192.0.2.2" },
        { op: "add", path: "/metadata/annotations", value: { "a/b": "c" } },
        { op: "copy", from: "/spec/dns/0", path: "/spec/address" },
      ]);
      await r.patch("json", path, [{
        op: "replace",
        path: "/metadata/annotations/a~1b",
        value: "d",
      }]);
      await r.patch("json", path, [{ op: "move", from: "/spec/address", path: "/spec/note" }]);
      await r.patch("json", path, [{ op: "remove", path: "/spec/note" }]);
      await r.patch("json", path, [{ op: "test", path: "/spec/size", value: 99 }]);
      await r.patch("json", path, [{ op: "remove", path: "/spec/no-such" }]);
      await r.patch("json", path, [{ op: "replace", path: "/spec/size", value: 99 }]);
      await r.patch("json", path, { not: "a list" });
      await r.send("GET", path);
    },
  },
  {
    name: "merge patches",
    run: async (r) => {
      const path = `${r.path("gadgets", GADGETS)}/a`;
      await r.quietly("POST", r.path("gadgets", GADGETS), {
        body: gadget("a", { size: 2, note: "x", free: { a: { b: 1, c: 2 } } }),
      });
      await r.patch("merge", path, { spec: { free: { a: { b: null } }, note: null } });
      await r.patch("merge", path, { spec: { size: "many" } });
      await r.patch("merge", path, { spec: null });
      await r.patch("merge", path, { metadata: { name: "b" } });
    },
  },
  {
    name: "dry runs",
    run: async (r) => {
      const gadgets = r.path("gadgets", GADGETS);
      const { body } = await r.quietly("POST", `${gadgets}?dryRun=All`, { body: gadget("a") });
      r.note(r.normalize({ spec: body["spec"]! }));
      await r.send("GET", `${gadgets}/a`);
      await r.quietly("POST", gadgets, { body: gadget("a") });
      await r.quietly("DELETE", `${gadgets}/a?dryRun=All`);
      await r.send("GET", `${gadgets}/a`);
    },
  },
  {
    name: "defaults and unknown fields",
    run: async (r) => {
      const gadgets = r.path("gadgets", GADGETS);
      await r.send("POST", gadgets, {
        body: gadget("a", { size: 2, extra: 1, parts: [{ name: "x" }] }),
      });
      await r.send("POST", `${gadgets}?fieldValidation=Strict`, {
        body: gadget("b", { size: 2, extra: 1 }),
      });
      await r.send("POST", gadgets, { body: gadget("c", { size: 2, free: { any: ["thing"] } }) });
    },
  },
  {
    name: "finalizers",
    run: async (r) => {
      const gadgets = r.path("gadgets", GADGETS);
      const held = gadget("a");
      await r.send("POST", gadgets, {
        body: { ...held, metadata: { name: "a", finalizers: ["test.example.com/hold"] } },
      });
      await r.send("DELETE", `${gadgets}/a`);
      await r.send("DELETE", `${gadgets}/a`);
      await r.patch("merge", `${gadgets}/a`, { spec: { size: 3 } });
      await r.patch("merge", `${gadgets}/a`, {
        metadata: { finalizers: ["test.example.com/hold", "test.example.com/more"] },
      });
      await r.patch("merge", `${gadgets}/a`, { metadata: { finalizers: [] } });
      await r.send("GET", `${gadgets}/a`);
    },
  },
  {
    name: "deleting with preconditions",
    run: async (r) => {
      const gadgets = r.path("gadgets", GADGETS);
      const { body } = await r.quietly("POST", gadgets, { body: gadget("a") });
      await r.send("DELETE", `${gadgets}/a`, { body: { preconditions: { uid: "other" } } });
      await r.send("DELETE", `${gadgets}/a`, { body: { preconditions: { resourceVersion: "1" } } });
      const { uid } = body["metadata"] as { readonly uid: string };
      await r.send("DELETE", `${gadgets}/a`, { body: { preconditions: { uid } } });
    },
  },
];
