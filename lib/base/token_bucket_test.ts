import assert from "node:assert/strict";
import { TokenBucket } from "./token_bucket.ts";

function takeAll(bucket: TokenBucket, nowMs: number): number {
  let taken = 0;
  while (taken < 1000 && bucket.take(nowMs)) taken++;
  return taken;
}

Deno.test("TokenBucket.take() gives a burst at once, then the rate", () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 20 }, 5000);
  assert.equal(takeAll(bucket, 5000), 20);
  assert.equal(takeAll(bucket, 5099), 0);
  assert.equal(takeAll(bucket, 5100), 1);
  assert.equal(takeAll(bucket, 6100), 10);
  assert.equal(takeAll(bucket, 1e9), 20, "never more than a burst");
});

Deno.test("TokenBucket.take() gives nothing for a clock that goes back", () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 1 }, 5000);
  assert.equal(takeAll(bucket, 5000), 1);
  assert.equal(takeAll(bucket, 1000), 0);
  assert.equal(takeAll(bucket, 5050), 0, "from the last time that was seen");
  assert.equal(takeAll(bucket, 5100), 1);
});
