import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clocks/fake_clock.ts";
import { answerOf } from "./question.ts";

function never(): Promise<string | undefined> {
  return new Promise(() => {});
}

Deno.test("answerOf() ends with a signal, though nothing answers", async () => {
  const stop = new AbortController();
  const answer = answerOf({ ask: never }, new FakeClock(), stop.signal);
  stop.abort();
  assert.equal(await answer, "it was ended before there was an answer");
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
