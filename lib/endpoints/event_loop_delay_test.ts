import assert from "node:assert/strict";
import { createPrometheusRegistry } from "./prometheus_registry.ts";
import { measureEventLoopDelay } from "./event_loop_delay.ts";

Deno.test("measureEventLoopDelay() counts by how much its timers are late, not its long sleeps", async () => {
  const registry = createPrometheusRegistry();
  const stop = new AbortController();
  const lateMs = [0, 30];
  let nowMs = 0;
  const clock = {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    // Long sleeps end together with others.
    sleep: (ms: number) => {
      if (ms < 500 && lateMs.length === 0) stop.abort();
      nowMs += ms + (ms < 500 ? lateMs.shift() ?? 0 : 49);
      return Promise.resolve();
    },
  };
  await measureEventLoopDelay("vmdhcpagent", { registry, clock }, stop.signal);
  const text = await registry.expose();
  assert.match(text, /^vmdhcpagent_event_loop_delay_seconds_count 2$/m);
  assert.match(text, /^vmdhcpagent_event_loop_delay_seconds_sum 0.03$/m);
  assert.match(text, /^vmdhcpagent_event_loop_delay_seconds_bucket\{le="0.02"\} 1$/m);
  assert.match(text, /^vmdhcpagent_event_loop_delay_seconds_bucket\{le="0.05"\} 2$/m);
});
