/** What happens to objects whose owner goes. */

import type { JsonObject } from "../../../lib/api/meta.ts";
import { waitUntil } from "../../support/wait_until.ts";
import { at } from "../../support/api_connection.ts";
import { gadget } from "../../support/gadget.ts";
import { type ContractCase, GADGETS } from "./contract_case.ts";
import type { Recorder } from "./recorder.ts";

/** Makes an owner and an object that belongs to it. @returns Path of the collection. */
async function makeFamily(r: Recorder): Promise<string> {
  const gadgets = r.path("gadgets", GADGETS);
  const { body } = await r.quietly("POST", gadgets, { body: gadget("owner") });
  const owner = {
    apiVersion: "test.example.com/v1alpha1",
    kind: "Gadget",
    name: "owner",
    uid: at(body, "metadata.uid"),
  };
  const child = gadget("child");
  await r.quietly("POST", gadgets, {
    body: { ...child, metadata: { name: "child", ownerReferences: [owner] } },
  });
  return gadgets;
}

async function untilNames(r: Recorder, path: string, names: readonly string[]): Promise<void> {
  const found = await waitUntil(async () => {
    const { body } = await r.quietly("GET", path);
    const items = (body["items"] ?? []) as readonly JsonObject[];
    const there = items.map((item) => String(at(item, "metadata.name")));
    return JSON.stringify(there) === JSON.stringify(names) ? there : undefined;
  }, { what: `the gadgets ${names}` });
  r.note(found);
}

/** Cases of owners. */
export const OWNERSHIP_CASES: readonly ContractCase[] = [
  {
    name: "an object that goes with its owner",
    run: async (r) => {
      const gadgets = await makeFamily(r);
      await r.quietly("DELETE", `${gadgets}/owner`);
      await untilNames(r, gadgets, []);
    },
  },
  {
    name: "an object that is left behind on request",
    run: async (r) => {
      const gadgets = await makeFamily(r);
      await r.quietly("DELETE", `${gadgets}/owner?propagationPolicy=Orphan`);
      await untilNames(r, gadgets, ["child"]);
      const { body } = await r.quietly("GET", `${gadgets}/child`);
      r.note(at(body, "metadata.ownerReferences") === undefined);
    },
  },
  {
    name: "a namespace that goes with everything in it",
    run: async (r) => {
      await makeFamily(r);
      const path = `/api/v1/namespaces/${r.namespace}`;
      await r.api.send("DELETE", path);
      await waitUntil(async () => (await r.api.send("GET", path)).status === 404 || undefined, {
        what: "the namespace to go",
        limitMs: 60_000,
      });
      await r.send("GET", `${r.path("gadgets", GADGETS)}/child`);
    },
  },
];
