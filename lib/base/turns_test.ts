import { deepEqual, equal, rejects } from "node:assert/strict";
import { type Steps, Turns } from "./turns.ts";

/** Steps of so many milliseconds each on a clock that only they move. */
function setUp(stepMs: number) {
  let nowMs = 0;
  const done: string[] = [];
  const turns = new Turns({
    monotonicMs: () => nowMs,
    sleep: () => {
      done.push("rest");
      return Promise.resolve();
    },
  });
  function* work(steps: number): Steps<string> {
    for (let step = 1; step <= steps; step++) {
      done.push(`step ${step}`);
      nowMs += stepMs;
      yield;
    }
    return "result";
  }
  return { turns, done, work, pass: (ms: number) => (nowMs += ms) };
}

Deno.test("Turns.run() does at once what fits into a turn", () => {
  const { turns, done, work } = setUp(0.3);
  equal(turns.run(work(3)), "result");
  deepEqual(done, ["step 1", "step 2", "step 3"]);
});

Deno.test("Turns.run() rests after each turn", async () => {
  const { turns, done, work } = setUp(0.6);
  equal(await turns.run(work(5)), "result");
  deepEqual(done, ["step 1", "step 2", "rest", "step 3", "step 4", "rest", "step 5"]);
});

Deno.test("Turns.run() passes on what a later step throws", async () => {
  const { turns } = setUp(0);
  function* failing(): Steps<never> {
    yield;
    throw new Error("a bug");
  }
  let threw = "";
  try {
    turns.run(failing());
  } catch (error) {
    threw = String(error);
  }
  equal(threw, "Error: a bug", "of the first turn at once");
  const slow = setUp(2);
  function* failingLate(): Steps<never> {
    yield* slow.work(2);
    throw new Error("a bug");
  }
  await rejects(Promise.resolve(slow.turns.run(failingLate())), /a bug/);
});

Deno.test("Turns.rest() rests when the last time was a turn ago", async () => {
  const { turns, done, pass } = setUp(0);
  await turns.rest();
  pass(1);
  await turns.rest();
  await turns.rest();
  deepEqual(done, ["rest"]);
});
