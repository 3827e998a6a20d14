/** Compares the queue with a model that says in the plainest way what it has to do. */

import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { FakeClock, settle } from "../../../tests/support/clocks/fake_clock.ts";
import { RecordingRegistry } from "../../../tests/support/metrics/recording_registry.ts";
import { WorkQueue } from "./work_queue.ts";
import type { Priority } from "./work_queue_metrics.ts";

type Step =
  | { readonly do: "add"; readonly key: string; readonly priority: Priority }
  | { readonly do: "done" | "fail" | "forget"; readonly key: string }
  | { readonly do: "addAfter"; readonly key: string; readonly ms: number }
  | { readonly do: "advance"; readonly ms: number }
  | { readonly do: "get" };

const key = fc.constantFrom("a", "b", "c", "d");
const priority = fc.constantFrom<Priority>("fresh", "backlog");
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant("add" as const), key, priority }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant("get" as const) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("done", "fail", "forget"), key }) },
    fc.record({ do: fc.constant("addAfter" as const), key, ms: fc.nat(50) }),
    fc.record({ do: fc.constant("advance" as const), ms: fc.nat(60) }),
  ),
  { maxLength: 60 },
);

/** Ready keys in order, keys in work, keys to come again, keys with their times. */
class Model {
  ready: { readonly key: string; readonly priority: Priority }[] = [];
  working = new Map<string, Priority>();
  again = new Map<string, Priority>();
  failures = new Map<string, number>();
  delayed = new Map<string, { readonly dueMs: number; readonly priority: Priority }>();
  nowMs = 0;

  /** The keys of which one has to be next: all of the most urgent ones that are ready. */
  get next(): readonly string[] {
    const fresh = this.ready.filter((each) => each.priority === "fresh");
    return (fresh.length > 0 ? fresh : this.ready).map((each) => each.key);
  }

  add(key: string, priority: Priority): void {
    const waiting = this.ready.find((each) => each.key === key);
    if (waiting?.priority === "fresh") return;
    if (waiting !== undefined && priority === "backlog") return;
    if (this.working.has(key)) {
      if (this.again.get(key) !== "fresh") this.again.set(key, priority);
      return;
    }
    this.remove(key);
    this.ready.push({ key, priority });
  }

  remove(key: string): void {
    this.ready = this.ready.filter((each) => each.key !== key);
  }

  addAfter(key: string, ms: number): void {
    const priority = this.working.get(key) ?? "fresh";
    if (ms === 0) return this.add(key, priority);
    const before = this.delayed.get(key);
    this.delayed.set(key, {
      dueMs: Math.min(this.nowMs + ms, before?.dueMs ?? Infinity),
      priority: before?.priority === "fresh" ? "fresh" : priority,
    });
  }

  fail(key: string): void {
    const failures = this.failures.get(key) ?? 0;
    this.failures.set(key, failures + 1);
    this.addAfter(key, Math.min(5 * 2 ** failures, 30_000));
  }

  done(key: string): void {
    this.working.delete(key);
    const priority = this.again.get(key);
    if (priority !== undefined) this.ready.push({ key, priority });
    this.again.delete(key);
  }

  /** The order among keys that are due at the same millisecond is open; see the comparison. */
  advance(ms: number): void {
    this.nowMs += ms;
    const due = [...this.delayed].filter(([, { dueMs }]) => dueMs <= this.nowMs);
    for (const [key, { priority }] of due.sort(([, a], [, b]) => a.dueMs - b.dueMs)) {
      this.delayed.delete(key);
      this.add(key, priority);
    }
  }
}

async function takeStep(step: Step, model: Model, queue: WorkQueue, clock: FakeClock) {
  switch (step.do) {
    case "add":
      model.add(step.key, step.priority);
      return queue.add(step.key, step.priority);
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
  ok(got !== undefined && model.next.includes(got), `${got} is next in the model`);
  ok(!model.working.has(got), `${got} has one worker at most`);
  const priority = model.ready.find((each) => each.key === got)?.priority ?? "fresh";
  model.remove(got);
  model.working.set(got, priority);
}

function depthOf(registry: RecordingRegistry): number {
  const labels = { name: "model", controller: "model" };
  return ["0", "-100"].reduce(
    (sum, priority) => sum + registry.value("workqueue_depth", { ...labels, priority }),
    0,
  );
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
        equal(depthOf(registry), model.ready.length);
      }
      queue.shutDown();
      for (const key of [...model.working.keys()]) {
        model.done(key);
        queue.done(key);
      }
      const rest: string[] = [];
      for (let got = await queue.get(); got !== undefined; got = await queue.get()) rest.push(got);
      deepEqual(
        rest.sort(),
        model.ready.map((each) => each.key).sort(),
        "shutting down loses nothing that waited",
      );
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
