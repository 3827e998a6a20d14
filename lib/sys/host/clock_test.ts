import assert from "node:assert/strict";
import { createClock } from "./clock.ts";

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
