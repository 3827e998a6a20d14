import assert from "node:assert/strict";
import { RequestRates } from "./request_rates.ts";

Deno.test("RequestRates has a client wait that asks too often, and no other", () => {
  const rates = new RequestRates({ perSecond: 10, burst: 2 });
  assert.deepEqual([0, 0, 0, 0].map((nowMs) => rates.waitMs("a", nowMs)), [0, 0, 100, 200]);
  assert.equal(rates.waitMs("b", 0), 0);
  assert.equal(rates.waitMs("a", 1000), 0);
});

Deno.test("RequestRates forgets the client that has asked for nothing for the longest time", () => {
  const rates = new RequestRates({ perSecond: 1, burst: 1 });
  rates.waitMs("quiet", 0);
  rates.waitMs("busy", 0);
  for (let i = 0; i < 1023; i++) {
    rates.waitMs(`${i}`, 0);
    if (i % 100 === 0) rates.waitMs("busy", 0);
  }
  assert.equal(rates.waitMs("quiet", 0), 0);
  assert.ok(rates.waitMs("busy", 0) > 0);
});
