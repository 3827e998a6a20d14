import assert from "node:assert/strict";
import { FakeClock, settle } from "../../../tests/support/clocks/fake_clock.ts";
import { FakeInformer } from "../../../tests/support/kube/fake_informer.ts";
import { RecordingLogger } from "../../../tests/support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../../tests/support/metrics/recording_registry.ts";
import type { KubeObject } from "../../api/meta.ts";
import { ControllerSet, watch } from "./controller_set.ts";
import { type Change, FreshCache } from "./fresh_cache.ts";

function object(name: string): KubeObject {
  return { apiVersion: "v1", kind: "Thing", metadata: { name, namespace: "n" } };
}

/** Two controllers of one kind: `each` is concerned by the object itself, `all` as a test says. */
function setUp(all: (change: Change<KubeObject>) => readonly string[] = () => []) {
  const parse = (raw: unknown) => ({ ok: true, value: raw as KubeObject }) as const;
  const [things, others] = [new FakeInformer(parse), new FakeInformer(parse)];
  const [cache, otherCache] = [new FreshCache(things, parse), new FreshCache(others, parse)];
  const seen: string[] = [];
  const see = (name: string) => (key: string) => {
    seen.push(`${name} ${key}`);
    return Promise.resolve({});
  };
  const registry = new RecordingRegistry();
  const controllers = new ControllerSet([
    {
      name: "each",
      workers: 1,
      watches: [watch(cache, ({ key }) => [key, key]), watch(otherCache, () => [])],
      reconcile: see("each"),
    },
    { name: "all", workers: 1, watches: [watch(cache, all)], reconcile: see("all") },
  ], { log: new RecordingLogger(), registry, clock: new FakeClock(), random: () => 0 });
  const waiting = (controller: string, priority: string) =>
    registry.value("workqueue_depth", { name: controller, controller, priority });
  return { things, others, controllers, seen, waiting };
}

const FRESH = "0";
const BACKLOG = "-100";

Deno.test("ControllerSet works once all that is watched is synced, on the first list as a backlog", async () => {
  const { things, others, controllers, seen, waiting } = setUp(() => ["x"]);
  const stop = new AbortController();
  const ended = controllers.run(stop.signal);
  things.put(object("a"));
  things.sync();
  await settle();
  assert.deepEqual(seen, []);
  assert.deepEqual([waiting("each", BACKLOG), waiting("all", BACKLOG)], [1, 1]);
  assert.deepEqual([waiting("each", FRESH), waiting("all", FRESH)], [0, 0]);
  others.sync();
  await settle();
  assert.deepEqual(seen.splice(0).sort(), ["all x", "each n/a"]);
  things.put(object("b"));
  controllers.enqueue("each", "n/c");
  await settle();
  assert.deepEqual(seen.sort(), ["all x", "each n/b", "each n/c"]);
  stop.abort();
  await ended;
});

Deno.test("ControllerSet starts an optional controller by itself, and no other waits for it", async () => {
  const parse = (raw: unknown) => ({ ok: true, value: raw as KubeObject }) as const;
  const [things, extras] = [new FakeInformer(parse), new FakeInformer(parse)];
  const seen: string[] = [];
  const controllerOf = (name: string, informers: readonly FakeInformer<KubeObject>[]) => ({
    name,
    workers: 1,
    watches: informers.map((informer) =>
      watch(new FreshCache(informer, parse), ({ key }) => [key])
    ),
    reconcile: (key: string) => Promise.resolve(void seen.push(`${name} ${key}`)).then(() => ({})),
  });
  const controllers = new ControllerSet([
    controllerOf("needed", [things]),
    { ...controllerOf("optional", [things, extras]), isOptional: true },
  ], {
    log: new RecordingLogger(),
    registry: new RecordingRegistry(),
    clock: new FakeClock(),
    random: () => 0,
  });
  const stop = new AbortController();
  const ended = controllers.run(stop.signal);
  things.put(object("a"));
  things.sync();
  await settle();
  assert.deepEqual(seen.splice(0), ["needed n/a"]);
  extras.put(object("b"));
  extras.sync();
  await settle();
  assert.deepEqual(seen.sort(), ["optional n/a", "optional n/b"]);
  stop.abort();
  await ended;
});

Deno.test("ControllerSet takes a change that concerns more than 100 objects for a backlog", async () => {
  let count = 100;
  const { things, others, controllers, waiting } = setUp(() =>
    Array.from({ length: count }, (_, n) => `${count}/${n}`)
  );
  for (const informer of [things, others]) informer.sync();
  const stop = new AbortController();
  const ended = controllers.run(stop.signal);
  await settle();
  things.put(object("a"));
  // One key is with the worker that waited for it.
  assert.deepEqual([waiting("all", FRESH), waiting("all", BACKLOG)], [99, 0]);
  count = 101;
  things.put(object("b"));
  assert.deepEqual([waiting("all", FRESH), waiting("all", BACKLOG)], [99, 101]);
  stop.abort();
  await ended;
});

Deno.test("ControllerSet ends quietly when the process ends before the caches are synced", async () => {
  const { things, others, controllers, seen } = setUp();
  const stop = new AbortController();
  const ended = controllers.run(stop.signal);
  things.put(object("a"));
  things.sync();
  stop.abort();
  others.fail(new Error("stopped before the cache was synced"));
  await ended;
  assert.deepEqual(seen, []);
});

Deno.test("ControllerSet fails with a cache that ends while the process goes on", async () => {
  const { things, others, controllers } = setUp();
  things.sync();
  others.fail(new Error("stopped before the cache was synced"));
  await assert.rejects(controllers.run(new AbortController().signal), /stopped before the cache/);
});
