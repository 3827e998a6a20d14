import { equal, ok } from "node:assert/strict";
import { AgingClock } from "./fast_clock.ts";

Deno.test("AgingClock counts no time in which a process was not given the CPU between two statements", async () => {
  const clock = new AgingClock(200);
  const busyFor = (ms: number) => {
    for (const endMs = performance.now() + ms; performance.now() < endMs;);
  };
  const startMs = clock.monotonicMs();
  busyFor(20);
  equal(clock.monotonicMs(), startMs);
  await Promise.resolve();
  ok(clock.monotonicMs() >= startMs + 20 * 200);
});
