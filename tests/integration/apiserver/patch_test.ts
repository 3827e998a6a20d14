/** PATCH over HTTP: what each type of patch does to an object. */

import assert from "node:assert/strict";
import { checkRefusals, type Refusal } from "./refusals.ts";
import { at } from "../../support/apiserver/api_connection.ts";
import { startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";
import { gadget, GADGETS } from "../../support/kube/gadget.ts";

const JSON_PATCH = { "content-type": "application/json-patch+json" };
const STRATEGIC = { "content-type": "application/strategic-merge-patch+json" };

Deno.test("a JSON patch applies all of its operations or none", async () => {
  await using api = await startEmbeddedApi();
  await api.send("POST", GADGETS, { body: gadget("a") });
  const done = await api.send("PATCH", `${GADGETS}/a`, {
    headers: JSON_PATCH,
    body: [
      { op: "test", path: "/spec/size", value: 2 },
      { op: "replace", path: "/spec/size", value: 3 },
      { op: "add", path: "/metadata/annotations", value: {} },
      { op: "add", path: "/metadata/annotations/a.b~1c", value: "d" },
    ],
  });
  assert.equal(done.status, 200, done.text);
  assert.equal(at(done.body, "spec.size"), 3);
  assert.equal(at(done.body, "metadata.generation"), 2);
  assert.deepEqual(at(done.body, "metadata.annotations"), { "a.b/c": "d" });
});

Deno.test("a JSON patch of /status changes the status alone", async () => {
  await using api = await startEmbeddedApi();
  await api.send("POST", GADGETS, { body: gadget("a") });
  const conditions = [{ type: "Ready", status: "True" }];
  const done = await api.send("PATCH", `${GADGETS}/a/status`, {
    headers: JSON_PATCH,
    body: [
      { op: "add", path: "/status", value: { conditions } },
      { op: "replace", path: "/spec/size", value: 9 },
    ],
  });
  assert.equal(done.status, 200, done.text);
  assert.deepEqual(at(done.body, "status.conditions"), conditions);
  assert.equal(at(done.body, "spec.size"), 2);
});

Deno.test("a JSON patch can test the resourceVersion it was made for", async () => {
  await using api = await startEmbeddedApi();
  const created = (await api.send("POST", GADGETS, { body: gadget("a") })).body;
  const patch = (version: unknown) =>
    api.send("PATCH", `${GADGETS}/a`, {
      headers: JSON_PATCH,
      body: [
        { op: "test", path: "/metadata/resourceVersion", value: version },
        { op: "replace", path: "/spec/size", value: 4 },
      ],
    });
  const version = at(created, "metadata.resourceVersion");
  assert.equal((await patch(version)).status, 200);
  assert.equal((await patch(version)).status, 422, "it is stale now");
});

Deno.test("a strategic merge patch merges the lists of built-in kinds", async () => {
  await using api = await startEmbeddedApi();
  const merge = (body: unknown) =>
    api.send("PATCH", "/api/v1/namespaces/default", { headers: STRATEGIC, body });
  await merge({ metadata: { finalizers: ["example.com/a"], labels: { a: "1" } } });
  const done = await merge({ metadata: { finalizers: ["example.com/b"], labels: { b: "2" } } });
  assert.equal(done.status, 200, done.text);
  assert.deepEqual(at(done.body, "metadata.finalizers"), ["example.com/a", "example.com/b"]);
  assert.equal(at(done.body, "metadata.labels.a"), "1");
  assert.equal(at(done.body, "metadata.labels.b"), "2");
});

const REFUSALS: readonly Refusal[] = [
  {
    name: "a JSON patch that is not a list",
    method: "PATCH",
    path: `${GADGETS}/a`,
    contentType: JSON_PATCH["content-type"],
    body: { op: "remove", path: "/spec" },
    code: 400,
    reason: "BadRequest",
    message: /^a JSON patch must be a list of operations$/,
  },
  {
    name: "a JSON patch whose test fails",
    method: "PATCH",
    path: `${GADGETS}/a`,
    contentType: JSON_PATCH["content-type"],
    body: [
      { op: "replace", path: "/spec/size", value: 5 },
      { op: "test", path: "/metadata/resourceVersion", value: "1" },
    ],
    code: 422,
    reason: "Invalid",
    message: /^operation 1 \(test \/metadata\/resourceVersion\): testing failed/,
  },
  {
    name: "a JSON patch whose result breaks the schema",
    method: "PATCH",
    path: `${GADGETS}/a`,
    contentType: JSON_PATCH["content-type"],
    body: [{ op: "replace", path: "/spec/size", value: 99 }],
    code: 422,
    reason: "Invalid",
    message: /spec\.size: Invalid value: 99/,
  },
  {
    name: "a JSON patch that does not leave an object",
    method: "PATCH",
    path: `${GADGETS}/a`,
    contentType: JSON_PATCH["content-type"],
    body: [{ op: "replace", path: "", value: 7 }],
    code: 400,
    reason: "BadRequest",
    message: /^the object must be a JSON object$/,
  },
  {
    name: "a JSON patch of a stale resourceVersion",
    method: "PATCH",
    path: `${GADGETS}/a`,
    contentType: JSON_PATCH["content-type"],
    body: [{ op: "replace", path: "/metadata/resourceVersion", value: "1" }],
    code: 409,
    reason: "Conflict",
    message: /the object has been modified/,
  },
  {
    name: "a server-side apply",
    method: "PATCH",
    path: `${GADGETS}/a`,
    contentType: "application/apply-patch+yaml",
    body: gadget("a"),
    code: 415,
    reason: "UnsupportedMediaType",
    message: /^server-side apply is not supported here, use kubectl apply without it/,
  },
  {
    name: "a strategic merge patch of a kind from a definition",
    method: "PATCH",
    path: `${GADGETS}/a`,
    contentType: "application/strategic-merge-patch+json",
    body: {},
    code: 415,
    reason: "UnsupportedMediaType",
    message:
      /accepted media types include: application\/json-patch\+json, application\/merge-patch/,
  },
  {
    name: "a strategic merge patch with an unknown directive",
    method: "PATCH",
    path: "/api/v1/namespaces/default",
    contentType: "application/strategic-merge-patch+json",
    body: { metadata: { $patch: "spam" } },
    code: 400,
    reason: "BadRequest",
    message: /^unknown \$patch directive "spam"$/,
  },
];

Deno.test("a patch that is malformed or has an invalid result is refused", async (test) => {
  await using api = await startEmbeddedApi();
  await api.send("POST", GADGETS, { body: gadget("a") });
  await checkRefusals(api, test, REFUSALS);
});
