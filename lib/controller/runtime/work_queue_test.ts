import { deepEqual, equal } from "node:assert/strict";
import { FakeClock, settle } from "../../../tests/support/clocks/fake_clock.ts";
import { RecordingRegistry } from "../../../tests/support/metrics/recording_registry.ts";
import { WorkQueue } from "./work_queue.ts";

function makeQueue({ random = () => 0 }: { readonly random?: () => number } = {}) {
  const clock = new FakeClock();
  const registry = new RecordingRegistry();
  return { clock, registry, queue: new WorkQueue({ name: "pools", clock, random, registry }) };
}

const FRESH = { name: "pools", controller: "pools", priority: "0" };

Deno.test("WorkQueue hands keys out in order of arrival, each once however often it was added", async () => {
  const { queue } = makeQueue();
  for (const key of ["a", "b", "a", "c", "b"]) queue.add(key);
  deepEqual([await queue.get(), await queue.get(), await queue.get()], ["a", "b", "c"]);
});

Deno.test("WorkQueue.get() waits until there is a key", async () => {
  const { queue } = makeQueue();
  const got = queue.get();
  queue.add("a");
  equal(await got, "a");
});

Deno.test("WorkQueue hands a key that was added while it was worked on out again, once", async () => {
  const { queue } = makeQueue();
  queue.add("a");
  await queue.get();
  for (let times = 0; times < 3; times++) queue.add("a");
  queue.add("b");
  equal(await queue.get(), "b", "not while it is worked on");
  queue.done("a");
  equal(await queue.get(), "a");
  queue.done("a");
  queue.add("c");
  equal(await queue.get(), "c", "and not a third time");
});

Deno.test("WorkQueue.addAfterFailure() doubles the wait from 5 ms to 30 s, and forget() resets it", async () => {
  const { queue, clock } = makeQueue();
  const waitsMs: number[] = [];
  const fail = async () => {
    queue.addAfterFailure("a");
    const waitMs = clock.nextDueMs ?? NaN;
    waitsMs.push(waitMs);
    await clock.advance(waitMs);
    equal(await queue.get(), "a");
    queue.done("a");
  };
  for (let times = 0; times < 20; times++) await fail();
  deepEqual(waitsMs.slice(0, 5), [5, 10, 20, 40, 80]);
  deepEqual(waitsMs.slice(11, 14), [10_240, 20_480, 30_000]);
  deepEqual(waitsMs.slice(17), [30_000, 30_000, 30_000]);
  queue.forget("a");
  await fail();
  equal(waitsMs.at(-1), 5);
});

Deno.test("WorkQueue.addAfterFailure() adds up to a tenth of jitter", () => {
  const { queue, clock } = makeQueue({ random: () => 0.5 });
  queue.addAfterFailure("a");
  equal(clock.nextDueMs, 5.25);
});

Deno.test("WorkQueue.addAfter() keeps the earliest of several times and hands the key out once", async () => {
  const { queue, clock, registry } = makeQueue();
  queue.addAfter("late", 300);
  queue.addAfter("a", 200);
  queue.addAfter("a", 100);
  queue.addAfter("a", 250);
  equal(clock.sleeping, 1, "one timer for all keys");
  await clock.advance(99);
  equal(registry.value("workqueue_depth", FRESH), 0);
  await clock.advance(1);
  equal(await queue.get(), "a");
  queue.done("a");
  await clock.advance(1000);
  equal(await queue.get(), "late");
  equal(registry.value("workqueue_adds_total", { name: "pools", controller: "pools" }), 2);
});

Deno.test("WorkQueue.addAfter() without a delay adds at once", async () => {
  const { queue } = makeQueue();
  queue.addAfter("a", 0);
  equal(await queue.get(), "a");
});

Deno.test("WorkQueue.shutDown() lets waiting keys out, takes no more and ends every wait", async () => {
  const { queue, clock } = makeQueue();
  const idle = makeQueue().queue;
  const waiting = [idle.get(), idle.get()];
  idle.shutDown();
  deepEqual(await Promise.all(waiting), [undefined, undefined]);

  queue.add("working");
  equal(await queue.get(), "working");
  queue.add("working");
  queue.add("waiting");
  queue.addAfter("delayed", 10);
  queue.shutDown();
  queue.add("too late");
  queue.addAfter("too late", 10);
  queue.addAfterFailure("too late");
  queue.done("working");
  await settle();
  equal(clock.sleeping, 0, "no timer is left");
  deepEqual([await queue.get(), await queue.get(), await queue.get()], [
    "waiting",
    "working",
    undefined,
  ]);
});

Deno.test("WorkQueue counts depth, adds and retries under the names that operators know", async () => {
  const { queue, clock, registry } = makeQueue();
  const labels = { name: "pools", controller: "pools" };
  queue.add("a");
  queue.add("a");
  queue.add("b");
  equal(registry.value("workqueue_depth", FRESH), 2);
  await queue.get();
  equal(registry.value("workqueue_depth", FRESH), 1);
  queue.add("backlog", "backlog");
  equal(registry.value("workqueue_depth", { ...labels, priority: "-100" }), 1);
  await clock.advance(3000);
  equal(registry.value("workqueue_unfinished_work_seconds", labels), 3);
  equal(registry.value("workqueue_longest_running_processor_seconds", labels), 3);
  queue.done("a");
  equal(registry.value("workqueue_unfinished_work_seconds", labels), 0);
  equal(registry.value("workqueue_work_duration_seconds_count", labels), 1);
  equal(registry.value("workqueue_work_duration_seconds_sum", labels), 3);
  equal(registry.value("workqueue_queue_duration_seconds_count", labels), 1);
  equal(registry.value("workqueue_queue_duration_seconds_sum", labels), 0);
  await queue.get();
  equal(registry.value("workqueue_queue_duration_seconds_sum", labels), 3);
  queue.addAfterFailure("c");
  await clock.advance(10);
  equal(registry.value("workqueue_adds_total", labels), 4);
  equal(registry.value("workqueue_retries_total", labels), 1);
});

Deno.test("WorkQueue keeps its order over many keys and gives back the room of those handed out", async () => {
  const { queue, registry } = makeQueue();
  const keys = Array.from({ length: 10_000 }, (_, index) => `key-${index}`);
  for (const key of keys) queue.add(key);
  for (const key of keys) {
    equal(await queue.get(), key);
    queue.done(key);
  }
  queue.add("last");
  equal(await queue.get(), "last");
  equal(registry.value("workqueue_depth", FRESH), 0);
});

Deno.test("WorkQueue lets a fresh change overtake a backlog of 10,000 keys", async () => {
  const { queue } = makeQueue();
  for (let index = 0; index < 10_000; index++) queue.add(`key-${index}`, "backlog");
  equal(await queue.get(), "key-0");
  queue.add("user");
  queue.add("key-9999");
  queue.add("key-5000", "backlog");
  deepEqual([await queue.get(), await queue.get(), await queue.get()], [
    "user",
    "key-9999",
    "key-1",
  ]);
});

Deno.test("WorkQueue brings a key of the backlog that failed back as such, unless it changed meanwhile", async () => {
  const { queue, clock } = makeQueue();
  queue.add("failed", "backlog");
  queue.add("changed", "backlog");
  for (const key of ["failed", "changed"]) equal(await queue.get(), key);
  queue.add("changed", "backlog");
  queue.add("changed");
  queue.addAfterFailure("failed");
  queue.done("failed");
  queue.done("changed");
  await clock.advance(5);
  queue.add("fresh");
  deepEqual([await queue.get(), await queue.get(), await queue.get()], [
    "changed",
    "fresh",
    "failed",
  ]);
});

Deno.test("WorkQueue.addAfterFailure() lets 100 retries through at once and 100 a second after that", async () => {
  const { queue, clock, registry } = makeQueue();
  for (let index = 0; index < 150; index++) queue.addAfterFailure(`key-${index}`);
  await clock.advance(5);
  equal(registry.value("workqueue_depth", FRESH), 100);
  await clock.advance(95);
  equal(registry.value("workqueue_depth", FRESH), 110);
  await clock.advance(400);
  equal(registry.value("workqueue_depth", FRESH), 150);
});
