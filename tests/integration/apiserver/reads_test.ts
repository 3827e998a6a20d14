/** Reads over HTTP: authentication, discovery, lists, selectors, tables. */

import type { JsonObject } from "../../../lib/base/json.ts";
import assert from "node:assert/strict";
import { at } from "../../support/apiserver/api_connection.ts";
import { type EmbeddedApi, startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";
import { gadget, GADGETS } from "../../support/kube/gadget.ts";

const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
const GROUP_VERSION = "/apis/test.example.com/v1alpha1";

async function create(
  api: EmbeddedApi,
  name: string,
  more: Partial<JsonObject> = {},
): Promise<void> {
  const { metadata = {}, namespace = "default", ...rest } = more;
  const body = { ...gadget(name), metadata: { name, ...metadata as JsonObject }, ...rest };
  const path = GADGETS.replace("default", String(namespace));
  assert.equal((await api.send("POST", path, { body })).status, 201);
}

async function listNames(api: EmbeddedApi, path: string): Promise<unknown[]> {
  const { status, body } = await api.send("GET", path);
  assert.equal(status, 200, JSON.stringify(body));
  return (body["items"] as JsonObject[]).map((item) => at(item, "metadata.name"));
}

for (const authorization of ["", "Bearer", "Bearer wrong", "Basic dXNlcjpwYXNz"]) {
  Deno.test(`a request with authorization "${authorization}" is refused with 401`, async () => {
    await using api = await startEmbeddedApi();
    for (const path of [GADGETS, "/api", "/healthz", "/nothing"]) {
      const { status, body } = await api.send("GET", path, { headers: { authorization } });
      assert.equal(status, 401);
      assert.deepEqual([body["kind"], body["reason"]], ["Status", "Unauthorized"]);
    }
  });
}

Deno.test("discovery lists groups, versions, kinds and their verbs", async () => {
  await using api = await startEmbeddedApi();
  assert.deepEqual((await api.send("GET", "/api")).body["versions"], ["v1"]);
  const groups = (await api.send("GET", "/apis")).body["groups"] as JsonObject[];
  assert.deepEqual(groups.map(({ name }) => name), [
    "apps",
    "events.k8s.io",
    "coordination.k8s.io",
    "k8s.cni.cncf.io",
    "test.example.com",
  ]);
  assert.equal((await api.send("GET", "/apis/test.example.com")).body["kind"], "APIGroup");
  const { body } = await api.send("GET", GROUP_VERSION);
  const verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
  assert.deepEqual(body["resources"], [
    {
      name: "gadgets",
      singularName: "gadget",
      namespaced: true,
      kind: "Gadget",
      verbs,
      shortNames: ["gdt"],
      categories: ["toys", "all"],
    },
    {
      name: "gadgets/status",
      singularName: "",
      namespaced: true,
      kind: "Gadget",
      verbs: ["get", "patch", "update"],
    },
  ]);
  assert.equal(at((await api.send("GET", "/version")).body, "major"), "1");
  assert.equal((await api.send("GET", "/readyz")).text, "ok");
});

Deno.test("OpenAPI lists its documents, and says that PATCH validates fields", async () => {
  await using api = await startEmbeddedApi();
  const index = (await api.send("GET", "/openapi/v3")).body;
  const url = at(
    (index["paths"] as JsonObject)["apis/test.example.com/v1alpha1"],
    "serverRelativeURL",
  );
  const { status, body } = await api.send("GET", String(url));
  assert.equal(status, 200);
  const paths = body["paths"] as JsonObject;
  const patch = at(paths[`${GROUP_VERSION}/namespaces/{namespace}/gadgets/{name}`], "patch");
  const parameters = at(patch, "parameters") as JsonObject[];
  assert.ok(parameters.some(({ name }) => name === "fieldValidation"));
});

Deno.test("OpenAPI v2 is an empty document in Protobuf, for kubectl", async () => {
  await using api = await startEmbeddedApi();
  const { status, headers, text } = await api.send("GET", "/openapi/v2");
  assert.deepEqual({ status, text }, { status: 200, text: "" });
  assert.match(headers.get("content-type") ?? "", /protobuf$/);
});

for (
  const path of [
    "/",
    "/foo",
    "/apis/none",
    `${GROUP_VERSION}/none`,
    `${GADGETS}/a/scale`,
    "/api/v2",
  ]
) {
  Deno.test(`GET ${path} is answered with 404`, async () => {
    await using api = await startEmbeddedApi();
    assert.equal((await api.send("GET", path)).status, 404);
  });
}

Deno.test("a list has the newest resourceVersion and all objects", async () => {
  await using api = await startEmbeddedApi();
  for (const name of ["c", "a", "b"]) await create(api, name);
  const { body } = await api.send("GET", GADGETS);
  const { items, ...list } = body;
  const newest = Math.max(
    ...(items as JsonObject[]).map((item) => Number(at(item, "metadata.resourceVersion"))),
  );
  assert.deepEqual(list, {
    apiVersion: "test.example.com/v1alpha1",
    kind: "GadgetList",
    metadata: { resourceVersion: String(newest), continue: "" },
  });
  assert.deepEqual(await listNames(api, GADGETS), ["a", "b", "c"]);
});

Deno.test("lists follow namespaces and selectors", async () => {
  await using api = await startEmbeddedApi();
  await create(api, "a", { metadata: { labels: { x: "1" } } });
  await create(api, "b", { metadata: { labels: { x: "2" } } });
  await create(api, "c", { namespace: "lab" });
  const all = `${GROUP_VERSION}/gadgets`;
  assert.deepEqual(await listNames(api, all), ["a", "b", "c"]);
  assert.deepEqual(await listNames(api, GADGETS), ["a", "b"]);
  assert.deepEqual(await listNames(api, `${all}?fieldSelector=metadata.namespace%3Dlab`), ["c"]);
  assert.deepEqual(await listNames(api, `${GADGETS}?fieldSelector=metadata.namespace%3Dlab`), []);
  assert.deepEqual(await listNames(api, `${all}?fieldSelector=metadata.name!%3Da`), ["b", "c"]);
  assert.deepEqual(await listNames(api, `${all}?labelSelector=x`), ["a", "b"]);
  assert.deepEqual(await listNames(api, `${all}?labelSelector=x%20in%20(2,3)`), ["b"]);
});

for (
  const [query, code, message] of [
    ["fieldSelector=spec.size%3D2", 400, /^field label not supported: spec\.size$/],
    ["labelSelector=a%20b", 400, /^unable to parse requirement: 'a b'/],
    ["limit=x", 400, /^limit must be a whole number, not "x"$/],
    ["resourceVersion=x", 400, /^resourceVersion must be a whole number/],
    ["resourceVersion=99999", 504, /^Timeout: Too large resource version: 99999, current: \d+$/],
    ["continue=abc", 400, /^continue key is not valid/],
    ["continue=bnVsbA", 400, /^continue key is not valid/],
    ["watch=true&resourceVersion=x", 400, /^resourceVersion must be a whole number/],
    ["watch=true&timeoutSeconds=x", 400, /^timeoutSeconds must be a whole number/],
  ] as const
) {
  Deno.test(`a list with ${query} is refused with ${code}`, async () => {
    await using api = await startEmbeddedApi();
    const answer = await api.send("GET", `${GADGETS}?${query}`);
    assert.equal(answer.status, code);
    assert.match(String(answer.body["message"]), message);
  });
}

Deno.test("tables have a cell for each column, and as much of the objects as requested", async () => {
  const nowMs = Date.parse("2026-01-02T00:00:00Z");
  let passedMs = 0;
  await using api = await startEmbeddedApi({ nowMs: () => nowMs + passedMs });
  await create(api, "a");
  await api.mergePatch(`${GADGETS}/a/status`, {
    status: { conditions: [{ type: "Other", status: "True" }, { type: "Ready", status: "False" }] },
  });
  passedMs = 5 * 60_000 + 7_000;
  const rowsOf = async (path: string) => {
    const { body } = await api.send("GET", path, { headers: { accept: TABLE } });
    assert.equal(body["kind"], "Table");
    return body["rows"] as JsonObject[];
  };
  for (const path of [GADGETS, `${GADGETS}/a`]) {
    assert.deepEqual((await rowsOf(path)).map(({ cells }) => cells), [
      ["a", 2, "False", null, "5m7s"],
    ]);
  }
  const kinds = await Promise.all(
    ["", "?includeObject=None", "?includeObject=Object"].map(async (query) =>
      at((await rowsOf(`${GADGETS}${query}`))[0], "object.kind")
    ),
  );
  assert.deepEqual(kinds, ["PartialObjectMetadata", undefined, "Gadget"]);
});

Deno.test("the Accept header chooses the format of an answer", async () => {
  await using api = await startEmbeddedApi();
  const kindFor = async (accept: string) => {
    const { status, body } = await api.send("GET", GADGETS, { headers: { accept } });
    return status === 200 ? body["kind"] : status;
  };
  assert.equal(await kindFor("*/*"), "GadgetList");
  assert.equal(await kindFor("application/vnd.kubernetes.protobuf,application/json"), "GadgetList");
  assert.equal(await kindFor("application/json;as=Table;v=v1;g=meta.k8s.io"), "Table");
  assert.equal(await kindFor("application/json;as=Other;v=v1;g=meta.k8s.io"), 406);
  assert.equal(await kindFor("application/xml"), 406);
});

Deno.test("an answer is one line, or many with pretty=true", async () => {
  await using api = await startEmbeddedApi();
  const plain = await api.send("GET", GADGETS);
  const pretty = await api.send("GET", `${GADGETS}?pretty=true`);
  assert.equal(plain.text, `${JSON.stringify(plain.body)}\n`);
  assert.equal(pretty.text, `${JSON.stringify(plain.body, null, 2)}\n`);
});
