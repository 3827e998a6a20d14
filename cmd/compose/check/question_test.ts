import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clocks/fake_clock.ts";
import { answerOf } from "./question.ts";

function never(): Promise<string | undefined> {
  return new Promise(() => {});
}

Deno.test("answerOf() waits for the first answer, and asks no more once a signal has come", async () => {
  const first = Promise.withResolvers<string | undefined>();
  const stop = new AbortController();
  let asked = 0;
  const ask = () => (asked++, first.promise);
  const answer = answerOf({ ask }, new FakeClock(), stop.signal);
  stop.abort();
  first.resolve("not ready");
  assert.deepEqual([await answer, asked], ["not ready", 1]);
});

Deno.test("answerOf() tells what was wrong last when a signal ends it", async () => {
  const stop = new AbortController();
  const clock = new FakeClock();
  const asked = Promise.withResolvers<void>();
  const answers = [() => Promise.resolve("not ready"), () => (asked.resolve(), never())];
  const answer = answerOf({ ask: () => answers.shift()!() }, clock, stop.signal);
  await clock.advance(1000);
  await Promise.race([asked.promise, answer]);
  stop.abort();
  assert.equal(await answer, "not ready");
});
