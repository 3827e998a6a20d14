import assert from "node:assert/strict";
import { Coalesced } from "./coalesced.ts";

Deno.test("Coalesced runs once for all who ask at the same time", async () => {
  let runs = 0;
  const task = new Coalesced(() => Promise.resolve(++runs));
  assert.deepEqual(await Promise.all([task.run(), task.run(), task.run()]), [1, 1, 1]);
  assert.equal(await task.run(), 2);
});

Deno.test("Coalesced gives those who ask during a run the result of the next one", async () => {
  const ends: (() => void)[] = [];
  let runs = 0;
  const task = new Coalesced(async () => {
    const run = ++runs;
    await new Promise<void>((resolve) => ends.push(resolve));
    return run;
  });
  const first = task.run();
  while (ends.length < 1) await new Promise((resolve) => setTimeout(resolve, 1));
  const later = [task.run(), task.run()];
  ends[0]!();
  assert.equal(await first, 1);
  while (ends.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
  ends[1]!();
  assert.deepEqual(await Promise.all(later), [2, 2]);
});

Deno.test("Coalesced goes on after a run that failed", async () => {
  let fails = true;
  const task = new Coalesced(() => fails ? Promise.reject(new Error("boom")) : Promise.resolve(1));
  await assert.rejects(task.run(), /boom/);
  fails = false;
  assert.equal(await task.run(), 1);
});

Deno.test("Coalesced leaves as much time to others as a run takes", async () => {
  let busyMs = 0;
  const task = new Coalesced(() => {
    const startMs = performance.now();
    while (performance.now() - startMs < 20);
    busyMs += performance.now() - startMs;
    return Promise.resolve();
  });
  const startMs = performance.now();
  for (let i = 0; i < 5; i++) await task.run();
  assert.ok(performance.now() - startMs > busyMs * 1.6);
});
