import { equal, ok } from "node:assert/strict";
import { Pace } from "./pace.ts";

/** Works in pieces of 20 ms for ten seconds, as fast as allowed. @returns The part of the time that it worked. */
function shareOf(pauseMs: number): number {
  const pace = new Pace(0);
  let nowMs = 0;
  let workedMs = 0;
  while (nowMs < 100_000) {
    const restMs = pace.restAfter(nowMs, nowMs + 20);
    workedMs += 20;
    nowMs += 20 + Math.max(restMs, pauseMs);
  }
  return workedMs / nowMs;
}

Deno.test("Pace leaves half of the time to others when events do not end", () => {
  const share = shareOf(0);
  ok(share > 0.45 && share < 0.55, String(share));
});

Deno.test("Pace never holds up events that come with pauses", () => {
  const pace = new Pace(0);
  for (let nowMs = 0; nowMs < 100_000; nowMs += 100) equal(pace.restAfter(nowMs, nowMs + 40), 0);
});

Deno.test("Pace lets a burst through", () => {
  const pace = new Pace(0);
  for (let nowMs = 0; nowMs < 1000; nowMs += 20) equal(pace.restAfter(nowMs, nowMs + 20), 0);
  ok(pace.restAfter(1000, 1020) > 0);
});
