import assert from "node:assert/strict";
import { untilAborted } from "../../lib/base/abort.ts";
import { FakeClock } from "../../tests/support/clocks/fake_clock.ts";
import { RecordingLogger } from "../../tests/support/metrics/recording_logger.ts";
import { createPrometheusRegistry } from "../../lib/endpoints/prometheus_registry.ts";
import { OptionalParts } from "./optional_parts.ts";

function setUp() {
  const clock = new FakeClock();
  const log = new RecordingLogger();
  const registry = createPrometheusRegistry();
  const stop = new AbortController();
  const parts = new OptionalParts({ clock, log, registry, random: () => 1 }, stop.signal);
  const ready = async () => /vmdhcp_part_ready\{part="p"\} (\d)/.exec(await registry.expose())?.[1];
  return { clock, log, stop, parts, ready };
}

Deno.test("a part is tried until it works, and says why it does not", async () => {
  const { clock, log, stop, parts, ready } = setUp();
  let faults = 3;
  const part = parts.start({
    name: "p",
    lack: "there is no p",
    attempt: () => faults-- > 0 ? Promise.reject(new Error("no room")) : Promise.resolve(),
  });
  await part.attempted;
  assert.deepEqual(parts.unready(), ["there is no p: no room"]);
  assert.equal(await ready(), "0");
  await clock.advance(10_000);
  assert.equal(part.problem, undefined);
  assert.deepEqual(parts.unready(), []);
  assert.equal(await ready(), "1");
  assert.deepEqual(log.lines.map(({ msg }) => msg), [
    "part does not work, trying again",
    "part works again",
  ]);
  stop.abort();
  await parts.ended();
});

Deno.test("a part is not ready before its first attempt has ended", async () => {
  const { log, stop, parts, ready } = setUp();
  const gate = Promise.withResolvers<void>();
  const part = parts.start({ name: "p", attempt: () => gate.promise });
  assert.deepEqual(parts.unready(), ["p: the first attempt is under way"]);
  assert.equal(await ready(), "0");
  gate.resolve();
  await part.attempted;
  assert.deepEqual(parts.unready(), []);
  assert.equal(await ready(), "1");
  assert.deepEqual(log.lines, []);
  stop.abort();
  await parts.ended();
});

Deno.test("a part that is ended during an attempt does not work again", async () => {
  const { clock, log, stop, parts } = setUp();
  let isFirst = true;
  const part = parts.start({
    name: "p",
    attempt: async (signal) => {
      if (!isFirst) return await untilAborted(signal);
      isFirst = false;
      throw new Error("no room");
    },
  });
  await part.attempted;
  await clock.advance(60_000);
  assert.equal(isFirst, false);
  stop.abort();
  await parts.ended();
  assert.deepEqual(log.lines.map(({ msg }) => msg), ["part does not work, trying again"]);
});

Deno.test("a hundred calls during an attempt lead to one more", async () => {
  const { clock, stop, parts } = setUp();
  let attempts = 0;
  const gate = Promise.withResolvers<void>();
  const part = parts.start({ name: "p", attempt: () => (attempts++, gate.promise) });
  for (let i = 0; i < 100; i++) part.again();
  gate.resolve();
  await clock.advance(60_000);
  assert.equal(attempts, 2);
  part.again();
  await clock.advance(0);
  assert.equal(attempts, 3);
  stop.abort();
  await parts.ended();
});

Deno.test("a call between two attempts of a part that fails does not wait", async () => {
  const { clock, stop, parts } = setUp();
  let attempts = 0;
  const part = parts.start({
    name: "p",
    attempt: () => Promise.reject(new Error(`fault ${++attempts}`)),
  });
  await part.attempted;
  part.again();
  await clock.advance(0);
  assert.equal(part.problem, "fault 2");
  stop.abort();
  await parts.ended();
});

Deno.test("parts end when the process ends, also during an attempt", async () => {
  const { stop, parts, log } = setUp();
  const gate = Promise.withResolvers<void>();
  const part = parts.start({ name: "p", attempt: () => gate.promise });
  stop.abort();
  gate.reject(new Error("aborted"));
  await parts.ended();
  await part.attempted;
  assert.deepEqual(log.lines.map(({ msg }) => msg), []);
});

Deno.test("a part that looks after itself is told as it is", async () => {
  const { parts, ready } = setUp();
  let problem: string | undefined = "nobody gets through";
  parts.observe("p", { unready: () => problem });
  assert.deepEqual(parts.unready(), ["nobody gets through"]);
  assert.equal(await ready(), "0");
  problem = undefined;
  assert.equal(await ready(), "1");
});
