/** Events: two APIs over one storage, and expiry after an hour. */

import type { JsonObject } from "../../../lib/base/json.ts";
import assert from "node:assert/strict";
import { at } from "../../support/apiserver/api_connection.ts";
import { startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";

const CORE = "/api/v1/namespaces/default/events";
const NEW = "/apis/events.k8s.io/v1/namespaces/default/events";

const POOL = { apiVersion: "network.harvesterhci.io/v1alpha1", kind: "IPPool", name: "p" };

function newEvent(name: string, more: JsonObject = {}): JsonObject {
  return {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: { name },
    regarding: { ...POOL, namespace: "default" },
    reason: "PoolFull",
    note: "No address is left",
    type: "Warning",
    reportingController: "vm-dhcp",
    ...more,
  };
}

function coreEvent(name: string): JsonObject {
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name },
    involvedObject: { ...POOL, namespace: "default" },
    reason: "PoolEmpty",
    message: "All addresses are free",
    type: "Normal",
  };
}

Deno.test("an event written through either API is read through both", async () => {
  await using api = await startEmbeddedApi();
  assert.equal((await api.send("POST", NEW, { body: newEvent("n") })).status, 201);
  assert.equal((await api.send("POST", CORE, { body: coreEvent("c") })).status, 201);
  const asCore = (await api.send("GET", `${CORE}/n`)).body;
  assert.equal(asCore["apiVersion"], "v1");
  assert.equal(asCore["message"], "No address is left");
  assert.equal(at(asCore, "involvedObject.name"), "p");
  const asNew = (await api.send("GET", `${NEW}/c`)).body;
  assert.equal(asNew["apiVersion"], "events.k8s.io/v1");
  assert.equal(asNew["note"], "All addresses are free");
  const list = (await api.send("GET", NEW)).body["items"] as JsonObject[];
  assert.deepEqual(list.map((event) => event["note"]), [
    "All addresses are free",
    "No address is left",
  ]);
});

Deno.test("a merge patch through events.k8s.io uses the field names of that API", async () => {
  await using api = await startEmbeddedApi();
  await api.send("POST", NEW, { body: newEvent("n") });
  const series = { count: 2, lastObservedTime: "2026-01-01T00:00:00.000000Z" };
  const { status, body } = await api.mergePatch(`${NEW}/n`, { series, note: "Still full" });
  assert.deepEqual([status, body["note"]], [200, "Still full"]);
  const core = (await api.send("GET", `${CORE}/n`)).body;
  assert.deepEqual([core["message"], core["series"]], ["Still full", series]);
});

Deno.test("kubectl's field selectors find the events of an object", async () => {
  await using api = await startEmbeddedApi();
  await api.send("POST", NEW, { body: newEvent("n") });
  const other = { ...POOL, name: "other", namespace: "default" };
  await api.send("POST", NEW, { body: newEvent("o", { regarding: other }) });
  const namesAt = async (path: string, selector: string) => {
    const query = `fieldSelector=${encodeURIComponent(selector)}`;
    const { body } = await api.send("GET", `${path}?${query}`);
    return (body["items"] as JsonObject[]).map((event) => at(event, "metadata.name"));
  };
  const about = "involvedObject.name=p,involvedObject.namespace=default,involvedObject.kind=IPPool";
  assert.deepEqual(await namesAt(CORE, about), ["n"]);
  assert.deepEqual(await namesAt(NEW, "regarding.name=other,type=Warning"), ["o"]);
});

Deno.test("an event in another namespace than its object is refused", async () => {
  await using api = await startEmbeddedApi();
  const body = newEvent("n", { regarding: { ...POOL, namespace: "lab" } });
  const answer = await api.send("POST", NEW, { body });
  assert.equal(answer.status, 422);
  assert.match(
    String(answer.body["message"]),
    /regarding\.namespace: .* does not match event\.nam/,
  );
});

Deno.test("watches of either API show the other's events with their own field names", async () => {
  await using api = await startEmbeddedApi();
  await using core = await api.watch(CORE);
  await using newer = await api.watch(NEW);
  await api.send("POST", NEW, { body: newEvent("n") });
  assert.equal((await core.next())?.object["message"], "No address is left");
  assert.equal((await newer.next())?.object["note"], "No address is left");
});

Deno.test("an event is removed at the first clean-up after an hour without a change", async () => {
  const folder = await Deno.makeTempDir();
  let nowMs = Date.parse("2026-01-01T00:00:00Z");
  {
    await using api = await startEmbeddedApi({ folder, nowMs: () => nowMs });
    await api.send("POST", NEW, { body: newEvent("old") });
    await api.send("POST", NEW, { body: newEvent("touched") });
    nowMs += 59 * 60_000;
    await api.mergePatch(`${NEW}/touched`, { note: "Still full" });
    nowMs += 2 * 60_000;
  }
  {
    await using api = await startEmbeddedApi({ folder, nowMs: () => nowMs });
    const items = (await api.send("GET", NEW)).body["items"] as JsonObject[];
    assert.deepEqual(items.map((event) => at(event, "metadata.name")), ["touched"]);
  }
  await Deno.remove(folder, { recursive: true });
});
