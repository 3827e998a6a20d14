import assert from "node:assert/strict";
import type { KubeObject } from "../../../lib/api/meta.ts";
import { objectAt } from "../../../lib/base/json.ts";
import { type KubeClient, StatusError } from "../../../lib/kube/contract.ts";
import { webhookQuestions } from "./webhook_questions.ts";

const DENIAL = new StatusError(
  422,
  "Invalid",
  'admission webhook "validator.ns.hook" denied the request: cannot create IPPool ns/check',
);
const FILLED = { create: () => Promise.reject(DENIAL) };

/** What is wrong with an API server, by question. */
function ask(client: Pick<KubeClient, "create">): Promise<readonly (string | undefined)[]> {
  const options = { name: "hook", namespace: "ns" };
  return Promise.all(
    webhookQuestions(client as KubeClient, options).map((question) => question.ask()),
  );
}

function failed(message: string): Pick<KubeClient, "create"> {
  const all = `Internal error occurred: failed calling webhook "validator.ns.hook": ${message}`;
  return { create: () => Promise.reject(new StatusError(500, "InternalError", all)) };
}

Deno.test("a webhook that fills in and refuses is well", async () => {
  assert.deepEqual(await ask(FILLED), [undefined, undefined]);
});

Deno.test("both pools are tried without being made, and only one of them has gaps", async () => {
  const tried: KubeObject[] = [];
  await ask({
    create: (_type, pool, options) => {
      assert.equal(options?.dryRun, true);
      tried.push(pool);
      return Promise.reject(DENIAL);
    },
  });
  const servers = tried.map(({ spec }) => objectAt(spec, "ipv4Config")["serverIP"]);
  assert.deepEqual(servers, ["192.0.2.1", undefined]);
});

Deno.test("a pool that is taken was not judged", async () => {
  const [refusal, filling] = await ask({ create: (_type, pool) => Promise.resolve(pool) });
  assert.match(refusal!, /there is no ValidatingWebhookConfiguration hook, .* identity/);
  assert.equal(filling, undefined);
});

Deno.test("what another webhook refuses is not taken for a denial of this one", async () => {
  const message = DENIAL.message.replace(".hook", ".other");
  const other = new StatusError(422, "Invalid", message);
  const [refusal] = await ask({ create: () => Promise.reject(other) });
  assert.match(
    refusal!,
    /the webhook hook cannot be asked about an IPPool: .*validator\.ns\.other/,
  );
});

Deno.test("a server that nobody has filled in is missing to the definition", async () => {
  const field = "spec.ipv4Config.serverIP";
  const error = new StatusError(422, "Invalid", `${field}: Required value`, [
    { field, message: "Required value", reason: "FieldValueRequired" },
  ]);
  const [refusal, filling] = await ask({
    create: (_type, { spec }) =>
      Promise.reject(objectAt(spec, "ipv4Config")["serverIP"] === undefined ? error : DENIAL),
  });
  assert.equal(refusal, undefined);
  assert.match(filling!, /nothing fills in the serverIP .* no MutatingWebhookConfiguration hook/);
});

Deno.test("old definitions are named, not the webhook", async () => {
  const old = new StatusError(400, "BadRequest", 'unknown field "spec.ipv4Config.mtu"');
  const [refusal] = await ask({ create: () => Promise.reject(old) });
  assert.match(refusal!, /CustomResourceDefinitions are missing or old; run: /);
});

const CURES = [
  {
    message: "tls: failed to verify certificate: x509: certificate signed by unknown authority",
    cure: /trusts another authority/,
  },
  { message: 'no endpoints available for service "hook"', cure: /no replica is ready/ },
  { message: 'service "hook" not found', cure: /no replica is ready/ },
  {
    message: "the server is currently unable to handle the request",
    cure: /caches are not synced/,
  },
  { message: "dial tcp 10.1.2.3:8443: connect: connection refused", cure: /reach port 8443/ },
  { message: "context deadline exceeded", cure: /reach port 8443/ },
];

for (const { message, cure } of CURES) {
  Deno.test(`a webhook that cannot be asked has a cure: ${message}`, async () => {
    const [refusal] = await ask(failed(message));
    assert.ok(refusal!.includes(message), refusal);
    assert.match(refusal!, cure);
  });
}
