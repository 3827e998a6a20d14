/** Lists, watches and what happens to many objects at once. */

import type { JsonObject } from "../../../lib/api/meta.ts";
import { at } from "../../support/api_connection.ts";
import { gadget } from "../../support/gadget.ts";
import { type ContractCase, GADGETS } from "./contract_case.ts";
import type { Recorder } from "./recorder.ts";

const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";

async function make(r: Recorder, ...names: readonly string[]): Promise<string> {
  const gadgets = r.path("gadgets", GADGETS);
  for (const [index, name] of names.entries()) {
    const labels = { name, parity: index % 2 === 0 ? "even" : "odd" };
    await r.quietly("POST", gadgets, {
      body: { ...gadget(name, { size: index + 1 }), metadata: { name, labels } },
    });
  }
  return gadgets;
}

async function noteNames(r: Recorder, path: string): Promise<JsonObject> {
  const { status, body } = await r.quietly("GET", path);
  const items = (body["items"] ?? []) as readonly JsonObject[];
  r.note({ status, names: items.map((item) => String(at(item, "metadata.name"))) });
  return body;
}

/** Cases of collections. */
export const COLLECTION_CASES: readonly ContractCase[] = [
  {
    name: "lists and their order",
    run: async (r) => {
      const gadgets = await make(r, "b", "c", "a");
      await r.send("GET", gadgets);
    },
  },
  {
    name: "label selectors",
    run: async (r) => {
      const gadgets = await make(r, "a", "b", "c");
      const selectors = [
        ...["parity=even", "parity!=even", "parity in (odd,even),name!=a", "parity notin (odd)"],
        ...["parity", "!parity", "name==a", "", "other=x"],
      ];
      for (const selector of selectors) {
        await noteNames(r, `${gadgets}?labelSelector=${encodeURIComponent(selector)}`);
      }
      await r.send("GET", `${gadgets}?labelSelector=${encodeURIComponent("a in (")}`);
    },
  },
  {
    name: "field selectors",
    run: async (r) => {
      const gadgets = await make(r, "a", "b");
      for (const selector of ["metadata.name=a", "metadata.name!=a", `metadata.namespace=other`]) {
        await noteNames(r, `${gadgets}?fieldSelector=${encodeURIComponent(selector)}`);
      }
      await r.send("GET", `${gadgets}?fieldSelector=spec.size%3D1`);
    },
  },
  {
    name: "pages",
    run: async (r) => {
      const gadgets = await make(r, "a", "b", "c", "d", "e");
      let token = "";
      for (let page = 0; page < 4; page++) {
        const body = await noteNames(r, `${gadgets}?limit=2&continue=${token}`);
        const { continue: next = "", remainingItemCount = null } = body["metadata"] as {
          readonly continue?: string;
          readonly remainingItemCount?: number;
        };
        r.note({ hasNext: next !== "", remainingItemCount });
        if (next === "") break;
        token = encodeURIComponent(next);
      }
      await r.send("GET", `${gadgets}?limit=2&continue=broken`);
    },
  },
  {
    name: "a watch from a version on",
    run: async (r) => {
      const gadgets = await make(r, "a");
      const { body } = await r.quietly("GET", gadgets);
      const version = String(at(body, "metadata.resourceVersion"));
      await using watch = await r.watch(`${gadgets}?resourceVersion=${version}`);
      await r.send("POST", gadgets, { body: gadget("b") });
      await r.patch("merge", `${gadgets}/b`, { spec: { size: 5 } });
      await r.patch("merge", `${gadgets}/b/status`, { status: { used: 5 } });
      await r.send("DELETE", `${gadgets}/b`);
      await r.lines(watch, 4);
    },
  },
  {
    name: "a watch that begins with what is there",
    run: async (r) => {
      const gadgets = await make(r, "a", "b");
      await using watch = await r.watch(gadgets);
      await r.lines(watch, 2);
    },
  },
  {
    name: "a watch with a selector, as objects come to match and cease to",
    run: async (r) => {
      const gadgets = await make(r, "a");
      const { body } = await r.quietly("GET", gadgets);
      const version = String(at(body, "metadata.resourceVersion"));
      await using watch = await r.watch(
        `${gadgets}?labelSelector=parity%3Dodd&resourceVersion=${version}`,
      );
      await r.patch("merge", `${gadgets}/a`, { metadata: { labels: { parity: "odd" } } });
      await r.patch("merge", `${gadgets}/a`, { spec: { size: 7 } });
      await r.patch("merge", `${gadgets}/a`, { metadata: { labels: { parity: "even" } } });
      await r.lines(watch, 3);
    },
  },
  {
    name: "a streamed list and its bookmark",
    run: async (r) => {
      const gadgets = await make(r, "a", "b");
      const query =
        "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
      await using watch = await r.watch(`${gadgets}?${query}`);
      await r.lines(watch, 2);
      const bookmark = await watch.next();
      r.note({
        type: bookmark?.type ?? null,
        annotations: (at(bookmark?.object, "metadata.annotations") ?? null) as JsonObject,
      });
    },
  },
  {
    name: "a watch from a version that is no number, and one of the future",
    run: async (r) => {
      const gadgets = r.path("gadgets", GADGETS);
      await r.send("GET", `${gadgets}?watch=true&resourceVersion=abc`);
      await r.send("GET", `${gadgets}?resourceVersion=abc`);
      await r.send("GET", `${gadgets}?watch=true&sendInitialEvents=true`);
      await r.send("GET", `${gadgets}?resourceVersionMatch=Exact`);
      await r.send("GET", `${gadgets}?resourceVersion=0&resourceVersionMatch=Never`);
    },
  },
  {
    name: "tables",
    run: async (r) => {
      const gadgets = await make(r, "a", "b");
      await r.quietly("PATCH", `${gadgets}/a/status`, {
        body: { status: { conditions: [{ type: "Ready", status: "True" }] } },
        headers: { "content-type": "application/merge-patch+json" },
      });
      const { body } = await r.quietly("GET", gadgets, { headers: { accept: TABLE } });
      const columns = body["columnDefinitions"] as readonly JsonObject[];
      r.note(
        columns.map(({ name, type, priority, format }) => ({
          name,
          type,
          priority,
          format,
        })) as JsonObject[],
      );
      const rows = body["rows"] as readonly { readonly cells: readonly string[] }[];
      // The last cell is an age.
      r.note(rows.map(({ cells }) => cells.slice(0, -1)));
    },
  },
  {
    name: "deleting a collection",
    run: async (r) => {
      const gadgets = await make(r, "a", "b", "c");
      const { status } = await r.quietly("DELETE", `${gadgets}?labelSelector=parity%3Deven`);
      r.note(status);
      await noteNames(r, gadgets);
    },
  },
];
