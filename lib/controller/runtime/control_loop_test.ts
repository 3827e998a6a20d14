import { deepEqual, equal, ok } from "node:assert/strict";
import { StatusError } from "../../kube/contract.ts";
import { FakeClock, settle } from "../../../tests/support/clocks/fake_clock.ts";
import { RecordingLogger } from "../../../tests/support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../../tests/support/metrics/recording_registry.ts";
import { ControlLoop, TerminalError } from "./control_loop.ts";
import type { Reconcile } from "./control_loop.ts";

function startLoop(reconcile: Reconcile, { workers = 1 }: { readonly workers?: number } = {}) {
  const clock = new FakeClock();
  const log = new RecordingLogger();
  const registry = new RecordingRegistry();
  const stop = new AbortController();
  const loop = new ControlLoop({
    name: "ippool",
    reconcile,
    workers,
    log,
    registry,
    clock,
    random: () => 0,
  });
  const results = (result: string) =>
    registry.value("controller_runtime_reconcile_total", { controller: "ippool", result });
  return { loop, clock, log, registry, stop, results, ended: loop.run(stop.signal) };
}

Deno.test("ControlLoop reconciles what was asked for before and during its run", async () => {
  const keys: string[] = [];
  const { loop, stop, ended, results } = startLoop((key) => {
    keys.push(key);
    return Promise.resolve({});
  });
  loop.enqueue("default/a");
  await settle();
  loop.enqueue("default/b");
  await settle();
  deepEqual(keys, ["default/a", "default/b"]);
  equal(results("success"), 2);
  stop.abort();
  await ended;
});

Deno.test("ControlLoop reconciles again after requeueAfterMs", async () => {
  const timesMs: number[] = [];
  const { loop, clock, stop, ended, results } = startLoop(() => {
    timesMs.push(clock.nowMs());
    return Promise.resolve(timesMs.length < 3 ? { requeueAfterMs: 60_000 } : {});
  });
  const startMs = clock.nowMs();
  loop.enqueue("default/a");
  await clock.advance(600_000);
  deepEqual(timesMs.map((ms) => ms - startMs), [0, 60_000, 120_000]);
  equal(results("requeue_after"), 2);
  equal(results("success"), 1);
  stop.abort();
  await ended;
});

Deno.test("ControlLoop measures reconciles and the wait for them in seconds", async () => {
  const { loop, clock, registry, stop, ended } = startLoop(async () => {
    await clock.sleep(2500);
    return {};
  });
  loop.enqueue("default/a");
  loop.enqueue("default/b");
  await clock.advance(5000);
  const of = { controller: "ippool" };
  equal(registry.value("controller_runtime_reconcile_time_seconds_count", of), 2);
  equal(registry.value("controller_runtime_reconcile_time_seconds_sum", of), 5);
  equal(registry.value("workqueue_queue_duration_seconds_sum", { name: "ippool", ...of }), 2.5);
  stop.abort();
  await ended;
});

Deno.test("ControlLoop retries a failing key with backoff, logs each failure once, and goes on with others", async () => {
  const keys: string[] = [];
  const { loop, clock, log, registry, stop, ended, results } = startLoop((key) => {
    keys.push(key);
    if (key === "default/bad" && keys.filter((other) => other === key).length < 3) {
      throw new Error("no route to nowhere");
    }
    return Promise.resolve({});
  });
  loop.enqueue("default/bad");
  loop.enqueue("default/good");
  await clock.advance(1000);
  deepEqual(keys, ["default/bad", "default/good", "default/bad", "default/bad"]);
  equal(results("error"), 2);
  equal(registry.value("controller_runtime_reconcile_errors_total", { controller: "ippool" }), 2);
  equal(registry.value("workqueue_retries_total", { name: "ippool", controller: "ippool" }), 2);
  const errors = log.lines.filter((line) => line.level === "error");
  deepEqual(errors.map((line) => line.fields["key"]), ["default/bad", "default/bad"]);
  equal(errors[0]?.fields["controller"], "ippool");
  equal(clock.nextDueMs, undefined, "nothing waits after the success");
  stop.abort();
  await ended;
});

Deno.test("ControlLoop says a failure that lasts less and less often, and its end", async () => {
  let isFull = true;
  const { loop, clock, log, stop, ended } = startLoop(() =>
    isFull ? Promise.reject(new Error("the disk is full")) : Promise.resolve({})
  );
  loop.enqueue("default/a");
  await clock.advance(3600_000);
  isFull = false;
  await clock.advance(60_000);
  const said = log.lines.filter(({ level }) => level !== "debug");
  deepEqual(said.map(({ level, msg, fields }) => [level, msg, fields["failures"]]), [
    ...[1, 2, 4, 8, 16, 32, 64, 128].map((count) => ["error", "reconcile failed", count]),
    ["info", "reconcile works again", said.at(-1)!.fields["failures"]],
  ]);
  stop.abort();
  await ended;
});

Deno.test("ControlLoop takes a conflict as ordinary and AlreadyExists as an error", async () => {
  const failures = [
    new StatusError(409, "Conflict", "the object has been modified"),
    new StatusError(409, "AlreadyExists", "it already exists"),
  ];
  const { loop, clock, log, registry, stop, ended, results } = startLoop(() => {
    const failure = failures.shift();
    return failure === undefined ? Promise.resolve({}) : Promise.reject(failure);
  });
  loop.enqueue("default/a");
  await clock.advance(1000);
  deepEqual(log.lines.map((line) => line.level), ["debug", "error"]);
  equal(results("requeue"), 1);
  equal(results("error"), 1);
  equal(results("success"), 1);
  equal(registry.value("controller_runtime_reconcile_errors_total", { controller: "ippool" }), 1);
  stop.abort();
  await ended;
});

Deno.test("ControlLoop runs as many reconciles at once as it has workers, never two of one key", async () => {
  const running: string[] = [];
  let runningMax = 0;
  const finish: (() => void)[] = [];
  const { loop, stop, ended } = startLoop((key) => {
    ok(!running.includes(key), `${key} runs once`);
    running.push(key);
    runningMax = Math.max(runningMax, running.length);
    return new Promise((resolve) =>
      finish.push(() => {
        running.splice(running.indexOf(key), 1);
        resolve({});
      })
    );
  }, { workers: 2 });
  for (const key of ["a", "b", "c"]) loop.enqueue(key);
  await settle();
  loop.enqueue("a");
  await settle();
  deepEqual(running, ["a", "b"]);
  for (let next = finish.shift(); next !== undefined; next = finish.shift()) {
    next();
    await settle();
  }
  equal(runningMax, 2);
  stop.abort();
  await ended;
});

Deno.test("ControlLoop.run() ends when the reconciles under way do, and begins no other", async () => {
  const begun: string[] = [];
  const { loop, stop, ended, log } = startLoop((key, signal) => {
    begun.push(key);
    return new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(new Error("interrupted")), { once: true });
    });
  });
  for (const key of ["a", "b", "c"]) loop.enqueue(key);
  await settle();
  stop.abort();
  await ended;
  deepEqual(begun, ["a"]);
  deepEqual(log.lines.map((line) => line.level), ["debug"], "no alarm about the interruption");
});

Deno.test("ControlLoop.run() ends at once when the signal was aborted before", async () => {
  const { loop, stop, ended } = startLoop(() => Promise.resolve({}));
  stop.abort();
  await ended;
  loop.enqueue("a");
  await loop.run(stop.signal);
});

Deno.test("ControlLoop does not retry a terminal error for 1000 s, and counts it as one", async () => {
  const timesMs: number[] = [];
  const { loop, clock, registry, stop, ended } = startLoop(() => {
    timesMs.push(clock.nowMs());
    throw new TerminalError("the server calls it invalid", undefined);
  });
  loop.enqueue("default/a");
  await clock.advance(1_500_000);
  equal(timesMs.length, 2);
  equal(timesMs[1]! - timesMs[0]!, 1_000_000);
  const labels = { controller: "ippool" };
  equal(registry.value("controller_runtime_terminal_reconcile_errors_total", labels), 2);
  equal(registry.value("controller_runtime_reconcile_errors_total", labels), 2);
  equal(registry.value("controller_runtime_reconcile_panics_total", labels), 0);
  stop.abort();
  await ended;
});

Deno.test("ControlLoop survives a bug in a reconcile, goes on with others and counts a panic", async () => {
  const keys: string[] = [];
  const { loop, registry, stop, ended } = startLoop((key) => {
    keys.push(key);
    if (key === "bad") throw new TypeError("x is not a function");
    return Promise.resolve({});
  });
  loop.enqueue("bad");
  loop.enqueue("good");
  await settle();
  deepEqual(keys, ["bad", "good"]);
  const labels = { controller: "ippool" };
  equal(registry.value("controller_runtime_reconcile_panics_total", labels), 1);
  equal(registry.value("controller_runtime_active_workers", labels), 0);
  equal(registry.value("controller_runtime_max_concurrent_reconciles", labels), 1);
  stop.abort();
  await ended;
});

Deno.test("ControlLoop.run() waits 20 s for a reconcile that does not end, and names it", async () => {
  const { loop, clock, stop, ended, log } = startLoop(() => new Promise(() => {}));
  loop.enqueue("default/stuck");
  await settle();
  stop.abort();
  await clock.advance(19_999);
  deepEqual(log.lines, []);
  await clock.advance(1);
  await ended;
  deepEqual(log.lines.map(({ msg, fields }) => [msg, fields["keys"]]), [
    ["reconciles did not end in time", ["default/stuck"]],
  ]);
});
