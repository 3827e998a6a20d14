/** The cache against a server that fails: whatever happens, it ends up equal to the server. */

import { deepEqual, equal } from "node:assert/strict";
import { settle } from "../../../tests/support/clocks/fake_clock.ts";
import { type Fault, FAULTS, FlakyApi } from "../../../tests/support/kube/flaky_api.ts";
import { setUpInformer } from "../../../tests/support/kube/informer_setup.ts";
import { withScriptedServer } from "../../../tests/support/kube/scripted_client.ts";
import { mulberry32 } from "../../../tests/support/process/seeded_random.ts";
import { waitUntil } from "../../../tests/support/process/wait_until.ts";

/** Real time that a cache has to catch up: with the clocks of these tests, many minutes. */
const CATCH_UP_MS_MAX = 10_000;

/** Waits until the condition holds. */
async function until(condition: () => boolean, what: string): Promise<void> {
  await waitUntil(() => condition() || undefined, { what, limitMs: CATCH_UP_MS_MAX });
}

/** Runs an informer against the API; the test ends when its cache equals the server. */
async function withInformer(
  api: FlakyApi,
  random: () => number,
  test: (changes: string[]) => Promise<void>,
): Promise<void> {
  await withScriptedServer((exchange) => api.serve(exchange), async ({ client, clock, server }) => {
    const { informer, run, stop, changes } = setUpInformer(client, clock, { random });
    const ended = run();
    await test(changes);
    const cached = () => new Map(informer.list().map((object) => [object.metadata.name, object]));
    const state = (objects: ReadonlyMap<string, { readonly metadata: object }>) =>
      JSON.stringify([...objects].map(([name, { metadata }]) => [name, metadata]).sort());
    await until(
      () => informer.synced && state(cached()) === state(api.objects),
      "the cache to equal the server",
    );
    stop.abort();
    await ended;
    await until(() => server.openConnections <= 1, "the end of the watch");
  });
}

for (const fault of FAULTS) {
  Deno.test(`Informer recovers when lists and watches meet: ${fault}`, async () => {
    const faults: (Fault | undefined)[] = [fault, undefined, fault];
    const api = new FlakyApi(() => faults.shift());
    api.put("kept");
    api.put("removed");
    await withInformer(api, mulberry32(1), async (changes) => {
      await until(() => changes.length >= 2, "the first list");
      api.remove("removed");
      api.put("added");
      await until(() => faults.length === 0, "all faults");
      api.put("kept");
    });
  });
}

Deno.test("Informer notices a connection that is open but dead", async () => {
  const faults: (Fault | undefined)[] = [undefined];
  const api = new FlakyApi(() => faults.shift());
  await withScriptedServer((exchange) => api.serve(exchange), async ({ client, clock, log }) => {
    api.put("a");
    const { informer, run, stop } = setUpInformer(client, clock, { random: () => 0.5, log });
    faults.push("silence");
    const ended = run();
    await informer.whenSynced();
    api.put("b");
    // The first watch never says a word: 90 s on the clock of the test.
    await until(
      () => informer.get("default/b") !== undefined,
      "the change behind the dead connection",
    );
    const line = log.lines.find((line) => line.msg === "watch failed");
    equal(
      String(line?.fields["error"]),
      "TransportError: GET /api/v1/configmaps failed: nothing came for 90 s",
    );
    stop.abort();
    await ended;
  });
});

Deno.test("Informer tells of each object that went during an outage exactly once", async () => {
  const faults: (Fault | undefined)[] = [undefined, "expiredEvent"];
  const api = new FlakyApi(() => faults.shift());
  for (let index = 0; index < 20; index++) api.put(`map-${index}`);
  await withInformer(api, mulberry32(2), async (changes) => {
    await until(() => changes.length >= 20, "the first list");
    api.compact();
    for (let index = 0; index < 10; index++) api.remove(`map-${index}`);
    await until(() => changes.length >= 30, "thirty changes");
    await settle();
    const told = changes.slice(20).map((change) => change.split(":")[0]).sort();
    deepEqual(told, Array.from({ length: 10 }, (_, index) => `map-${index}`).sort());
  });
});
