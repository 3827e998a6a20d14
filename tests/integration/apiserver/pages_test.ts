/** Lists in pages: consistent while the server remembers the state, afterwards only on request. */

import type { JsonObject } from "../../../lib/base/json.ts";
import assert from "node:assert/strict";
import { at } from "../../support/apiserver/api_connection.ts";
import { type EmbeddedApi, startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";
import { gadget, GADGETS } from "../../support/kube/gadget.ts";
import { mulberry32 } from "../../support/harness/seeded_random.ts";

const NAMES = ["a", "b", "c", "d", "e"];

async function setUp(folder?: string): Promise<EmbeddedApi> {
  const api = await startEmbeddedApi(folder === undefined ? {} : { folder });
  for (const name of NAMES) await api.send("POST", GADGETS, { body: gadget(name) });
  return api;
}

interface Page {
  readonly status: number;
  /** Names and sizes of the items. */
  readonly items: readonly string[];
  readonly token: string;
  readonly remaining: unknown;
}

async function page(api: EmbeddedApi, query: Readonly<Record<string, string>>): Promise<Page> {
  const { status, body } = await api.send("GET", `${GADGETS}?${new URLSearchParams(query)}`);
  const items = (body["items"] ?? []) as JsonObject[];
  return {
    status,
    items: items.map((item) => `${at(item, "metadata.name")}${at(item, "spec.size")}`),
    token: String(at(body, "metadata.continue") ?? ""),
    remaining: at(body, "metadata.remainingItemCount"),
  };
}

Deno.test("all pages show the state of the first one, whatever happens meanwhile", async () => {
  await using api = await setUp();
  const first = await page(api, { limit: "2" });
  assert.deepEqual([first.items, first.remaining], [["a2", "b2"], 3]);
  await api.send("DELETE", `${GADGETS}/c`);
  await api.mergePatch(`${GADGETS}/d`, { spec: { size: 7 } });
  await api.mergePatch(`${GADGETS}/d`, { spec: { size: 8 } });
  await api.send("POST", GADGETS, { body: gadget("cc") });
  await api.send("DELETE", `${GADGETS}/a`);
  const second = await page(api, { limit: "2", continue: first.token });
  assert.deepEqual([second.items, second.remaining], [["c2", "d2"], 1]);
  const third = await page(api, { limit: "2", continue: second.token });
  assert.deepEqual(third, { status: 200, items: ["e2"], token: "", remaining: undefined });
  assert.deepEqual((await page(api, {})).items, ["b2", "cc2", "d8", "e2"]);
});

Deno.test("pages of any size show the state of the first one while objects come and go", async () => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const random = mulberry32(seed);
  const nameOf = () => `${"abcdefgh"[Math.floor(random() * 8)]}${Math.floor(random() * 4)}`;
  await using api = await setUp();
  const change = async () => {
    const name = nameOf();
    const { status } = await api.send("POST", GADGETS, { body: gadget(name) });
    if (status === 201) return;
    const size = 1 + Math.floor(random() * 10);
    if (random() < 0.5) await api.send("DELETE", `${GADGETS}/${name}`);
    else await api.mergePatch(`${GADGETS}/${name}`, { spec: { size } });
  };
  for (let limit = 1; limit <= 7; limit++) {
    for (let i = 0; i < 10; i++) await change();
    const whole = await page(api, {});
    const seen: string[] = [];
    let next = await page(api, { limit: String(limit) });
    for (;;) {
      seen.push(...next.items);
      const left = whole.items.length - seen.length;
      assert.equal(next.remaining, left === 0 ? undefined : left, `seed ${seed}, limit ${limit}`);
      if (next.token === "") break;
      for (let i = 0; i < 3; i++) await change();
      next = await page(api, { limit: String(limit), continue: next.token });
    }
    assert.deepEqual(seen, whole.items, `seed ${seed}, limit ${limit}`);
  }
});

Deno.test("a list of an exact resourceVersion shows that state", async () => {
  await using api = await setUp();
  const { body } = await api.send("GET", GADGETS);
  await api.send("DELETE", `${GADGETS}/a`);
  const exact = {
    resourceVersion: String(at(body, "metadata.resourceVersion")),
    resourceVersionMatch: "Exact",
  };
  assert.deepEqual((await page(api, exact)).items, NAMES.map((name) => `${name}2`));
});

Deno.test("a page of a forgotten state is refused, with a token to go on without consistency", async () => {
  const folder = await Deno.makeTempDir();
  await using cleanUp = new AsyncDisposableStack();
  cleanUp.defer(() => Deno.remove(folder, { recursive: true }));
  let token = "";
  {
    await using api = await setUp(folder);
    token = (await page(api, { limit: "2" })).token;
    await api.send("DELETE", `${GADGETS}/c`);
  }
  await using api = await startEmbeddedApi({ folder });
  await api.mergePatch(`${GADGETS}/e`, { spec: { size: 9 } });
  const exact = { resourceVersion: "3", resourceVersionMatch: "Exact" };
  assert.equal((await page(api, exact)).status, 410);
  const refused = await page(api, { limit: "1", continue: token });
  assert.equal(refused.status, 410);
  const next = await page(api, { limit: "1", continue: refused.token });
  assert.deepEqual([next.items, next.remaining], [["d2"], 1]);
  assert.deepEqual((await page(api, { continue: next.token })).items, ["e9"]);
});
