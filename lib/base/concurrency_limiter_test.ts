import { deepEqual, equal, rejects } from "node:assert/strict";
import { settle } from "../../tests/support/clocks/fake_clock.ts";
import { ConcurrencyLimiter } from "./concurrency_limiter.ts";

Deno.test("ConcurrencyLimiter runs as many as it may, the others in order of arrival", async () => {
  const limiter = new ConcurrencyLimiter(2);
  const begun: number[] = [];
  const finish: (() => void)[] = [];
  const tasks = [0, 1, 2, 3].map((id) =>
    limiter.run(() => {
      begun.push(id);
      return new Promise<number>((resolve) => finish.push(() => resolve(id)));
    })
  );
  await settle();
  deepEqual(begun, [0, 1]);
  finish[1]?.();
  await settle();
  deepEqual(begun, [0, 1, 2]);
  for (const id of [0, 2, 3]) {
    finish[id]?.();
    await settle();
  }
  deepEqual(await Promise.all(tasks), [0, 1, 2, 3]);
});

Deno.test("ConcurrencyLimiter gives the room of a failed task to the next", async () => {
  const limiter = new ConcurrencyLimiter(1);
  const failed = limiter.run(() => Promise.reject(new Error("no")));
  const next = limiter.run(() => Promise.resolve("next"));
  await rejects(failed, /no/);
  equal(await next, "next");
});

Deno.test("ConcurrencyLimiter lets go of a task whose signal aborts while it waits", async () => {
  const limiter = new ConcurrencyLimiter(1);
  const running = Promise.withResolvers<void>();
  const first = limiter.run(() => running.promise);
  const stop = new AbortController();
  const waiting = limiter.run(() => Promise.reject(new Error("must not run")), stop.signal);
  stop.abort(new Error("enough"));
  await rejects(waiting, /enough/);
  running.resolve();
  await first;
  equal(await limiter.run(() => Promise.resolve("free")), "free");
  await rejects(limiter.run(() => Promise.resolve(), stop.signal), /enough/);
});

Deno.test("ConcurrencyLimiter never lets more tasks run at once, and forgets none", async () => {
  const limiter = new ConcurrencyLimiter(3);
  let underWay = 0;
  let most = 0;
  const results = await Promise.all(Array.from({ length: 50 }, (_, i) =>
    limiter.run(async () => {
      most = Math.max(most, ++underWay);
      for (let turn = 0; turn <= i % 4; turn++) await Promise.resolve();
      underWay--;
      return i;
    })));
  deepEqual(results, Array.from({ length: 50 }, (_, i) => i));
  deepEqual([most, underWay], [3, 0]);
});
