import assert from "node:assert/strict";
import { FakeClock } from "../../tests/support/clocks/fake_clock.ts";
import { createPrometheusRegistry } from "./prometheus_registry.ts";
import { measureEventLoopDelay } from "./event_loop_delay.ts";

Deno.test("measureEventLoopDelay() counts by how much its timers are late", async () => {
  const registry = createPrometheusRegistry();
  const clock = new FakeClock();
  const stop = new AbortController();
  let lateMs = 0;
  const lateClock = {
    nowMs: () => clock.nowMs(),
    monotonicMs: () => clock.monotonicMs() + (clock.sleeping === 0 ? lateMs : 0),
    sleep: (ms: number, signal?: AbortSignal) => clock.sleep(ms, signal),
  };
  const parts = { registry, clock: lateClock };
  const measuring = measureEventLoopDelay("vmdhcpagent", parts, stop.signal);
  await clock.advance(1000);
  lateMs = 30;
  await clock.advance(1000);
  stop.abort();
  await measuring;
  const text = await registry.expose();
  assert.match(text, /^vmdhcpagent_event_loop_delay_seconds_count 2$/m);
  assert.match(text, /^vmdhcpagent_event_loop_delay_seconds_sum 0.03$/m);
  assert.match(text, /^vmdhcpagent_event_loop_delay_seconds_bucket\{le="0.02"\} 1$/m);
  assert.match(text, /^vmdhcpagent_event_loop_delay_seconds_bucket\{le="0.05"\} 2$/m);
});
