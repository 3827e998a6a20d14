import assert from "node:assert/strict";
import type { KubeObject } from "../../../lib/api/meta.ts";
import { freePort } from "../../../tests/support/network/free_port.ts";
import type { ObjectReader } from "./reading.ts";
import { readAnswering } from "./webhooks.ts";

function configurationOf(...urls: readonly string[]): KubeObject {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: { name: "webhook" },
    webhooks: urls.map((url) => ({ clientConfig: { url } })),
  };
}

Deno.test("readAnswering() asks at each URL, and tells why nobody answers", async () => {
  const { signal } = new AbortController();
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  // Whatever is answered: a webhook is asked by POST.
  await using server = Deno.serve(options, () => new Response("no", { status: 405 }));
  const answering = `http://127.0.0.1:${server.addr.port}/v1/webhook/validation`;
  const silent = `http://127.0.0.1:${freePort()}/v1/webhook/validation`;
  const reader = { list: () => assert.fail("no Service is named") } as unknown as ObjectReader;
  const configurations = { ok: true, value: [configurationOf(answering, silent)] } as const;
  const { backends, urls } = await readAnswering(reader, configurations, signal);
  assert.equal(backends.size, 0);
  assert.deepEqual([...urls.keys()], [answering, silent]);
  assert.equal(urls.get(answering), "");
  assert.match(urls.get(silent)!, /^tcp connect error: Connection refused/);
});

Deno.test("readAnswering() asks nobody when no configuration can be read", async () => {
  const reader = {} as ObjectReader;
  const { signal } = new AbortController();
  const found = await readAnswering(reader, { ok: false, why: "forbidden" }, signal);
  assert.deepEqual([found.backends.size, found.urls.size], [0, 0]);
});
