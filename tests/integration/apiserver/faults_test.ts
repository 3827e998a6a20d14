/** The faults that tests inject into the API server do what their names say. */

import type { JsonObject } from "../../../lib/base/json.ts";
import assert from "node:assert/strict";
import {
  ApiFaults,
  closeAfterCommit,
  closeBeforeCommit,
  delay,
  type Fault,
  inPieces,
  inStream,
  proxyPage,
  refuse,
  resetAfterCommit,
  resetBeforeCommit,
  silence,
  silenceAfterCommit,
} from "../../support/apiserver/api_faults.ts";
import { at } from "../../support/apiserver/api_connection.ts";
import { type EmbeddedApi, startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";
import type { StreamFault } from "../../support/apiserver/faulty_stream.ts";
import { gadget, GADGETS } from "../../support/kube/gadget.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";

interface Setup extends AsyncDisposable {
  readonly api: EmbeddedApi;
  readonly faults: ApiFaults;
  create(name: string): Promise<unknown>;
  exists(name: string): Promise<boolean>;
}

async function setUp(): Promise<Setup> {
  const faults = new ApiFaults();
  const api = await startEmbeddedApi({ faults });
  return {
    api,
    faults,
    create: (name) => api.send("POST", GADGETS, { body: gadget(name) }),
    exists: async (name) => (await api.send("GET", `${GADGETS}/${name}`)).status === 200,
    [Symbol.asyncDispose]: () => api[Symbol.asyncDispose](),
  };
}

const CUTS: readonly { fault: Fault; takesEffect: boolean }[] = [
  { fault: resetBeforeCommit(), takesEffect: false },
  { fault: closeBeforeCommit(), takesEffect: false },
  { fault: resetAfterCommit(), takesEffect: true },
  { fault: closeAfterCommit(), takesEffect: true },
];

for (const { fault, takesEffect } of CUTS) {
  Deno.test(`a ${fault.name} gives no answer, and the write ${takesEffect ? "takes" : "does not take"} effect`, async () => {
    await using setup = await setUp();
    // Two faults: on a connection that was idle, the client sends the request again.
    setup.faults.on("POST", fault, fault);
    await assert.rejects(setup.create("a"), TypeError);
    setup.faults.release();
    assert.equal(await setup.exists("a"), takesEffect);
  });
}

for (
  const { fault, takesEffect } of [
    { fault: silence(), takesEffect: false },
    { fault: silenceAfterCommit(), takesEffect: true },
  ]
) {
  Deno.test(`a ${fault.name} lasts until it is released`, async () => {
    await using setup = await setUp();
    setup.faults.on("POST", fault, fault);
    let answered = false;
    const refused = assert.rejects(setup.create("a"), TypeError).finally(() => answered = true);
    await waitUntil(() => setup.faults.pending === 1 || undefined, { what: "the request" });
    if (takesEffect) {
      await waitUntil(async () => await setup.exists("a") || undefined, { what: "the write" });
    }
    assert.equal(answered, false);
    setup.faults.release();
    await refused;
    assert.equal(await setup.exists("a"), takesEffect);
  });
}

Deno.test("a refusal is a Status, with Retry-After on demand, and happens once", async () => {
  await using setup = await setUp();
  setup.faults.on("GET gadgets", refuse(429, { retryAfterSeconds: 7 }), refuse(410), proxyPage());
  const busy = await setup.api.send("GET", GADGETS);
  assert.deepEqual([busy.status, busy.body["reason"]], [429, "TooManyRequests"]);
  assert.equal(busy.headers.get("retry-after"), "7");
  assert.equal((await setup.api.send("GET", GADGETS)).body["reason"], "Expired");
  const page = await setup.api.send("GET", GADGETS);
  assert.deepEqual([page.status, page.text.slice(0, 6)], [502, "<html>"]);
  assert.equal((await setup.api.send("GET", GADGETS)).status, 200);
});

Deno.test("a rule applies to the requests it names, and a draw to all others", async () => {
  await using setup = await setUp();
  setup.faults.on("DELETE gadgets/b", refuse(500));
  setup.faults.drawWith(() => delay(1));
  await setup.create("a");
  await setup.create("b");
  assert.equal((await setup.api.send("DELETE", `${GADGETS}/a`)).status, 200);
  assert.equal(setup.faults.pending, 1);
  assert.equal((await setup.api.send("DELETE", `${GADGETS}/b`)).status, 500);
  assert.equal((await setup.api.send("DELETE", `${GADGETS}/b`)).status, 200);
});

Deno.test("an answer in pieces reads the same", async () => {
  await using setup = await setUp();
  const annotations = { note: "Zoë 🎲" };
  const body = { ...gadget("a"), metadata: { name: "a", annotations } };
  await setup.api.send("POST", GADGETS, { body });
  setup.faults.on("GET", inPieces(3));
  setup.faults.on("WATCH", inPieces(1));
  const answer = await setup.api.send("GET", `${GADGETS}/a`);
  assert.deepEqual(at(answer.body, "metadata.annotations"), annotations);
  await using watch = await setup.api.watch(GADGETS);
  assert.deepEqual(at((await watch.next())?.object, "metadata.annotations"), annotations);
});

/** The events that a reader of a watch over `a` and `b` sees. */
async function read(fault: StreamFault): Promise<string> {
  await using setup = await setUp();
  await setup.create("a");
  await setup.create("b");
  setup.faults.on("WATCH", inStream(1, fault));
  await using watch = await setup.api.watch(`${GADGETS}?timeoutSeconds=1`);
  const seen: string[] = [];
  try {
    for (let line = await watch.next(); line !== undefined; line = await watch.next()) {
      const metadata = line.object["metadata"] as JsonObject | undefined;
      seen.push(`${line.type} ${metadata?.["name"] ?? line.object["code"]}`);
    }
    seen.push("end");
  } catch (error) {
    seen.push(error instanceof SyntaxError ? "no JSON" : "reset");
  }
  return seen.join(", ");
}

const STREAMS: readonly (readonly [StreamFault, string])[] = [
  ["end", "ADDED a, end"],
  ["reset", "ADDED a, reset"],
  ["truncate", "ADDED a, end"],
  ["garbage", "ADDED a, no JSON"],
  ["expired", "ADDED a, ERROR 410, end"],
  ["failed", "ADDED a, ERROR 500, end"],
  ["huge", "ADDED a, ADDED b, end"],
];

for (const [fault, seen] of STREAMS) {
  Deno.test(`a watch that meets "${fault}" shows: ${seen}`, async () => {
    assert.equal(await read(fault), seen);
  });
}

Deno.test('a watch that meets "silence" sends nothing more and does not even end', async () => {
  await using setup = await setUp();
  await setup.create("a");
  setup.faults.on("WATCH", inStream(1, "silence"));
  await using watch = await setup.api.watch(`${GADGETS}?timeoutSeconds=1`);
  assert.deepEqual(await watch.nextNames(1), ["ADDED a"]);
  let ended = false;
  const end = watch.next().catch(() => undefined).finally(() => ended = true);
  await setup.create("b");
  await setup.exists("b");
  assert.equal(ended, false);
  setup.faults.release();
  await end;
});
