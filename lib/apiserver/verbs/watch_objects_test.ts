import assert from "node:assert/strict";
import type { ApiContext } from "./api_context.ts";
import { openDatabase } from "../store/database.ts";
import { GroupCommit } from "../store/group_commit.ts";
import { ensureNamespace } from "./namespaces.ts";
import { ObjectStore } from "../store/object_store.ts";
import { ResourceRegistry } from "../kinds/resource_registry.ts";
import { WatchHub } from "../store/watch_hub.ts";
import { watchObjects } from "./watch_objects.ts";
import type { WatchStream } from "./watch_stream.ts";
import { readGadgetCrd } from "../../../tests/support/kube/gadget.ts";

interface Setup extends Disposable {
  readonly context: ApiContext;
  /** Opens a watch of namespaces. */
  watch(query: string): WatchStream;
}

function setUp(): Setup {
  const folder = Deno.makeTempDirSync();
  const store: ObjectStore = new ObjectStore(
    openDatabase(`${folder}/state.db`, 0),
    () => 0,
    (changes) => hub.publish(changes),
  );
  const hub = new WatchHub(store.revision, () => {});
  const registry = new ResourceRegistry([readGadgetCrd()]);
  const commits = new GroupCommit(store);
  const context = {
    registry,
    store,
    commits,
    hub,
    admission: { judge: () => ({ errors: [], warnings: [] }) },
    nowMs: () => 0,
  };
  const resource = registry.find("v1", "namespaces")!;
  return {
    context,
    watch: (text) => {
      const request = { query: new URLSearchParams(text), form: "object" as const };
      return watchObjects(context, { resource }, request);
    },
    [Symbol.dispose]: () => {
      hub.close();
      store.close();
      Deno.removeSync(folder, { recursive: true });
    },
  };
}

/** Keeps the callbacks of intervals instead of waiting for them. */
function holdIntervals(): Disposable & { readonly held: { ms: number; run: () => void }[] } {
  const original = globalThis.setInterval;
  const held: { ms: number; run: () => void }[] = [];
  globalThis.setInterval = ((run: () => void, ms: number) => {
    held.push({ run, ms });
    return original(() => {}, ms);
  }) as typeof setInterval;
  return { held, [Symbol.dispose]: () => void (globalThis.setInterval = original) };
}

Deno.test("watchObjects() sends bookmarks at least once a minute when they are allowed", async () => {
  using intervals = holdIntervals();
  using setup = setUp();
  const { store } = setup.context;
  const stream = setup.watch(`resourceVersion=${store.revision}&allowWatchBookmarks=true`);
  const [interval] = intervals.held;
  assert.ok(interval !== undefined && interval.ms <= 60_000);
  interval.run();
  assert.deepEqual(JSON.parse((await stream.read())!), {
    type: "BOOKMARK",
    object: {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { resourceVersion: String(store.revision) },
    },
  });
  setup.watch(`resourceVersion=${store.revision}`);
  assert.equal(intervals.held.length, 1, "none when they are not allowed");
});

Deno.test("watchObjects() forgets a watch whose client left", () => {
  using setup = setUp();
  const stream = setup.watch("resourceVersion=1");
  assert.equal(setup.context.hub.size, 1);
  stream.cancel();
  assert.equal(setup.context.hub.size, 0);
});

Deno.test("watchObjects() loses no change between the first objects and the next", async () => {
  using setup = setUp();
  const { store } = setup.context;
  store.transaction(() => ensureNamespace(setup.context, "a"));
  const stream = setup.watch("");
  store.transaction(() => ensureNamespace(setup.context, "b"));
  const lines = (await stream.read())!.trim().split("\n");
  assert.deepEqual(lines.map((line) => JSON.parse(line).object.metadata.name), ["a", "b"]);
});
