/**
 * What a request costs grows with its size, not with the square of it: the API server shares its
 * process with the packet loop, which waits meanwhile.
 */

import assert from "node:assert/strict";
import { type EmbeddedApi, startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";
import { cpuMs } from "../../support/clocks/cpu_time.ts";
import { GADGETS } from "../../support/kube/gadget.ts";
import { PODS, type Request } from "./growing.ts";
import { GROWING_CHANGES } from "./growing_changes.ts";
import { GROWING_REQUESTS } from "./growing_requests.ts";

const GROWING = [...GROWING_REQUESTS, ...GROWING_CHANGES];

const ROUNDS_MAX = 10;
/** Four times the size costs eight times as much when the cost grows with the power of 1.5. */
const GROWTH_MAX = 8;

async function timed(api: EmbeddedApi, { method, path, body, type }: Request): Promise<number> {
  const headers = type === undefined ? {} : { "content-type": type };
  const isSent = body === undefined || body instanceof Uint8Array;
  const startMs = cpuMs();
  const sent = isSent ? body : JSON.stringify(body);
  const { status, text } = await api.send(method, path, { body: sent, headers });
  const ms = cpuMs() - startMs;
  assert.ok(status < 500, `${method} ${path.slice(0, 100)}: ${text.slice(0, 500)}`);
  return ms;
}

for (const { verb, name, size, request, setUp } of GROWING) {
  Deno.test(`the work of a request grows with its size: ${verb}, ${name}`, async () => {
    await using api = await startEmbeddedApi();
    // What the same octets cost when nobody looks at them.
    const { body, path } = request(4 * size);
    const ignored = { method: "POST", path: GADGETS, body: body ?? path, type: "text/plain" };
    const shortest = { once: Infinity, fourfold: Infinity, carriage: Infinity };
    const growth = () => shortest.fourfold / Math.max(shortest.once, shortest.carriage);
    // What the collector of garbage does at the same time counts as well.
    for (let round = 1; round <= 2 || (growth() > GROWTH_MAX && round <= ROUNDS_MAX); round++) {
      for (const [name, factor] of [["once", 1], ["fourfold", 4]] as const) {
        await setUp?.(api, factor * size);
        const ms = await timed(api, request(factor * size));
        shortest[name] = Math.min(shortest[name], ms);
      }
      shortest.carriage = Math.min(shortest.carriage, await timed(api, ignored));
    }
    assert.ok(growth() <= GROWTH_MAX, JSON.stringify(shortest));
  });
}

Deno.test("every verb and every type of patch has a request that grows", async () => {
  await using api = await startEmbeddedApi();
  const { body } = await api.send("GET", "/api/v1");
  const resources = body["resources"] as { readonly verbs: readonly string[] }[];
  const verbs = new Set(resources.flatMap((resource) => resource.verbs));
  verbs.delete("patch");
  const refusal = await api.send("PATCH", `${PODS}/p`, {
    body: "",
    headers: { "content-type": "x/y" },
  });
  const types = String(refusal.body["message"]).match(/application\/[\w.+-]+/g) ?? [];
  assert.deepEqual(
    [...new Set(GROWING.map(({ verb }) => verb))].sort(),
    [...verbs, ...types].sort(),
  );
});
