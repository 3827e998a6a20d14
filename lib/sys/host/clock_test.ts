import assert from "node:assert/strict";
import { createBootTimeClock, createClock } from "./clock.ts";

Deno.test("Clock.sleep() ends after its time and not before", async () => {
  const startMs = performance.now();
  await createClock().sleep(20);
  // Timers may fire a fraction of a millisecond early.
  assert.ok(performance.now() - startMs >= 19);
});

Deno.test("Clock.sleep() lets long sleeps end together, none of them early", async () => {
  const clock = createClock();
  const ends: number[] = [];
  await Promise.all(Array.from({ length: 30 }, async (_, i) => {
    await clock.sleep(i);
    const startMs = performance.now();
    await clock.sleep(500);
    const endMs = performance.now();
    assert.ok(endMs - startMs >= 499, `${endMs - startMs} ms`);
    ends.push(endMs);
  }));
  const together = new Set(ends.map((endMs) => Math.floor(endMs / 50)));
  assert.ok(together.size <= 4, `${together.size} times`);
});

Deno.test("Clock.sleep() leaves other sleeps alone when one that ends together with them is aborted", async () => {
  const stop = new AbortController();
  const clock = createClock();
  const sleeps = [clock.sleep(500, stop.signal), clock.sleep(500), clock.sleep(500, stop.signal)];
  stop.abort();
  await Promise.all(sleeps);
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

Deno.test("Clock.sleep() does not end at once when it is to last for longer than a timer can", async () => {
  const stop = new AbortController();
  const clock = createClock();
  const ended: string[] = [];
  const sleeps = [2 ** 31 - 1, 2 ** 40].map((ms) =>
    clock.sleep(ms, stop.signal).then(() => ended.push("long"))
  );
  // As long as the sleeps that end together.
  await clock.sleep(600).then(() => ended.push("short"));
  stop.abort();
  await Promise.all(sleeps);
  assert.deepEqual(ended, ["short", "long", "long"]);
});
