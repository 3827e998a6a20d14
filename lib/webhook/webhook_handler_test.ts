import assert from "node:assert/strict";
import fc from "fast-check";
import { ippoolSample, vmnetcfgSample } from "../../tests/support/apiserver/samples.ts";
import { RecordingLogger } from "../../tests/support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../tests/support/metrics/recording_registry.ts";
import { type HttpRequest, RequestBodyError } from "../http/exchange.ts";
import { createWebhookHandler, PATHS } from "./webhook_handler.ts";
import type { Finding } from "../admission/contract.ts";
import type { Rules } from "./rules.ts";
import { WebhookMetrics } from "./webhook_metrics.ts";

const CERTAIN: Finding = { check: "ippool-fields", field: "spec", message: "is wrong" };

const RULES: Rules = {
  trusts: (user) => user === "controller",
  judge: ({ operation }) => ({
    errors: operation === "DELETE"
      ? [{ check: "ippool-in-use", field: "spec.networkName", message: "it's still used" }]
      : [],
    warnings: operation === "CREATE"
      ? [{ check: "small", field: "spec", message: "is small" }]
      : [],
  }),
  mayPass: (errors) => errors.every(({ check }) => check !== CERTAIN.check),
  changed: () => Promise.resolve(false),
  defaults: ({ object }) =>
    object?.metadata.name === "full"
      ? { ok: false, errors: [{ field: "spec.ipv4Config", message: "is full" }] }
      : {
        ok: true,
        patch: [{ op: "replace", path: "/spec/ipv4Config/serverIP", value: "10.0.0.1" }],
      },
  denial: ({ operation }, errors) =>
    `cannot ${operation.toLowerCase()} because ${errors.map(({ message }) => message).join("; ")}`,
};

class Setup {
  unready: string | undefined;
  #sleeps = 0;
  readonly registry = new RecordingRegistry();
  readonly log = new RecordingLogger();
  readonly #handle;

  constructor(rules: Partial<Rules> = {}) {
    this.#handle = createWebhookHandler({
      rules: { ...RULES, ...rules },
      metrics: new WebhookMetrics(this.registry),
      log: this.log,
      // All sleeps are over at once.
      clock: { monotonicMs: () => 0, sleep: () => Promise.resolve(void this.#sleeps++) },
      unready: () => this.unready,
    });
  }

  /** Whether an answer had to wait. */
  get hasSlept(): boolean {
    return this.#sleeps > 0;
  }

  async ask(request: Partial<HttpRequest> | string) {
    const given = typeof request === "string" ? { readBody: bodyOf(request) } : request;
    const { status, body } = await this.#handle({
      method: "POST",
      path: PATHS.validation,
      query: new URLSearchParams(),
      headers: { "content-type": "application/json" },
      fromLoopback: true,
      readBody: bodyOf(""),
      ...given,
    });
    assert.ok(typeof body === "string");
    return { status, body };
  }

  /** What is answered to a review. */
  async review(changes: object = {}, path = PATHS.validation) {
    const { status, body } = await this.ask({ path, readBody: bodyOf(reviewOf(changes)) });
    assert.equal(status, 200, body);
    return JSON.parse(body).response;
  }
}

function bodyOf(text: string | Uint8Array): () => Promise<Uint8Array> {
  return () => Promise.resolve(typeof text === "string" ? new TextEncoder().encode(text) : text);
}

function reviewOf(changes: object): string {
  const request = {
    uid: "u",
    resource: { group: "network.harvesterhci.io", version: "v1alpha1", resource: "ippools" },
    operation: "CREATE",
    userInfo: { username: "admin" },
    object: ippoolSample(),
    ...changes,
  };
  return JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", request });
}

const DELETION = { operation: "DELETE", object: null, oldObject: ippoolSample() };

Deno.test("the webhook allows with warnings, and tells the audit log which rules spoke", async () => {
  const setup = new Setup();
  assert.deepEqual(await setup.review(), {
    uid: "u",
    allowed: true,
    warnings: ["spec: is small"],
    auditAnnotations: { warned: "small" },
  });
  const { registry } = setup;
  const decided = { question: "validation", outcome: "allowed" };
  assert.equal(registry.value("vmdhcp_webhook_decisions_total", decided), 1);
  assert.equal(registry.value("vmdhcp_webhook_findings_total", { check: "small" }), 1);
  const counted = { webhook: PATHS.validation, code: "200" };
  assert.equal(registry.value("controller_runtime_webhook_requests_total", counted), 1);
});

Deno.test("the webhook denies with a sentence, the fields and the rules", async () => {
  const setup = new Setup();
  const { allowed, status, auditAnnotations } = await setup.review(DELETION);
  assert.equal(allowed, false);
  assert.equal(status.message, "cannot delete because it's still used");
  const { group, kind, name } = status.details;
  assert.deepEqual(
    { group, kind, name },
    { group: "network.harvesterhci.io", kind: "IPPool", name: "ippool-1" },
    "kubectl names the object by these",
  );
  assert.deepEqual(status.details.causes, [
    { reason: "FieldValueInvalid", field: "spec.networkName", message: "it's still used" },
  ]);
  assert.deepEqual(auditAnnotations, { denied: "ippool-in-use" });
  assert.deepEqual(setup.log.lines.map(({ msg }) => msg), ["change denied"]);
});

Deno.test("the webhook looks again before it denies, because its caches are a moment behind", async () => {
  let isUsed = true;
  const error = { check: "ippool-in-use", field: "spec.networkName", message: "it's still used" };
  const setup = new Setup({
    judge: () => ({ errors: isUsed ? [error] : [], warnings: [] }),
    changed: () => Promise.resolve(!(isUsed = false)),
  });
  assert.equal((await setup.review(DELETION)).allowed, true);
  assert.deepEqual(setup.log.lines.filter(({ level }) => level !== "debug"), []);
});

Deno.test("the webhook denies at once what is wrong whatever its caches will say", async () => {
  const used = { check: "ippool-in-use", field: "spec.networkName", message: "it's still used" };
  const setup = new Setup({ judge: () => ({ errors: [used, CERTAIN], warnings: [] }) });
  assert.equal((await setup.review(DELETION)).allowed, false);
  assert.ok(!setup.hasSlept);
});

Deno.test("the webhook fills in a new object, and nothing of one that is updated", async () => {
  const { patch, patchType } = await new Setup().review({}, PATHS.mutation);
  assert.equal(patchType, "JSONPatch");
  assert.match(atob(patch), /serverIP/);
  const update = { operation: "UPDATE", oldObject: ippoolSample() };
  assert.deepEqual(await new Setup().review(update, PATHS.mutation), { uid: "u", allowed: true });
});

Deno.test("the webhook denies what cannot be filled in", async () => {
  const object = ippoolSample({ metadata: { name: "full" } });
  const { allowed, status, patch } = await new Setup().review({ object }, PATHS.mutation);
  assert.equal(allowed, false);
  assert.equal(status.message, "cannot create because is full");
  assert.equal(patch, undefined);
});

const PASSED = [
  { name: "of a trusted user", changes: { ...DELETION, userInfo: { username: "controller" } } },
  { name: "of a status", changes: { ...DELETION, subResource: "status" } },
  {
    name: "of another kind",
    changes: { ...DELETION, resource: { group: "", version: "v1", resource: "pods" } },
  },
  { name: "that connects", changes: { operation: "CONNECT" } },
];

for (const { name, changes } of PASSED) {
  for (const path of Object.values(PATHS)) {
    Deno.test(`the webhook lets a request ${name} through at ${path}`, async () => {
      const { allowed, patch } = await new Setup().review(changes, path);
      assert.deepEqual({ allowed, patch }, { allowed: true, patch: undefined });
    });
  }
}

Deno.test("the webhook lets a change through that it cannot judge because of a fault of its own", async () => {
  const setup = new Setup({
    judge() {
      throw new Error("a bug");
    },
  });
  const { allowed, warnings } = await setup.review(DELETION);
  assert.equal(allowed, true);
  assert.match(warnings[0], /could not judge/);
  assert.equal(setup.registry.value("vmdhcp_webhook_failures_total"), 1);
  assert.equal(setup.log.lines[0]?.level, "error");
});

Deno.test("the webhook judges nothing before it knows the cluster", async () => {
  const setup = new Setup();
  setup.unready = "the cache of ippools is not synced with the API server";
  const { status, body } = await setup.ask(reviewOf({}));
  assert.deepEqual([status, body], [503, `${setup.unready}\n`]);
});

const HEADERS = { "content-type": "text/plain" };
const REFUSED: readonly [string, Partial<HttpRequest>, number][] = [
  ["another path", { path: "/" }, 404],
  ["another method", { method: "GET" }, 405],
  ["another content type", { headers: HEADERS, readBody: bodyOf(reviewOf({})) }, 400],
  ["no content type", { headers: {}, readBody: bodyOf(reviewOf({})) }, 400],
  ["an empty body", {}, 400],
  ["what is not UTF-8", { readBody: bodyOf(new Uint8Array([0x22, 0xff, 0x22])) }, 400],
  ["a review without a uid", { readBody: bodyOf(reviewOf({ uid: "" })) }, 400],
  [
    "a body that is too large",
    { readBody: () => Promise.reject(new RequestBodyError(413, "too large")) },
    413,
  ],
];

for (const [name, request, status] of REFUSED) {
  Deno.test(`the webhook answers ${status} to ${name}`, async () => {
    const answer = await new Setup().ask(request);
    assert.equal(answer.status, status, answer.body);
    assert.notEqual(answer.body.trim(), "");
  });
}

Deno.test("the webhook answers every body with 200 or 400", async () => {
  const setup = new Setup();
  const field = fc.constantFrom("uid", "resource", "operation", "object", "oldObject", "userInfo");
  const body = fc.oneof(
    fc.string(),
    fc.json(),
    fc.tuple(field, fc.jsonValue()).map(([field, value]) => reviewOf({ [field]: value })),
    fc.jsonValue().map((value) => reviewOf({ ...DELETION, oldObject: value })),
    fc.jsonValue().map((spec) => reviewOf({ object: { ...vmnetcfgSample(), spec } })),
  );
  await fc.assert(
    fc.asyncProperty(body, async (text) => {
      const { status } = await setup.ask(text);
      assert.ok(status === 200 || status === 400);
    }),
    { numRuns: 5000 },
  );
  assert.equal(setup.registry.value("vmdhcp_webhook_failures_total"), 0);
});
