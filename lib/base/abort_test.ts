import { deepEqual, equal } from "node:assert/strict";
import { FakeClock } from "../../tests/support/clocks/fake_clock.ts";
import { Deadline } from "./abort.ts";

Deno.test("Deadline aborts when its time is over, and says so", async () => {
  const clock = new FakeClock();
  const deadline = new Deadline({ clock, ms: 100 });
  await clock.advance(99);
  equal(deadline.signal.aborted, false);
  await clock.advance(1);
  deepEqual([deadline.signal.aborted, deadline.expired], [true, true]);
  equal(clock.sleeping, 0);
});

Deno.test("Deadline.extend() starts the time anew with one timer all along", async () => {
  const clock = new FakeClock();
  const deadline = new Deadline({ clock, ms: 100 });
  for (let times = 0; times < 10; times++) {
    await clock.advance(90);
    deadline.extend();
    equal(clock.sleeping, 1);
  }
  equal(deadline.expired, false);
  await clock.advance(100);
  equal(deadline.expired, true);
});

Deno.test("Deadline aborts with its parent, which is not an expiry", () => {
  const clock = new FakeClock();
  const parent = new AbortController();
  const deadline = new Deadline({ clock, ms: 100, signal: parent.signal });
  parent.abort(new Error("enough"));
  deepEqual([deadline.signal.aborted, deadline.expired], [true, false]);
  equal(deadline.signal.reason.message, "enough");
  deadline.close();

  const late = new Deadline({ clock, ms: 100, signal: parent.signal });
  equal(late.signal.aborted, true, "also when the parent was aborted before");
  late.close();
});

Deno.test("Deadline.close() gives the timer back and lets nothing happen any more", async () => {
  const clock = new FakeClock();
  const parent = new AbortController();
  const deadline = new Deadline({ clock, ms: 100, signal: parent.signal });
  deadline.close();
  await clock.advance(0);
  equal(clock.sleeping, 0);
  parent.abort();
  await clock.advance(1000);
  deepEqual([deadline.signal.aborted, deadline.expired], [false, false]);
});

Deno.test("Deadline keeps its time when somebody sets the wall clock", async () => {
  const clock = new FakeClock();
  let wallErrorMs = 0;
  const set = {
    nowMs: () => clock.nowMs() + wallErrorMs,
    monotonicMs: () => clock.monotonicMs(),
    sleep: (ms: number, signal?: AbortSignal) => clock.sleep(ms, signal),
  };
  for (const errorMs of [-3_600_000, 3_600_000]) {
    wallErrorMs = 0;
    const deadline = new Deadline({ clock: set, ms: 100 });
    await clock.advance(50);
    wallErrorMs = errorMs;
    deadline.extend();
    await clock.advance(99);
    equal(deadline.expired, false, `${errorMs}`);
    await clock.advance(1);
    equal(deadline.expired, true, `${errorMs}`);
  }
});
