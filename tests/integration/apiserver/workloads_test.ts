/** Pods, Deployments and Secrets: what is stored, what is refused, and what tables show. */

import type { JsonObject } from "../../../lib/base/json.ts";
import assert from "node:assert/strict";
import { at } from "../../support/apiserver/api_connection.ts";
import { type EmbeddedApi, startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";

const SECRETS = "/api/v1/namespaces/default/secrets";
const PODS = "/api/v1/namespaces/default/pods";
const DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
const STRATEGIC = { "content-type": "application/strategic-merge-patch+json" };
const TABLE = { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" };
const LABELS = { app: "x" };
const POD_SPEC = { containers: [{ name: "x", image: "one" }, { name: "y", image: "two" }] };

function deployment(more: JsonObject = {}): JsonObject {
  const template = { metadata: { labels: LABELS }, spec: POD_SPEC };
  return {
    metadata: { name: "a" },
    spec: { selector: { matchLabels: LABELS }, template, ...more },
  };
}

async function made(api: EmbeddedApi, path: string, body: JsonObject): Promise<JsonObject> {
  const answer = await api.send("POST", path, { body });
  assert.equal(answer.status, 201, answer.text);
  return answer.body;
}

/** The cells of the one row. */
async function cellsOf(api: EmbeddedApi, path: string): Promise<unknown> {
  return at((await api.send("GET", path, { headers: TABLE })).body, "rows.0.cells");
}

Deno.test("stringData of a Secret is stored as data, and its type never changes", async () => {
  await using api = await startEmbeddedApi();
  const secret = await made(api, SECRETS, {
    metadata: { name: "a" },
    stringData: { user: "zoë" },
    data: { key: "aGk=" },
  });
  assert.deepEqual(secret["data"], { key: "aGk=", user: "em/Dqw==" });
  assert.deepEqual([secret["type"], secret["stringData"]], ["Opaque", undefined]);
  const patch = { stringData: { key: "ho" } };
  const patched = await api.send("PATCH", `${SECRETS}/a`, { body: patch, headers: STRATEGIC });
  assert.deepEqual(patched.body["data"], { key: "aG8=", user: "em/Dqw==" });
  assert.equal((await api.mergePatch(`${SECRETS}/a`, { type: "other" })).status, 422);
  assert.deepEqual((await cellsOf(api, SECRETS) as unknown[]).slice(0, 3), ["a", "Opaque", 2]);
});

Deno.test("an immutable Secret keeps its values", async () => {
  await using api = await startEmbeddedApi();
  await made(api, SECRETS, { metadata: { name: "a" }, immutable: true, data: { key: "aGk=" } });
  for (const change of [{ data: { key: "aG8=" } }, { immutable: false }]) {
    assert.equal((await api.mergePatch(`${SECRETS}/a`, change)).status, 422);
  }
  assert.equal(
    (await api.mergePatch(`${SECRETS}/a`, { metadata: { labels: LABELS } })).status,
    200,
  );
});

for (
  const secret of [{ data: { key: "no base64" } }, { data: { key: 5 } }, {
    stringData: { key: {} },
  }]
) {
  Deno.test(`a Secret with ${JSON.stringify(secret)} is refused`, async () => {
    await using api = await startEmbeddedApi();
    const { status } = await api.send("POST", SECRETS, {
      body: { metadata: { name: "a" }, ...secret },
    });
    assert.equal(status, 400);
  });
}

Deno.test("a Deployment has a generation, and a status of its own path", async () => {
  await using api = await startEmbeddedApi();
  const first = await made(api, DEPLOYMENTS, deployment());
  assert.deepEqual([at(first, "spec.replicas"), first["status"]], [1, {}]);
  const images = { spec: { template: { spec: { containers: [{ name: "y", image: "three" }] } } } };
  const path = `${DEPLOYMENTS}/a`;
  const { body } = await api.send("PATCH", path, { body: images, headers: STRATEGIC });
  assert.deepEqual(
    (at(body, "spec.template.spec.containers") as JsonObject[]).map(({ image }) => image),
    ["one", "three"],
  );
  assert.equal(at(body, "metadata.generation"), 2);
  const status = { readyReplicas: 1, updatedReplicas: 1, availableReplicas: 1 };
  await api.mergePatch(`${path}/status`, { status });
  assert.equal(at((await api.send("GET", path)).body, "metadata.generation"), 2);
  const cells = await cellsOf(api, DEPLOYMENTS) as unknown[];
  assert.deepEqual([...cells.slice(0, 4), ...cells.slice(5)], [
    ...["a", "1/1", 1, 1],
    ...["x,y", "one,three", "app=x"],
  ]);
});

Deno.test("a Deployment is refused when its selector changes or does not match its Pods", async () => {
  await using api = await startEmbeddedApi();
  const other = { selector: { matchLabels: { app: "y" } } };
  assert.equal((await api.send("POST", DEPLOYMENTS, { body: deployment(other) })).status, 422);
  await made(api, DEPLOYMENTS, deployment());
  const template = { metadata: { labels: { app: "y" } } };
  const { status, text } = await api.mergePatch(`${DEPLOYMENTS}/a`, {
    spec: { ...other, template },
  });
  assert.equal(status, 422);
  assert.match(text, /spec\.selector: Invalid value: .*field is immutable/);
});

Deno.test("a Pod stays pending for ever, and is deleted at once", async () => {
  await using api = await startEmbeddedApi();
  const pod = await made(api, PODS, { metadata: { name: "a" }, spec: POD_SPEC });
  assert.deepEqual(pod["status"], { phase: "Pending" });
  assert.deepEqual((await cellsOf(api, PODS) as unknown[]).slice(0, 4), [
    "a",
    "0/2",
    "Pending",
    "0",
  ]);
  const { body } = await api.send("DELETE", `${PODS}/a`);
  assert.deepEqual([body["kind"], at(body, "metadata.name")], ["Pod", "a"]);
  assert.equal((await api.send("GET", `${PODS}/a`)).status, 404);
  const empty = await api.send("POST", PODS, { body: { metadata: { name: "b" }, spec: {} } });
  assert.equal(empty.status, 422);
});
