import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clocks/fake_clock.ts";
import { FakeInformer } from "../../../tests/support/kube/fake_informer.ts";
import { RecordingLogger } from "../../../tests/support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../../tests/support/metrics/recording_registry.ts";
import { VIRTUAL_MACHINES } from "../../api/resources.ts";
import { type KubeClient, StatusError } from "../contract.ts";
import { OptionalInformer } from "./optional_informer.ts";

/** Runs one whose first questions are answered with these statuses. @returns When it was served. */
async function waitOf(codes: readonly number[]): Promise<number> {
  const clock = new FakeClock();
  const inner = new FakeInformer(() => ({ ok: true, value: undefined }));
  const served = Promise.withResolvers<void>();
  inner.run = () => Promise.resolve(served.resolve());
  const left = [...codes];
  const client = {
    list: () => {
      const code = left.shift();
      if (code !== undefined) return Promise.reject(new StatusError(code, "Any", "refused"));
      return Promise.resolve({ items: [], resourceVersion: "1", continue: "" });
    },
  } as unknown as KubeClient;
  const informer = new OptionalInformer(inner, {
    client,
    clock,
    type: VIRTUAL_MACHINES,
    random: () => 1,
    log: new RecordingLogger(),
    registry: new RecordingRegistry(),
    isOnDemand: false,
  });
  const startMs = clock.nowMs();
  const running = informer.run(new AbortController().signal);
  let isServed = false;
  served.promise.then(() => isServed = true);
  while (!isServed) await clock.advance(100);
  await running;
  return (clock.nowMs() - startMs) / 1000;
}

Deno.test("OptionalInformer asks an API server that is overloaded again within seconds", async () => {
  assert.ok(await waitOf([429, 503]) <= 3.5);
});

Deno.test("OptionalInformer asks for a kind that is not installed every 30 s in the end", async () => {
  const wait = await waitOf(Array.from({ length: 10 }, () => 404));
  assert.ok(wait >= 150 && wait <= 300, `${wait} s`);
});
