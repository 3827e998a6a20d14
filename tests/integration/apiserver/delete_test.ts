/** Deletion: preconditions, finalizers, owners, namespaces, admission, dry runs. */

import type { JsonObject } from "../../../lib/base/json.ts";
import assert from "node:assert/strict";
import type { AdmissionRequest } from "../../../lib/admission/contract.ts";
import { at } from "../../support/apiserver/api_connection.ts";
import { type EmbeddedApi, startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";
import { gadget, GADGETS } from "../../support/kube/gadget.ts";

async function create(
  api: EmbeddedApi,
  name: string,
  metadata: JsonObject = {},
): Promise<JsonObject> {
  const body = { ...gadget(name), metadata: { name, ...metadata } };
  const answer = await api.send("POST", GADGETS, { body });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer.body;
}

async function names(api: EmbeddedApi): Promise<unknown[]> {
  const { body } = await api.send("GET", GADGETS);
  return (body["items"] as JsonObject[]).map((item) => at(item, "metadata.name"));
}

function ownedBy(...owners: readonly JsonObject[]): JsonObject {
  return {
    ownerReferences: owners.map((owner) => ({
      apiVersion: owner["apiVersion"],
      kind: owner["kind"],
      name: at(owner, "metadata.name"),
      uid: at(owner, "metadata.uid"),
    })),
  };
}

Deno.test("delete removes an object at once and names it in the answer", async () => {
  await using api = await startEmbeddedApi();
  const { metadata } = await create(api, "a");
  const { status, body } = await api.send("DELETE", `${GADGETS}/a`);
  assert.equal(status, 200);
  assert.equal(body["status"], "Success");
  assert.deepEqual(body["details"], {
    name: "a",
    group: "test.example.com",
    kind: "gadgets",
    uid: at(metadata, "uid"),
  });
  assert.equal((await api.send("GET", `${GADGETS}/a`)).status, 404);
  assert.equal((await api.send("DELETE", `${GADGETS}/a`)).status, 404);
});

Deno.test("delete checks its preconditions", async () => {
  await using api = await startEmbeddedApi();
  await create(api, "a");
  for (const preconditions of [{ uid: "1" }, { resourceVersion: "1" }]) {
    const { status, body } = await api.send("DELETE", `${GADGETS}/a`, { body: { preconditions } });
    assert.equal(status, 409);
    assert.match(String(body["message"]), /in the precondition \(1\) does not match the/);
  }
  assert.deepEqual(await names(api), ["a"]);
});

Deno.test("delete waits for the last finalizer, and none can be added meanwhile", async () => {
  await using api = await startEmbeddedApi();
  await create(api, "a", { finalizers: ["test.example.com/x", "test.example.com/y"] });
  const { body: marked } = await api.send("DELETE", `${GADGETS}/a`);
  assert.match(String(at(marked, "metadata.deletionTimestamp")), /^\d{4}-.*Z$/);
  assert.equal(at(marked, "metadata.generation"), 2);
  const { body: again } = await api.send("DELETE", `${GADGETS}/a`);
  assert.deepEqual(again, marked, "a second deletion changes nothing");
  const added = await api.mergePatch(`${GADGETS}/a`, {
    metadata: { finalizers: ["test.example.com/x", "test.example.com/z"] },
  });
  assert.equal(added.status, 422);
  assert.match(String(added.body["message"]), /Forbidden: no new finalizers can be added/);
  const one = await api.mergePatch(`${GADGETS}/a`, {
    metadata: { finalizers: ["test.example.com/y"] },
  });
  assert.deepEqual(at(one.body, "metadata.finalizers"), ["test.example.com/y"]);
  await api.mergePatch(`${GADGETS}/a`, { metadata: { deletionTimestamp: null } });
  assert.deepEqual(await names(api), ["a"]);
  const last = await api.mergePatch(`${GADGETS}/a`, { metadata: { finalizers: null } });
  assert.equal(last.status, 200);
  assert.deepEqual(await names(api), []);
});

Deno.test("objects are deleted with their last owner, and so are their own dependents", async () => {
  await using api = await startEmbeddedApi();
  const first = await create(api, "first");
  const second = await create(api, "second");
  const child = await create(api, "child", ownedBy(first));
  await create(api, "grandchild", ownedBy(child));
  await create(api, "shared", ownedBy(first, second));
  await create(api, "held", { ...ownedBy(first), finalizers: ["test.example.com/x"] });
  await api.send("DELETE", `${GADGETS}/first`);
  assert.deepEqual(await names(api), ["held", "second", "shared"]);
  const { body: held } = await api.send("GET", `${GADGETS}/held`);
  assert.notEqual(at(held, "metadata.deletionTimestamp"), undefined);
  await api.send("DELETE", `${GADGETS}/second`);
  assert.deepEqual(await names(api), ["held"]);
});

Deno.test("an owner of a kind that is not served keeps its objects", async () => {
  await using api = await startEmbeddedApi();
  const owner = await create(api, "owner");
  const vm = {
    apiVersion: "kubevirt.io/v1",
    kind: "VirtualMachine",
    metadata: { name: "v", uid: "1" },
  };
  await create(api, "child", ownedBy(vm, owner));
  await api.send("DELETE", `${GADGETS}/owner`);
  assert.deepEqual(await names(api), ["child"]);
});

Deno.test("delete with propagationPolicy Orphan leaves dependents behind", async () => {
  await using api = await startEmbeddedApi();
  const owner = await create(api, "owner");
  await create(api, "child", ownedBy(owner));
  await api.send("DELETE", `${GADGETS}/owner?propagationPolicy=Orphan`);
  const { body } = await api.send("GET", `${GADGETS}/child`);
  assert.equal(at(body, "metadata.name"), "child");
  assert.equal(at(body, "metadata.ownerReferences"), undefined);
});

Deno.test("objects whose owner was deleted while they were made are deleted at the next start", async () => {
  const folder = await Deno.makeTempDir();
  const gone = {
    apiVersion: "test.example.com/v1alpha1",
    kind: "Gadget",
    metadata: { name: "o", uid: "1" },
  };
  {
    await using api = await startEmbeddedApi({ folder });
    await create(api, "child", ownedBy(gone));
  }
  {
    await using api = await startEmbeddedApi({ folder });
    assert.deepEqual(await names(api), []);
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a namespace is made with its first object, and deleting it deletes its objects", async () => {
  await using api = await startEmbeddedApi();
  const path = GADGETS.replace("default", "lab");
  await api.send("POST", path, { body: gadget("a") });
  const { body } = await api.send("GET", "/api/v1/namespaces/lab");
  assert.deepEqual(at(body, "status"), { phase: "Active" });
  assert.deepEqual(at(body, "metadata.labels"), { "kubernetes.io/metadata.name": "lab" });
  const involvedObject = { kind: "Gadget", namespace: "lab", name: "a" };
  const event = { metadata: { name: "e" }, involvedObject };
  assert.equal(
    (await api.send("POST", "/api/v1/namespaces/lab/events", { body: event })).status,
    201,
  );
  const answer = await api.send("DELETE", "/api/v1/namespaces/lab");
  assert.equal(at(answer.body, "status.phase"), "Terminating");
  assert.equal((await api.send("GET", `${path}/a`)).status, 404);
  assert.equal((await api.send("GET", "/api/v1/namespaces/lab/events/e")).status, 404);
  assert.equal((await api.send("GET", "/api/v1/namespaces/lab")).status, 404);
  assert.equal((await api.send("DELETE", "/api/v1/namespaces/default")).status, 403);
});

Deno.test("a namespace that is being deleted waits for its last object and refuses new ones", async () => {
  await using api = await startEmbeddedApi();
  const path = GADGETS.replace("default", "lab");
  const metadata = { name: "held", finalizers: ["x.example.com/y"] };
  const held = { ...gadget("held"), metadata };
  await api.send("POST", path, { body: held });
  await api.send("DELETE", "/api/v1/namespaces/lab");
  const { body } = await api.send("GET", "/api/v1/namespaces/lab");
  assert.equal(at(body, "status.phase"), "Terminating");
  const refused = await api.send("POST", path, { body: gadget("b") });
  assert.equal(refused.status, 403);
  assert.equal(at(refused.body, "details.causes.0.reason"), "NamespaceTerminating");
  await api.mergePatch(`${path}/held`, { metadata: { finalizers: null } });
  assert.equal((await api.send("GET", "/api/v1/namespaces/lab")).status, 404);
});

Deno.test("admission refuses changes and names the fields at fault, but lets changes of the status pass", async () => {
  const asked: AdmissionRequest[] = [];
  await using api = await startEmbeddedApi({
    admission: () => ({
      judge: (request) => {
        asked.push(request);
        const { spec } = request.object ?? request.oldObject!;
        const error = { check: "gadget-size", field: "spec.size", message: "seven is taken" };
        return { errors: at(spec, "size") === 7 ? [error] : [], warnings: [] };
      },
    }),
  });
  const refused = await api.send("POST", GADGETS, { body: gadget("a", { size: 7 }) });
  assert.equal(refused.status, 422);
  assert.equal(
    refused.body["message"],
    'Gadget.test.example.com "a" is invalid: spec.size: seven is taken',
  );
  assert.deepEqual(at(refused.body, "details.causes"), [
    { reason: "FieldValueInvalid", message: "seven is taken", field: "spec.size" },
  ]);
  await api.send("POST", GADGETS, { body: gadget("a", { size: 0 }) });
  assert.equal(asked.length, 1, "what breaks the schema is not asked about");
  await create(api, "a");
  assert.equal((await api.mergePatch(`${GADGETS}/a`, { spec: { size: 7 } })).status, 422);
  assert.equal((await api.mergePatch(`${GADGETS}/a/status`, { status: { used: 1 } })).status, 200);
  await api.send("DELETE", `${GADGETS}/a`);
  assert.deepEqual(
    asked.map(({ operation, object, oldObject }) => [
      operation,
      at(object, "spec.size"),
      at(oldObject, "spec.size"),
    ]),
    [["CREATE", 7, undefined], ["CREATE", 2, undefined], ["UPDATE", 7, 2], [
      "DELETE",
      undefined,
      2,
    ]],
  );
});

Deno.test("a dry run checks everything, answers with the result, and changes nothing", async () => {
  await using api = await startEmbeddedApi();
  await create(api, "a", { finalizers: ["test.example.com/x"] });
  const before = (await api.send("GET", GADGETS)).body;
  const dry = "?dryRun=All";
  const made = await api.send("POST", `${GADGETS}${dry}`, { body: gadget("b") });
  assert.deepEqual([made.status, at(made.body, "spec.color")], [201, "red"]);
  assert.equal((await api.send("POST", `${GADGETS}${dry}`, { body: gadget("a") })).status, 409);
  const lab = GADGETS.replace("default", "lab");
  assert.equal((await api.send("POST", `${lab}${dry}`, { body: gadget("b") })).status, 201);
  assert.equal((await api.send("GET", "/api/v1/namespaces/lab")).status, 404);
  const patched = await api.mergePatch(`${GADGETS}/a${dry}`, { spec: { size: 5 } });
  assert.deepEqual([patched.status, at(patched.body, "spec.size")], [200, 5]);
  assert.equal((await api.mergePatch(`${GADGETS}/a${dry}`, { spec: { size: 99 } })).status, 422);
  const marked = await api.send("DELETE", `${GADGETS}/a`, { body: { dryRun: ["All"] } });
  assert.notEqual(at(marked.body, "metadata.deletionTimestamp"), undefined);
  assert.deepEqual((await api.send("GET", GADGETS)).body, before);
});
