import assert from "node:assert/strict";
import { runReviews } from "./review_run.ts";

const REVIEWS = 15_000;

/** Of the time that the largest review takes to be read and written. A walk over the addresses of a /8 takes far more. */
const TIMES_MAX = 15;

Deno.test("the webhook comes to a verdict on each of 15000 spoiled reviews, a /8 among them, in little time", async () => {
  const { outcomes, failure, longestMs, peerMs } = await runReviews({ seed: 1, reviews: REVIEWS });
  assert.equal(failure && `${failure.index}: ${failure.violation}: ${failure.text}`, undefined);
  for (const outcome of ["400", "allowed", "denied"]) {
    assert.ok(outcomes.get(outcome)! > REVIEWS / 50, `${outcome}: ${outcomes.get(outcome)}`);
  }
  assert.ok(longestMs < TIMES_MAX * peerMs, `${longestMs} ms, and to read and write ${peerMs} ms`);
});
