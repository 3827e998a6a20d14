/** Requests that no sane client sends: each gets a Status, and none causes a server error. */

import type { JsonObject } from "../../../lib/base/json.ts";
import assert from "node:assert/strict";
import { objectRules } from "../../support/apiserver/object_rules.ts";
import { readCrd } from "../../support/apiserver/crds.ts";
import type { Answer } from "../../support/apiserver/api_connection.ts";
import { type EmbeddedApi } from "../../support/apiserver/embedded_api.ts";
import { startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";
import { gadget, readGadgetCrd } from "../../support/kube/gadget.ts";
import { ippoolSample, vmnetcfgSample } from "../../support/apiserver/samples.ts";
import { mulberry32 } from "../../support/harness/seeded_random.ts";

const REQUESTS = 2000;
const DEPTH_MAX = 3;
/** The share of a body's members that are damaged. */
const DAMAGE = [0, 0.01, 0.03, 0.1];
const OURS = "/apis/network.harvesterhci.io/v1alpha1/namespaces/default";

/** Values that a field should not hold. */
const VALUES: readonly unknown[] = [
  ...[null, true, 0, -1, 1.5, 1e308, "", "x", "\u0000", "\ud800", "a/b", "../..", [], {}],
  ...[[[]], [null], { "": 1 }, "192.0.2.1", "2026-13-99T99:99:99Z", "9".repeat(400), [{}, {}]],
];

/** Names of fields that mean something to the server, or to JavaScript. */
const KEYS = [
  ...["__proto__", "constructor", "hasOwnProperty", "toString", "", "$patch", "$retainKeys", "a.b"],
  ...["metadata", "name", "namespace", "labels", "annotations", "finalizers", "ownerReferences"],
  ...["managedFields", "spec", "status", "conditions", "size", "parts", "dns", "free", "items"],
  ...["data", "stringData", "type", "selector", "template", "containers", "involvedObject"],
  ...["series", "uid", "resourceVersion", "deletionTimestamp", "generateName", "replicas"],
  ...["$deleteFromPrimitiveList/finalizers", "$setElementOrder/containers", "preconditions"],
  ...["propagationPolicy", "dryRun", "op", "path", "value", "from", "ipv4Config", "options"],
];

const CONTAINER = { name: "x", image: "x" };
const LABELS = { app: "x" };
const TEMPLATE = { metadata: { labels: LABELS }, spec: { containers: [CONTAINER] } };
const ABOUT = { kind: "Gadget", namespace: "default", name: "a" };

/** An object without its apiVersion and kind, which are optional for compiled-in kinds. */
function named(more: JsonObject): JsonObject {
  return { metadata: { name: "a", labels: LABELS, finalizers: ["example.com/x"] }, ...more };
}

/** Collections, and a valid object of each. */
const COLLECTIONS: readonly (readonly [path: string, sample: unknown])[] = [
  ["/apis/test.example.com/v1alpha1/namespaces/default/gadgets", gadget("a")],
  [`${OURS}/ippools`, ippoolSample({ metadata: { name: "a" } })],
  [`${OURS}/virtualmachinenetworkconfigs`, vmnetcfgSample({ metadata: { name: "a" } })],
  ["/apis/events.k8s.io/v1/namespaces/default/events", named({ regarding: ABOUT })],
  ["/apis/coordination.k8s.io/v1/namespaces/default/leases", named({ spec: {} })],
  [
    "/apis/apps/v1/namespaces/default/deployments",
    named({ spec: { selector: { matchLabels: LABELS }, template: TEMPLATE } }),
  ],
  ["/api/v1/namespaces/default/events", named({ involvedObject: ABOUT, series: { count: 2 } })],
  ["/api/v1/namespaces/default/pods", named({ spec: { containers: [CONTAINER] } })],
  ["/api/v1/namespaces/default/secrets", named({ data: { a: "aGk=" }, stringData: { b: "c" } })],
  ["/api/v1/namespaces", named({})],
];

const NAMES = ["a", "a", "a", "b", "default", "%00", "%2F", "%ZZ", "__proto__", "x".repeat(300)];
const METHODS = ["GET", "GET", "POST", "POST", "PUT", "PATCH", "PATCH", "DELETE", "OPTIONS"];
const PARAMETERS = [
  ...["watch", "limit", "continue", "resourceVersion", "resourceVersionMatch", "labelSelector"],
  ...["fieldSelector", "dryRun", "fieldValidation", "propagationPolicy", "includeObject"],
  ...["sendInitialEvents", "pretty", "allowWatchBookmarks"],
];
const TEXTS = [
  ...["", "0", "1", "-1", "true", "false", "x", "a=b", "a in (", "!", ",,", "metadata.name=a"],
  ...["Exact", "NotOlderThan", "All", "Strict", "Ignore", "Orphan", "Foreground", "Object", "None"],
  ...["99999999999999999999", "eyJ2IjoibWV0YS5rOHMuaW8vdjEifQ", "(".repeat(400), "a".repeat(2000)],
];
const JSON_PATCH = "application/json-patch+json";
const PATCH_TYPES = [
  JSON_PATCH,
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
];
const CONTENT_TYPES = [
  ...["application/json", "application/json", "application/json; charset=utf-8", "text/plain"],
  ...["application/merge-patch+json", "application/merge-patch+json", "application/yaml"],
  ...["application/json-patch+json", "application/strategic-merge-patch+json", ""],
  ...["application/apply-patch+yaml", "application/vnd.kubernetes.protobuf"],
];
const ACCEPTS = ["*/*", "application/json;as=Table;v=v1;g=meta.k8s.io", "text/html", ";;,;", ""];

/** Draws requests from one seed. */
class Mischief {
  readonly #random: () => number;
  #damage = 0;

  constructor(seed: number) {
    this.#random = mulberry32(seed);
  }

  request(): { method: string; path: string; body: string; headers: Record<string, string> } {
    const method = this.#pick(METHODS);
    const [collection, sample] = this.#pick(COLLECTIONS);
    const fitting = method === "PATCH" ? this.#pick(PATCH_TYPES) : "application/json";
    const type = this.#chance(0.9) ? fitting : this.#pick(CONTENT_TYPES);
    const headers = { "content-type": type, accept: this.#pick(ACCEPTS) };
    const hasBody = method !== "GET" && method !== "OPTIONS";
    const body = hasBody ? this.#body(type === JSON_PATCH ? this.#operations() : sample) : "";
    return { method, path: `${collection}${this.#rest(method)}`, body, headers };
  }

  #rest(method: string): string {
    const ofObject = [this.#pick(NAMES), this.#pick(["", "", "", "status", "scale", "status/x"])];
    const parts = method === "POST" && this.#chance(0.9)
      ? []
      : ofObject.filter((part) => part !== "");
    const query = new URLSearchParams({ timeoutSeconds: "1" });
    while (this.#chance(0.25)) query.append(this.#pick(PARAMETERS), this.#pick(TEXTS));
    return `${parts.map((part) => `/${part}`).join("")}?${query}`;
  }

  #operations(): unknown {
    return Array.from({ length: 3 }, () => ({
      op: this.#pick(["add", "remove", "replace", "move", "copy", "test"]),
      path: `/${this.#pick(["metadata", "spec", "status"])}/${this.#pick(KEYS)}`,
      from: `/${this.#pick(["metadata", "spec", "status"])}`,
      value: this.#value(0),
    }));
  }

  #body(fitting: unknown): string {
    this.#damage = this.#pick(DAMAGE);
    const text = JSON.stringify(this.#damaged(this.#chance(0.95) ? fitting : this.#value(0), 0));
    if (text === undefined || this.#chance(0.95)) return text ?? "";
    return text.slice(0, Math.floor(this.#random() * text.length));
  }

  /** The value, with some of its members changed, added or taken away. */
  #damaged(value: unknown, depth: number): unknown {
    if (this.#chance(this.#damage)) return this.#value(depth);
    if (Array.isArray(value)) return value.map((item) => this.#damaged(item, depth + 1));
    if (typeof value !== "object" || value === null) return value;
    const members = Object.entries(value)
      .filter(() => !this.#chance(this.#damage))
      .map(([key, member]): [string, unknown] => [key, this.#damaged(member, depth + 1)]);
    if (this.#chance(3 * this.#damage)) members.push([this.#pick(KEYS), this.#value(depth)]);
    return Object.fromEntries(members);
  }

  #value(depth: number): unknown {
    if (depth >= DEPTH_MAX || this.#chance(0.5)) return this.#pick(VALUES);
    const members = Array.from({ length: 3 }, (): [string, unknown] => [
      this.#pick(KEYS),
      this.#value(depth + 1),
    ]);
    return Object.fromEntries(members);
  }

  #pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random() * items.length)]!;
  }

  #chance(share: number): boolean {
    return this.#random() < share;
  }
}

/** The fault of an answer, if it has one. */
function faultOf({ status, body }: Answer): string | undefined {
  if (status >= 500 && status !== 504) return `${status} ${body["message"]}`;
  const isStatus = body["kind"] === "Status" && body["code"] === status &&
    typeof body["reason"] === "string" && typeof body["message"] === "string";
  return status < 400 || status === 404 || isStatus ? undefined : `${status} without a Status`;
}

async function readEverything(api: EmbeddedApi): Promise<void> {
  for (const [path] of COLLECTIONS) {
    for (const accept of ["application/json", ACCEPTS[1]!]) {
      const { status, text } = await api.send("GET", path, { headers: { accept } });
      assert.equal(status, 200, `${path}: ${text}`);
    }
  }
}

Deno.test("requests of any shape are answered, and none causes a server error", async () => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const mischief = new Mischief(seed);
  const crds = [readGadgetCrd(), readCrd("ippool"), readCrd("virtualmachinenetworkconfig")];
  await using api = await startEmbeddedApi({ crds, admission: objectRules });
  const seen = new Map<number, number>();
  for (let i = 0; i < REQUESTS; i++) {
    const { method, path, body, headers } = mischief.request();
    const answer = await api.send(method, path, body === "" ? { headers } : { body, headers });
    seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
    const about = `seed ${seed}: ${method} ${path} ${JSON.stringify(headers)} ${body}`;
    assert.equal(faultOf(answer), undefined, about);
  }
  await readEverything(api);
  assert.deepEqual(api.log.lines.filter(({ level }) => level === "error"), []);
  assert.ok((seen.get(200) ?? 0) > 20 && (seen.get(201) ?? 0) > 5, JSON.stringify([...seen]));
});
