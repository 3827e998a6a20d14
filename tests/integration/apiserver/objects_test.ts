/** Create, read, replace and patch over HTTP: codes, bodies and stored objects. */

import type { JsonObject } from "../../../lib/base/json.ts";
import assert from "node:assert/strict";
import { at } from "../../support/apiserver/api_connection.ts";
import { type EmbeddedApi, startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";
import { gadget, GADGETS } from "../../support/kube/gadget.ts";

function metadataOf(body: JsonObject): JsonObject {
  return body["metadata"] as JsonObject;
}

async function create(api: EmbeddedApi, name: string, spec?: JsonObject): Promise<JsonObject> {
  const { status, body } = await api.send("POST", GADGETS, { body: gadget(name, spec) });
  assert.equal(status, 201, JSON.stringify(body));
  return body;
}

Deno.test("create sets the server's own fields and drops the status", async () => {
  const nowMs = Date.parse("2026-01-02T03:04:05.678Z");
  await using api = await startEmbeddedApi({ nowMs: () => nowMs });
  const sent = gadget("a", { size: 1 }, { status: { used: 3 } });
  const { status, body } = await api.send("POST", GADGETS, { body: sent });
  assert.equal(status, 201);
  const { uid, resourceVersion, ...metadata } = metadataOf(body);
  assert.match(String(uid), /^[0-9a-f-]{36}$/);
  assert.match(String(resourceVersion), /^\d+$/);
  assert.deepEqual(metadata, {
    name: "a",
    namespace: "default",
    generation: 1,
    creationTimestamp: "2026-01-02T03:04:05Z",
  });
  assert.deepEqual(body["spec"], { size: 1, color: "red" });
  assert.equal(body["status"], undefined);
  assert.deepEqual((await api.send("GET", `${GADGETS}/a`)).body, body);
});

Deno.test("create makes a name from generateName", async () => {
  await using api = await startEmbeddedApi();
  const body = { ...gadget(""), metadata: { generateName: "gen-" } };
  const first = await api.send("POST", GADGETS, { body });
  const second = await api.send("POST", GADGETS, { body });
  assert.match(String(metadataOf(first.body)["name"]), /^gen-[a-z0-9]{5}$/);
  assert.notEqual(metadataOf(first.body)["name"], metadataOf(second.body)["name"]);
});

Deno.test("replace changes the spec and raises the generation, and keeps the server's own fields", async () => {
  await using api = await startEmbeddedApi();
  const first = await create(api, "a");
  const { uid, creationTimestamp, resourceVersion } = metadataOf(first);
  const metadata = { name: "a", resourceVersion, labels: { x: "y" }, generation: 77 };
  const body = { ...gadget("a", { size: 3 }), metadata };
  const { status, body: second } = await api.send("PUT", `${GADGETS}/a`, { body });
  assert.equal(status, 200);
  assert.deepEqual(second["spec"], { size: 3, color: "red" });
  assert.deepEqual(metadataOf(second), {
    name: "a",
    namespace: "default",
    uid,
    creationTimestamp,
    generation: 2,
    labels: { x: "y" },
    resourceVersion: String(Number(resourceVersion) + 1),
  });
});

Deno.test("generation rises with changes of the spec only, and resourceVersion with every change", async () => {
  await using api = await startEmbeddedApi();
  let previous = metadataOf(await create(api, "a"));
  const steps:
    readonly (readonly [path: string, patch: JsonObject, generation: number, rv: number])[] = [
      ["", { spec: { size: 3 } }, 1, 1],
      ["", { spec: { size: 3 } }, 0, 0],
      ["", { metadata: { labels: { x: "y" } } }, 0, 1],
      ["/status", { status: { used: 1 } }, 0, 1],
      ["/status", { status: { used: 1 } }, 0, 0],
      ["", { status: { used: 9 } }, 0, 0],
      ["/status", { spec: { size: 9 } }, 0, 0],
    ];
  for (const [path, patch, generations, revisions] of steps) {
    const answer = await api.mergePatch(`${GADGETS}/a${path}`, patch);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    const metadata = metadataOf(answer.body);
    const about = `${path} ${JSON.stringify(patch)}`;
    assert.equal(
      Number(metadata["generation"]) - Number(previous["generation"]),
      generations,
      about,
    );
    assert.equal(
      Number(metadata["resourceVersion"]) - Number(previous["resourceVersion"]),
      revisions,
      about,
    );
    previous = metadata;
  }
});

Deno.test("/status changes the status alone, and the main path everything else", async () => {
  await using api = await startEmbeddedApi();
  const first = await create(api, "a");
  const patched = await api.mergePatch(`${GADGETS}/a/status`, {
    metadata: { labels: { x: "y" }, finalizers: ["test.example.com/x"] },
    spec: { size: 9 },
    status: { used: 4 },
  });
  assert.deepEqual(patched.body["status"], { used: 4 });
  assert.deepEqual(patched.body["spec"], first["spec"]);
  assert.equal(metadataOf(patched.body)["labels"], undefined);
  assert.equal(metadataOf(patched.body)["finalizers"], undefined);
  const body = { ...patched.body, status: { used: 5 }, spec: { size: 1 } };
  const replaced = await api.send("PUT", `${GADGETS}/a/status`, { body });
  assert.deepEqual(replaced.body["status"], { used: 5 });
  assert.deepEqual(replaced.body["spec"], first["spec"]);
  const main = await api.mergePatch(`${GADGETS}/a`, { spec: { size: 8 }, status: null });
  assert.deepEqual(main.body["status"], { used: 5 });
  assert.equal(at(main.body, "spec.size"), 8);
});

Deno.test("/status refuses stale versions and invalid statuses", async () => {
  await using api = await startEmbeddedApi();
  await create(api, "a");
  const path = `${GADGETS}/a/status`;
  const stale = await api.mergePatch(path, { metadata: { resourceVersion: "1" }, status: {} });
  assert.equal(stale.status, 409);
  const broken = await api.mergePatch(path, { status: { used: "x" } });
  assert.equal(broken.status, 422);
  assert.match(String(broken.body["message"]), /status\.used: Invalid value/);
});

Deno.test("unknown fields are dropped with a warning, or refused under strict validation", async () => {
  await using api = await startEmbeddedApi();
  const body = gadget("a", { size: 1, bogus: 1, parts: [{ name: "p", zz: 1 }] });
  const warned = await api.send("POST", GADGETS, { body });
  assert.equal(warned.status, 201);
  assert.deepEqual(warned.body["spec"], {
    size: 1,
    color: "red",
    parts: [{ name: "p", weight: 1 }],
  });
  assert.equal(
    warned.headers.get("warning"),
    '299 - "unknown field \\"spec.bogus\\"", 299 - "unknown field \\"spec.parts[0].zz\\""',
  );
  const ignored = await api.send("POST", `${GADGETS}?fieldValidation=Ignore`, {
    body: gadget("b", { size: 1, bogus: 1 }),
  });
  assert.equal(ignored.status, 201);
  assert.equal(ignored.headers.get("warning"), null);
  const strict = await api.send("POST", `${GADGETS}?fieldValidation=Strict`, {
    body: gadget("c", { size: 1, bogus: 1 }),
  });
  assert.equal(strict.status, 400);
  assert.equal(
    strict.body["message"],
    'Gadget in version "v1alpha1" cannot be handled as a Gadget: strict decoding error: ' +
      'unknown field "spec.bogus"',
  );
});
