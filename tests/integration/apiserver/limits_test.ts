/** What a cluster could not store is refused, so that everything can move to one. */

import assert from "node:assert/strict";
import type { JsonObject } from "../../../lib/base/json.ts";
import { at } from "../../support/apiserver/api_connection.ts";
import { readCrd } from "../../support/apiserver/crds.ts";
import { startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";
import { gadget, GADGETS } from "../../support/kube/gadget.ts";
import { ippoolSample } from "../../support/apiserver/samples.ts";

const MIB = 1024 * 1024;
const MERGE_PATCH = "application/merge-patch+json";
const JSON_PATCH = "application/json-patch+json";

function filled(chars: number, character = "x"): JsonObject {
  return gadget("a", { size: 1, free: { text: character.repeat(chars) } });
}

Deno.test("an object may have 1.5 MiB, and no request makes a larger one", async () => {
  await using api = await startEmbeddedApi();
  const message =
    /^Gadget "a" is too large: it has \d+ octets as JSON, and a cluster stores up to 1572864$/;
  const large = { text: "x".repeat(1.5 * MIB) };
  for (const query of ["?dryRun=All", ""]) {
    for (const body of [filled(1.5 * MIB), filled(0.6 * MIB, "語")]) {
      const refused = await api.send("POST", `${GADGETS}${query}`, { body });
      assert.deepEqual([refused.status, refused.body["reason"]], [413, "RequestEntityTooLarge"]);
      assert.match(String(refused.body["message"]), message);
    }
  }
  const { body } = await api.send("POST", GADGETS, { body: filled(1.49 * MIB) });
  const changes: readonly (readonly [string, string, unknown, string])[] = [
    ["PUT", "application/json", { ...body, spec: { size: 1, free: large } }, ""],
    ["PATCH", MERGE_PATCH, { spec: { free: large } }, ""],
    ["PATCH", JSON_PATCH, [{ op: "copy", from: "/spec/free/text", path: "/spec/free/b" }], ""],
    ["PATCH", MERGE_PATCH, {
      status: { conditions: [{ type: "A", status: "True", message: "x".repeat(MIB) }] },
    }, "/status"],
  ];
  for (const [method, type, change, subresource] of changes) {
    for (const query of ["?dryRun=All", ""]) {
      const headers = { "content-type": type };
      const path = `${GADGETS}/a${subresource}${query}`;
      const refused = await api.send(method, path, { body: change, headers });
      assert.equal(refused.status, 413, `${method} ${type} ${refused.text.slice(0, 300)}`);
    }
  }
  assert.equal(
    (await api.mergePatch(`${GADGETS}/a`, { spec: { free: { text: "y" } } })).status,
    200,
  );
  assert.equal((await api.send("DELETE", `${GADGETS}/a`)).status, 200);
});

Deno.test("annotations may have 256 KiB in all", async () => {
  await using api = await startEmbeddedApi();
  const annotated = (chars: number) => ({
    ...gadget("a"),
    metadata: {
      name: "a",
      annotations: { a: "x".repeat(chars / 2 - 1), b: "x".repeat(chars / 2 - 1) },
    },
  });
  const refused = await api.send("POST", GADGETS, { body: annotated(256 * 1024 + 2) });
  assert.equal(refused.status, 422);
  assert.deepEqual(at(refused.body, "details.causes"), [{
    reason: "FieldValueTooLong",
    message: "Too long: may not be more than 262144 bytes",
    field: "metadata.annotations",
  }]);
  assert.equal((await api.send("POST", GADGETS, { body: annotated(256 * 1024) })).status, 201);
  const grown = await api.mergePatch(`${GADGETS}/a`, { metadata: { annotations: { c: "x" } } });
  assert.equal(grown.status, 422);
});

Deno.test("a Secret has names of files and 1 MiB of values", async () => {
  await using api = await startEmbeddedApi();
  const path = "/api/v1/namespaces/default/secrets";
  const answerTo = async (data: JsonObject) => {
    const { status, body } = await api.send("POST", `${path}?dryRun=All`, {
      body: { metadata: { name: "s" }, data },
    });
    const causes = at(body, "details.causes") as { field: string }[] | undefined ?? [];
    return [status, ...causes.map(({ field }) => field)];
  };
  const filled = (bytes: number) => new Uint8Array(bytes).toBase64();
  assert.deepEqual(await answerTo({ "a.b-C_1": filled(MIB - 1), b: filled(1) }), [201]);
  assert.deepEqual(await answerTo({ a: filled(MIB), b: filled(1) }), [422, "data"]);
  assert.deepEqual(await answerTo({ "a b": "", "": "" }), [422, "data[a b]", "data[]"]);
});

/** Bodies with a number that JavaScript would change. */
const INEXACT: readonly (readonly [method: string, path: string, body: string, type?: string])[] = [
  ["POST", GADGETS, JSON.stringify(gadget("b")).replace("2", "9007199254740993")],
  [
    "POST",
    GADGETS,
    JSON.stringify(gadget("b", { size: 1, free: {} })).replace(
      "{}",
      '{"a":[-9223372036854775808]}',
    ),
  ],
  ["POST", GADGETS, JSON.stringify(gadget("b", { size: 1, ratio: 7 })).replace("7", "1e400")],
  ["PUT", `${GADGETS}/a`, JSON.stringify(gadget("a")).replace("2", "9007199254740993")],
  ["PATCH", `${GADGETS}/a`, '{"spec":{"size":9007199254740993}}', MERGE_PATCH],
  [
    "PATCH",
    `${GADGETS}/a`,
    '[{"op":"replace","path":"/spec/size","value":9007199254740993}]',
    JSON_PATCH,
  ],
  ["DELETE", `${GADGETS}/a`, '{"gracePeriodSeconds":9007199254740993}'],
];

Deno.test("a number that cannot be kept exactly is refused in every body", async () => {
  await using api = await startEmbeddedApi();
  await api.send("POST", GADGETS, { body: gadget("a") });
  for (const [method, path, body, type = "application/json"] of INEXACT) {
    const answer = await api.send(method, path, { body, headers: { "content-type": type } });
    assert.equal(answer.status, 400, `${method} ${body}: ${answer.text}`);
    assert.match(
      String(answer.body["message"]),
      /has the number \S+, which cannot be kept exactly/,
    );
  }
});

Deno.test("numbers that can be kept are, and texts with many digits", async () => {
  await using api = await startEmbeddedApi();
  const free = {
    a: Number.MAX_SAFE_INTEGER,
    b: 1e300,
    c: 1.5e-7,
    d: "9007199254740993",
    e: 'a"1e400',
  };
  const { status, body } = await api.send("POST", GADGETS, {
    body: gadget("a", { size: 1, free }),
  });
  assert.equal(status, 201);
  assert.deepEqual(at(body, "spec.free"), free);
});

Deno.test("an integer field holds what a cluster's holds", async () => {
  await using api = await startEmbeddedApi({ crds: [readCrd("ippool")] });
  const path = "/apis/network.harvesterhci.io/v1alpha1/namespaces/default/ippools";
  const sample = JSON.stringify(ippoolSample({ ipv4Config: { leaseTime: 12345 } }));
  for (const written of ["1e20", "1.5"]) {
    const refused = await api.send("POST", path, { body: sample.replace("12345", written) });
    assert.equal(refused.status, 422);
    const [cause] = at(refused.body, "details.causes") as { field: string }[];
    assert.equal(cause?.field, "spec.ipv4Config.leaseTime");
  }
});

/** Bodies in encodings that are not read, for every verb that has one. */
const ENCODED = ["POST", "PUT", "PATCH", "DELETE"].flatMap((method) =>
  [GADGETS, "/api/v1/namespaces/default/pods", "/api/v1/namespaces"].flatMap((collection) => {
    const paths = method === "POST" ? [collection] : [
      `${collection}/a`,
      `${collection}/a/status`,
      ...collection.endsWith("spaces") ? [] : [collection],
    ];
    return paths.filter((path) =>
      method === "DELETE" ? !path.endsWith("/status") : path !== collection || method === "POST"
    )
      .map((path) => [method, path] as const);
  })
);

for (const type of ["application/vnd.kubernetes.protobuf", "application/cbor", "text/plain"]) {
  Deno.test(`a body of ${type} that is not understood is answered 415 for every verb`, async () => {
    await using api = await startEmbeddedApi();
    const bodies = [Uint8Array.from([0x6b, 0x38, 0x73, 0, 10, 0]), new TextEncoder().encode("{}")];
    for (const [method, path] of ENCODED) {
      for (const body of bodies) {
        const answer = await api.send(method, path, { body, headers: { "content-type": type } });
        assert.equal(answer.status, 415, `${method} ${path}: ${answer.text}`);
        assert.equal(answer.body["reason"], "UnsupportedMediaType");
        assert.match(
          String(answer.body["message"]),
          /unknown format .* accepted media types include: application\/j/,
        );
      }
    }
  });
}

Deno.test("a namespace is not replaced from Protobuf, of which only a part is read", async () => {
  await using api = await startEmbeddedApi();
  const type = [10, 2, ..."v1"].map((x) => typeof x === "string" ? x.charCodeAt(0) : x);
  const kind = [18, 9, ...[..."Namespace"].map((letter) => letter.charCodeAt(0))];
  const raw = [10, 5, 10, 3, ...[..."lab"].map((letter) => letter.charCodeAt(0))];
  const typed = [...type, ...kind];
  const body = Uint8Array.from([
    0x6b,
    0x38,
    0x73,
    0,
    10,
    typed.length,
    ...typed,
    18,
    raw.length,
    ...raw,
  ]);
  const headers = { "content-type": "application/vnd.kubernetes.protobuf" };
  assert.equal((await api.send("POST", "/api/v1/namespaces", { body, headers })).status, 201);
  assert.equal((await api.send("PUT", "/api/v1/namespaces/lab", { body, headers })).status, 415);
});

Deno.test("a deletion without a body needs no type", async () => {
  await using api = await startEmbeddedApi();
  await api.send("POST", GADGETS, { body: gadget("a") });
  const headers = { "content-type": "application/vnd.kubernetes.protobuf" };
  assert.equal((await api.send("DELETE", `${GADGETS}/a`, { headers })).status, 200);
});

Deno.test("an answer repeats no control characters, and no value at length", async () => {
  await using api = await startEmbeddedApi();
  const hostile = "\u001b]0;x\u0007\u009b31m\u202e\u2028";
  const encoded = encodeURIComponent(hostile);
  const long = "x".repeat(100_000);
  const answers = [
    await api.send("GET", `${GADGETS}?fieldSelector=${encoded}`),
    await api.send("GET", `${GADGETS}?fieldSelector=${encoded}=a`),
    await api.send("GET", `${GADGETS}?labelSelector=${encoded}`),
    await api.send("GET", `${GADGETS}?limit=${encoded}`),
    await api.send("GET", `${GADGETS}/${encoded}`),
    await api.send("DELETE", `${GADGETS}/a`, { body: { kind: hostile } }),
    await api.send("POST", GADGETS, { body: { ...gadget("a"), apiVersion: hostile } }),
    await api.send("POST", GADGETS, { body: { ...gadget("a"), kind: hostile } }),
    await api.send("POST", GADGETS, { body: { ...gadget("a"), metadata: { name: hostile } } }),
    await api.send("POST", GADGETS, {
      body: { ...gadget("a"), metadata: { [hostile]: 1, labels: 1 } },
    }),
    await api.send("POST", `${GADGETS}?fieldValidation=Strict`, {
      body: { ...gadget("a"), [hostile]: 1 },
    }),
    await api.send("POST", GADGETS, { body: gadget("a", { size: 1, color: hostile, code: long }) }),
  ];
  for (const { status, body, text } of answers) {
    assert.ok(status >= 400 && status < 500, `${status} ${text}`);
    assert.doesNotMatch(String(body["message"]), /[^\P{Cc}\n\t]|[\u202e\u2028]/u);
    assert.ok(text.length < 20_000, text.slice(0, 200));
  }
});
