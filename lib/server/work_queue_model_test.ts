/** Compares the queue with a model that says in the plainest way what it has to do. */

import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { FakeClock, settle } from "../../tests/support/fake_clock.ts";
import { RecordingRegistry } from "../../tests/support/recording_registry.ts";
import { WorkQueue } from "./work_queue.ts";

type Step =
  | { readonly do: "add" | "done" | "fail" | "forget"; readonly key: string }
  | { readonly do: "addAfter"; readonly key: string; readonly ms: number }
  | { readonly do: "advance"; readonly ms: number }
  | { readonly do: "get" };

const key = fc.constantFrom("a", "b", "c", "d");
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant("add" as const), key }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant("get" as const) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("done", "fail", "forget"), key }) },
    fc.record({ do: fc.constant("addAfter" as const), key, ms: fc.nat(50) }),
    fc.record({ do: fc.constant("advance" as const), ms: fc.nat(60) }),
  ),
  { maxLength: 60 },
);

/** Ready keys in order, keys in work, keys to come again, keys with their times. */
class Model {
  ready: string[] = [];
  working = new Set<string>();
  again = new Set<string>();
  failures = new Map<string, number>();
  delayed = new Map<string, number>();
  nowMs = 0;

  add(key: string): void {
    if (this.ready.includes(key)) return;
    if (this.working.has(key)) this.again.add(key);
    else this.ready.push(key);
  }

  addAfter(key: string, ms: number): void {
    if (ms === 0) this.add(key);
    else this.delayed.set(key, Math.min(this.nowMs + ms, this.delayed.get(key) ?? Infinity));
  }

  fail(key: string): void {
    const failures = this.failures.get(key) ?? 0;
    this.failures.set(key, failures + 1);
    this.addAfter(key, Math.min(5 * 2 ** failures, 1_000_000));
  }

  done(key: string): void {
    this.working.delete(key);
    if (this.again.delete(key)) this.ready.push(key);
  }

  /** The order among keys that are due at the same millisecond is open; see the comparison. */
  advance(ms: number): void {
    this.nowMs += ms;
    const due = [...this.delayed].filter(([, dueMs]) => dueMs <= this.nowMs);
    for (const [key] of due.sort(([, a], [, b]) => a - b)) {
      this.delayed.delete(key);
      this.add(key);
    }
  }
}

async function takeStep(step: Step, model: Model, queue: WorkQueue, clock: FakeClock) {
  switch (step.do) {
    case "add":
      model.add(step.key);
      return queue.add(step.key);
    case "addAfter":
      model.addAfter(step.key, step.ms);
      return queue.addAfter(step.key, step.ms);
    case "fail":
      model.fail(step.key);
      return queue.addAfterFailure(step.key);
    case "forget":
      model.failures.delete(step.key);
      return queue.forget(step.key);
    case "done":
      if (!model.working.has(step.key)) return;
      model.done(step.key);
      return queue.done(step.key);
    case "advance":
      model.advance(step.ms);
      return await clock.advance(step.ms);
    case "get":
      return await takeKey(model, queue);
    default:
      return step satisfies never;
  }
}

async function takeKey(model: Model, queue: WorkQueue): Promise<void> {
  if (model.ready.length === 0) return;
  const got = await queue.get();
  ok(got !== undefined && model.ready.includes(got), `${got} is ready in the model`);
  ok(!model.working.has(got), `${got} has one worker at most`);
  model.ready.splice(model.ready.indexOf(got), 1);
  model.working.add(got);
}

Deno.test("WorkQueue does what its model does, whatever the order of calls", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const clock = new FakeClock();
      const registry = new RecordingRegistry();
      const queue = new WorkQueue({ name: "model", clock, random: () => 0, registry });
      const model = new Model();
      for (const step of sequence) {
        await takeStep(step, model, queue, clock);
        equal(registry.value("workqueue_depth", { name: "model" }), model.ready.length);
      }
      queue.shutDown();
      for (const key of [...model.working]) {
        model.done(key);
        queue.done(key);
      }
      const rest: string[] = [];
      for (let got = await queue.get(); got !== undefined; got = await queue.get()) rest.push(got);
      deepEqual(rest.sort(), model.ready.sort(), "shutting down loses nothing that waited");
      await settle();
      equal(clock.sleeping, 0);
    }),
    { numRuns: 200 },
  );
});

Deno.test("WorkQueue hands out what is ready first in, first out", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(key), async (keys) => {
      const clock = new FakeClock();
      const queue = new WorkQueue({
        name: "order",
        clock,
        random: () => 0,
        registry: new RecordingRegistry(),
      });
      for (const key of keys) queue.add(key);
      queue.shutDown();
      const got: string[] = [];
      for (let key = await queue.get(); key !== undefined; key = await queue.get()) got.push(key);
      deepEqual(got, [...new Set(keys)]);
    }),
    { numRuns: 100 },
  );
});
