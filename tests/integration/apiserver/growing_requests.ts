/** Requests that grow, other than changes. */

import type { JsonObject } from "../../../lib/base/json.ts";
import { at } from "../../support/apiserver/api_connection.ts";
import type { EmbeddedApi } from "../../support/apiserver/embedded_api.ts";
import { gadget, GADGETS } from "../../support/kube/gadget.ts";
import { type Growing, many, map, pod, PODS, type Request } from "./growing.ts";

const PROTOBUF = "application/vnd.kubernetes.protobuf";

/** A Gadget that is only checked, with other metadata. */
function creation(metadata: JsonObject, spec: JsonObject = { size: 1 }): Request {
  const body = { ...gadget("g", spec), metadata: { name: "g", ...metadata } };
  return { method: "POST", path: `${GADGETS}?dryRun=All`, body };
}

function create(name: string, size: number, request: (size: number) => Request): Growing {
  return { verb: "create", name, size, request };
}

function select(
  verb: string,
  query: string,
  name: string,
  text: (size: number) => string,
): Growing {
  const method = verb === "deletecollection" ? "DELETE" : "GET";
  const watch = verb === "watch" ? "&watch=true&resourceVersion=999999" : "";
  const path = (size: number) =>
    `${GADGETS}?dryRun=All${watch}&${query}=${encodeURIComponent(text(size))}`;
  return {
    verb,
    name: `${query}: ${name}`,
    size: 700,
    request: (n) => ({ method, path: path(n) }),
  };
}

/** A few at a time: each takes a connection. */
async function inTurn(size: number, send: (i: number) => Promise<unknown>): Promise<void> {
  const left = many(size, (i) => i);
  await Promise.all(many(16, async () => {
    for (let i = left.pop(); i !== undefined; i = left.pop()) await send(i);
  }));
}

/** Owns Pods that a foreground deletion waits for. */
async function makeFamily(api: EmbeddedApi, size: number): Promise<void> {
  const owner = await api.send("POST", PODS, { body: pod({ name: "owner" }) });
  const uid = at(owner.body, "metadata.uid");
  const reference = { apiVersion: "v1", kind: "Pod", name: "owner", uid, blockOwnerDeletion: true };
  await inTurn(
    size,
    (i) => api.send("POST", PODS, { body: pod({ name: `d${i}`, ownerReferences: [reference] }) }),
  );
}

async function fillNamespace(api: EmbeddedApi, size: number): Promise<void> {
  const path = GADGETS.replace("default", "full");
  const held = { finalizers: ["example.com/x"] };
  await inTurn(size, (i) => api.send("POST", path, { body: gadget(`g${i}`) }));
  await api.send("POST", path, {
    body: { ...gadget("held"), metadata: { name: "held", ...held } },
  });
}

/** Ends what {@link fillNamespace} began, so that the next one can begin. */
async function emptyNamespace(api: EmbeddedApi): Promise<void> {
  await api.mergePatch(`${GADGETS.replace("default", "full")}/held`, {
    metadata: { finalizers: null },
  });
}

/** A Namespace in Protobuf with that many empty labels. */
function protobufNamespace(size: number): Uint8Array {
  const bytes = (text: string) => [...new TextEncoder().encode(text)];
  const field = (number: number, content: readonly number[]) => {
    const length = many(4, (i) => ((content.length >> (7 * i)) & 0x7f) | (i < 3 ? 0x80 : 0));
    return [number * 8 + 2, ...length, ...content];
  };
  const labels = many(size, () => field(11, [])).flat();
  const metadata = [...field(1, bytes("lab")), ...labels];
  const type = [...field(1, bytes("v1")), ...field(2, bytes("Namespace"))];
  return Uint8Array.from([0x6b, 0x38, 0x73, 0, ...field(1, type), ...field(2, field(1, metadata))]);
}

const SELECTORS = ["list", "watch", "deletecollection"].flatMap((verb) => [
  select(verb, "fieldSelector", "blanks", (n) => `metadata.name=${" ".repeat(n)}x\ny`),
  select(verb, "fieldSelector", "parentheses", (n) => ",(".repeat(n)),
  select(verb, "labelSelector", "blanks in an order", (n) => `a${" ".repeat(n)}b`),
  select(verb, "labelSelector", "a long key", (n) => `${"a".repeat(n)}-`),
  select(verb, "labelSelector", "open parentheses", (n) => ",(".repeat(n)),
  select(verb, "labelSelector", "values", (n) => `a in (${many(n, (i) => i % 100).join()})`),
  select(verb, "labelSelector", "requirements", (n) => many(n, () => "!a").join()),
]);

export const GROWING_REQUESTS: readonly Growing[] = [
  create("labels that are valid", 5000, (n) => creation({ labels: map(n, (i) => [`l${i}`, "v"]) })),
  create("labels that are not", 5000, (n) => creation({ labels: map(n, (i) => [`-${i}`, "-"]) })),
  create(
    "labels with long prefixes",
    500,
    (n) => creation({ labels: map(n, (i) => [`${"a".repeat(240)}-${i}-/x`, "v"]) }),
  ),
  create("annotations", 5000, (n) => creation({ annotations: map(n, (i) => [`a${i}`, "v"]) })),
  create("a long name", 50_000, (n) => creation({ name: "a".repeat(n) })),
  create(
    "a long prefix of names",
    50_000,
    (n) => creation({ name: "", generateName: "-".repeat(n) }),
  ),
  create("finalizers", 5000, (n) => creation({ finalizers: many(n, (i) => `f${i}`) })),
  create(
    "owners",
    2000,
    (n) =>
      creation({
        ownerReferences: many(n, (i) => ({ uid: `u${i}`, kind: "K", controller: true })),
      }),
  ),
  create("unknown fields of the metadata", 5000, (n) => creation(map(n, (i) => [`u${i}`, i]))),
  create("unknown fields", 5000, (n) => creation({}, map(n, (i) => [`u${i}`, i]))),
  create("bad items", 5000, (n) => creation({}, { size: 1, dns: many(n, () => "1.2.3") })),
  create(
    "twins in a list that is a map",
    5000,
    (n) => creation({}, { size: 1, parts: many(n, (i) => ({ name: `p${i % 50}`, x: 1 })) }),
  ),
  create(
    "a long text with a pattern",
    100_000,
    (n) => creation({}, { size: 1, code: `${"a".repeat(n)}!` }),
  ),
  create(
    "a long text that is no time",
    100_000,
    (n) => creation({}, { size: 1, when: "2026-01-01T00:00:00.".padEnd(n, "0") }),
  ),
  create(
    "objects in each other",
    100,
    (n) => creation({}, JSON.parse(`{"size":1,"free":${'{"a":'.repeat(n)}1${"}".repeat(n)}}`)),
  ),
  create(
    "long integers",
    1000,
    (n) => creation({}, { size: 1, free: many(n, () => "9".repeat(30)) }),
  ),
  create("values of a Secret", 20_000, (n) => ({
    method: "POST",
    path: "/api/v1/namespaces/default/secrets?dryRun=All",
    body: { metadata: { name: "s" }, data: { a: `${"QUFB".repeat(n)}=` } },
  })),
  create("containers", 3000, (n) => ({
    method: "POST",
    path: `${PODS}?dryRun=All`,
    body: pod({}, many(n, () => ({}))),
  })),
  create("Protobuf", 20_000, (n) => ({
    method: "POST",
    path: "/api/v1/namespaces?dryRun=All",
    body: protobufNamespace(n),
    type: PROTOBUF,
  })),
  ...SELECTORS,
  {
    verb: "list",
    name: "a token",
    size: 3000,
    request: (n) => ({ method: "GET", path: `${GADGETS}?continue=${"A".repeat(n)}` }),
  },
  {
    verb: "get",
    name: "slashes",
    size: 3000,
    request: (n) => ({ method: "GET", path: `/x${"/".repeat(n)}x` }),
  },
  {
    verb: "delete",
    name: "options",
    size: 5000,
    request: (n) => ({
      method: "DELETE",
      path: `${PODS}/nobody`,
      body: { dryRun: many(n, () => "None"), preconditions: { uid: "u".repeat(n) } },
    }),
  },
  {
    verb: "delete",
    name: "an owner that waits for what it owns",
    size: 150,
    setUp: makeFamily,
    request: () => ({ method: "DELETE", path: `${PODS}/owner?propagationPolicy=Foreground` }),
  },
  {
    verb: "delete",
    name: "a namespace",
    size: 150,
    setUp: async (api, n) => {
      await emptyNamespace(api);
      await fillNamespace(api, n);
    },
    request: () => ({ method: "DELETE", path: "/api/v1/namespaces/full" }),
  },
];
