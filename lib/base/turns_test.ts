import assert from "node:assert/strict";
import { Turns } from "./turns.ts";

Deno.test("Turns never lets more tasks be under way at once, and forgets none", async () => {
  const turns = new Turns(3);
  let underWay = 0;
  let most = 0;
  const results = await Promise.all(Array.from({ length: 50 }, (_, i) =>
    turns.run(async () => {
      most = Math.max(most, ++underWay);
      for (let turn = 0; turn <= i % 4; turn++) await Promise.resolve();
      underWay--;
      return i;
    })));
  assert.deepEqual(results, Array.from({ length: 50 }, (_, i) => i));
  assert.deepEqual([most, underWay], [3, 0]);
});

Deno.test("Turns goes on after a task that fails", async () => {
  const turns = new Turns(1);
  const failing = turns.run(() => Promise.reject(new Error("no")));
  const next = turns.run(() => Promise.resolve("yes"));
  await assert.rejects(failing, /no/);
  assert.equal(await next, "yes");
});
