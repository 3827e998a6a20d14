import assert from "node:assert/strict";
import { createBootTimeClock, createClock } from "./clock.ts";

Deno.test("Clock.sleep() ends after its time and not before", async () => {
  const startMs = performance.now();
  await createClock().sleep(20);
  // Timers may fire a fraction of a millisecond early.
  assert.ok(performance.now() - startMs >= 19);
});

Deno.test("Clock.sleep() ends when the signal aborts", async () => {
  const stop = new AbortController();
  const sleeping = createClock().sleep(3_600_000, stop.signal);
  stop.abort();
  await sleeping;
});

Deno.test("Clock.sleep() does not begin after the signal aborted", async () => {
  await createClock().sleep(3_600_000, AbortSignal.abort());
});

Deno.test("createBootTimeClock() counts from the start of the host, as /proc/uptime does", () => {
  const uptimeSeconds = () => Number(Deno.readTextFileSync("/proc/uptime").split(" ")[0]);
  const clock = createBootTimeClock();
  // The file has hundredths of a second.
  const beforeMs = uptimeSeconds() * 1000;
  const nowMs = clock.monotonicMs();
  assert.ok(nowMs >= beforeMs && nowMs <= uptimeSeconds() * 1000 + 10, `${beforeMs} ${nowMs}`);
  assert.ok(clock.monotonicMs() >= nowMs);
});

Deno.test("createBootTimeClock() takes the runtime's clock where the C library cannot be asked", () => {
  const clock = createBootTimeClock(() => {
    throw new Error("no right to load libraries");
  });
  const before = performance.now();
  assert.ok(clock.monotonicMs() >= before);
});
