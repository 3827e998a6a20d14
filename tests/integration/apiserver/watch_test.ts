/** Watches over HTTP: which changes arrive, in which form, and how watches end. */

import type { JsonObject } from "../../../lib/base/json.ts";
import assert from "node:assert/strict";
import { at } from "../../support/apiserver/api_connection.ts";
import { type EmbeddedApi, startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";
import { gadget, GADGETS } from "../../support/kube/gadget.ts";

const ALL_NAMESPACES = "/apis/test.example.com/v1alpha1/gadgets";

async function create(api: EmbeddedApi, name: string, labels: JsonObject = {}): Promise<void> {
  const body = { ...gadget(name), metadata: { name, labels } };
  assert.equal((await api.send("POST", GADGETS, { body })).status, 201);
}

async function revisionOf(api: EmbeddedApi): Promise<string> {
  return String(at((await api.send("GET", GADGETS)).body, "metadata.resourceVersion"));
}

Deno.test("a watch without a resourceVersion starts with all existing objects", async () => {
  await using api = await startEmbeddedApi();
  await create(api, "a");
  await create(api, "b");
  for (const query of ["", "?resourceVersion=0"]) {
    await using watch = await api.watch(`${GADGETS}${query}`);
    assert.deepEqual(await watch.nextNames(2), ["ADDED a", "ADDED b"]);
  }
});

Deno.test("a watch from a resourceVersion shows every change since then, and new ones", async () => {
  await using api = await startEmbeddedApi();
  await create(api, "old");
  const since = await revisionOf(api);
  await create(api, "a");
  await api.mergePatch(`${GADGETS}/a`, { spec: { size: 3 } });
  await using watch = await api.watch(`${GADGETS}?resourceVersion=${since}`);
  assert.deepEqual(await watch.nextNames(2), ["ADDED a", "MODIFIED a"]);
  await api.send("DELETE", `${GADGETS}/a`);
  await api.send("DELETE", `${GADGETS}/old`);
  const deleted = await watch.next();
  assert.equal(deleted?.type, "DELETED");
  assert.equal(at(deleted?.object, "spec.size"), 3, "the last state");
  assert.equal(at(deleted?.object, "metadata.resourceVersion"), String(Number(since) + 3));
  assert.deepEqual(await watch.nextNames(1), ["DELETED old"]);
});

Deno.test("a write that changes nothing causes no event", async () => {
  await using api = await startEmbeddedApi();
  await create(api, "a");
  await using watch = await api.watch(`${GADGETS}?resourceVersion=${await revisionOf(api)}`);
  await api.mergePatch(`${GADGETS}/a`, { spec: { size: 2 } });
  await create(api, "b");
  assert.deepEqual(await watch.nextNames(1), ["ADDED b"]);
});

Deno.test("a watch of one namespace, or of one name, sees nothing else", async () => {
  await using api = await startEmbeddedApi();
  const since = await revisionOf(api);
  const other = GADGETS.replace("default", "lab");
  await using one = await api.watch(`${GADGETS}?resourceVersion=${since}`);
  await using all = await api.watch(`${ALL_NAMESPACES}?resourceVersion=${since}`);
  await using named = await api.watch(
    `${ALL_NAMESPACES}?resourceVersion=${since}&fieldSelector=metadata.name%3Db`,
  );
  await api.send("POST", other, { body: gadget("a") });
  await create(api, "b");
  assert.deepEqual(await one.nextNames(1), ["ADDED b"]);
  assert.deepEqual(await all.nextNames(2), ["ADDED a", "ADDED b"]);
  assert.deepEqual(await named.nextNames(1), ["ADDED b"]);
});

Deno.test("an object that enters the selection is ADDED, and one that leaves it DELETED", async () => {
  await using api = await startEmbeddedApi();
  const since = await revisionOf(api);
  await using watch = await api.watch(`${GADGETS}?labelSelector=x%3Dy&resourceVersion=${since}`);
  await create(api, "a");
  const label = (value: string | null) =>
    api.mergePatch(`${GADGETS}/a`, { metadata: { labels: { x: value } } });
  await label("y");
  await api.mergePatch(`${GADGETS}/a`, { spec: { size: 4 } });
  await label("z");
  await label("y");
  await api.send("DELETE", `${GADGETS}/a`);
  assert.deepEqual(await watch.nextNames(5), [
    "ADDED a",
    "MODIFIED a",
    "DELETED a",
    "ADDED a",
    "DELETED a",
  ]);
});

Deno.test("a watch from a resourceVersion of the future ends with 410 Expired", async () => {
  await using api = await startEmbeddedApi();
  await using watch = await api.watch(`${GADGETS}?resourceVersion=99999`);
  const line = await watch.next();
  assert.equal(line?.type, "ERROR");
  assert.deepEqual([line.object["code"], line.object["reason"]], [410, "Expired"]);
  assert.equal(await watch.next(), undefined);
});

Deno.test("after a restart, only the newest resourceVersion is still known", async () => {
  const folder = await Deno.makeTempDir();
  let before: number;
  {
    await using api = await startEmbeddedApi({ folder });
    await create(api, "a");
    before = Number(await revisionOf(api));
  }
  {
    await using api = await startEmbeddedApi({ folder });
    assert.equal(Number(await revisionOf(api)), before);
    await using old = await api.watch(`${GADGETS}?resourceVersion=${before - 1}`);
    assert.equal((await old.next())?.object["code"], 410);
    await using current = await api.watch(`${GADGETS}?resourceVersion=${before}`);
    await create(api, "b");
    assert.deepEqual(await current.nextNames(1), ["ADDED b"]);
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("sendInitialEvents sends a marked bookmark after the existing objects", async () => {
  await using api = await startEmbeddedApi();
  await create(api, "a");
  const query = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
  await using watch = await api.watch(`${GADGETS}?${query}`);
  assert.deepEqual(await watch.nextNames(1), ["ADDED a"]);
  const bookmark = await watch.next();
  assert.equal(bookmark?.type, "BOOKMARK");
  assert.deepEqual(bookmark.object["metadata"], {
    resourceVersion: await revisionOf(api),
    annotations: { "k8s.io/initial-events-end": "true" },
  });
  const refused = await api.send("GET", `${GADGETS}?watch=true&sendInitialEvents=true`);
  assert.equal(refused.status, 422);
});

Deno.test("a watch ends after its timeoutSeconds", async () => {
  await using api = await startEmbeddedApi();
  await using watch = await api.watch(`${GADGETS}?timeoutSeconds=1`);
  assert.equal(await watch.next(), undefined);
});

Deno.test("close() ends every watch", async () => {
  const api = await startEmbeddedApi();
  await using first = await api.watch(GADGETS);
  await using second = await api.watch("/api/v1/namespaces");
  assert.deepEqual(await second.nextNames(1), ["ADDED default"]);
  await api.close();
  assert.equal(await first.next(), undefined);
  assert.equal(await second.next(), undefined);
  await Deno.remove(api.folder, { recursive: true });
});

Deno.test("a watch as a table defines the columns once", async () => {
  await using api = await startEmbeddedApi();
  await create(api, "a");
  const accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
  await using watch = await api.watch(GADGETS, { accept });
  await api.mergePatch(`${GADGETS}/a`, { spec: { size: 9 } });
  const first = await watch.next();
  assert.equal(first?.object["kind"], "Table");
  assert.deepEqual(
    (first.object["columnDefinitions"] as JsonObject[]).map(({ name }) => name),
    ["Name", "Size", "READY", "Address", "AGE"],
  );
  const second = await watch.next();
  assert.equal(second?.object["columnDefinitions"], null);
  assert.deepEqual(
    (at(second?.object, "rows.0.cells") as unknown[]).slice(0, 4),
    ["a", 9, null, null],
  );
});
