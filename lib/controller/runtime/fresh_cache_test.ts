import assert from "node:assert/strict";
import type { KubeObject, Observed } from "../../api/meta.ts";
import type { ChangeHandler, Informer } from "../../kube/contract.ts";
import { FreshCache } from "./fresh_cache.ts";

/** An informer whose objects the test sets. */
class SetInformer implements Informer<Observed<KubeObject>> {
  readonly synced = true;
  readonly #objects = new Map<string, Observed<KubeObject>>();
  readonly #handlers: ChangeHandler<Observed<KubeObject>>[] = [];

  set(key: string, object: KubeObject | undefined): void {
    const before = this.#objects.get(key);
    const after = object === undefined ? undefined : observe(object);
    if (after === undefined) this.#objects.delete(key);
    else this.#objects.set(key, after);
    for (const handler of this.#handlers) handler(key, before, after);
  }
  get(key: string): Observed<KubeObject> | undefined {
    return this.#objects.get(key);
  }
  list(): readonly Observed<KubeObject>[] {
    return [...this.#objects.values()];
  }
  byIndex(): readonly Observed<KubeObject>[] {
    return this.list();
  }
  onChange(handler: ChangeHandler<Observed<KubeObject>>): void {
    this.#handlers.push(handler);
  }
  whenSynced(): Promise<void> {
    return Promise.resolve();
  }
  run(): Promise<void> {
    return Promise.resolve();
  }
}

function observe(object: KubeObject): Observed<KubeObject> {
  return { object, parsed: { ok: true, value: object } };
}

function version(resourceVersion: string, more: Partial<KubeObject["metadata"]> = {}): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Thing",
    metadata: { name: "a", namespace: "n", uid: "1", resourceVersion, ...more },
  };
}

function setUp(): { informer: SetInformer; cache: FreshCache<KubeObject> } {
  const informer = new SetInformer();
  const cache = new FreshCache(informer, (raw) => ({ ok: true, value: raw as KubeObject }));
  return { informer, cache };
}

function versionOf(cache: FreshCache<KubeObject>): string | undefined {
  return cache.get("n/a")?.object.metadata.resourceVersion;
}

Deno.test("FreshCache shows what was written until the watch brings it or something newer", () => {
  const { informer, cache } = setUp();
  informer.set("n/a", version("9"));
  cache.keepWritten(version("10"));
  assert.equal(versionOf(cache), "10");
  assert.equal(cache.byIndex("any", "value")[0]?.object.metadata.resourceVersion, "10");
  informer.set("n/a", version("11"));
  assert.equal(versionOf(cache), "11");
});

Deno.test("FreshCache believes the watch when it is ahead of an answer", () => {
  const { informer, cache } = setUp();
  informer.set("n/a", version("12"));
  cache.keepRead(version("10"));
  assert.equal(versionOf(cache), "12");
});

Deno.test("FreshCache does not show an old object for a new one of the same name", () => {
  const { informer, cache } = setUp();
  informer.set("n/a", version("9"));
  cache.keepWritten(version("20"));
  informer.set("n/a", version("15", { uid: "2" }));
  assert.equal(versionOf(cache), "15");
});

Deno.test("FreshCache believes the watch where versions are no numbers", () => {
  const { informer, cache } = setUp();
  informer.set("n/a", version("x9"));
  cache.keepWritten(version("x10"));
  assert.equal(versionOf(cache), "x9");
});

Deno.test("FreshCache shows an object no more that a write let go", () => {
  const { informer, cache } = setUp();
  informer.set("n/a", version("9"));
  cache.keepWritten(version("10", { deletionTimestamp: "2026-01-01T00:00:00Z" }));
  assert.equal(cache.get("n/a"), undefined);
  assert.deepEqual(cache.byIndex("any", "value"), []);
  informer.set("n/a", undefined);
  informer.set("n/a", version("11"));
  assert.equal(versionOf(cache), "11");
});

Deno.test("FreshCache shows the next object of a name whose last one a write let go", () => {
  const { informer, cache } = setUp();
  informer.set("n/a", version("9"));
  cache.keepWritten(version("10", { deletionTimestamp: "2026-01-01T00:00:00Z" }));
  informer.set("n/a", version("11", { uid: "2" }));
  assert.equal(versionOf(cache), "11");
});

Deno.test("FreshCache tells own writes from those of others", () => {
  const { informer, cache } = setUp();
  informer.set("n/a", version("9"));
  cache.keepWritten(version("10"));
  assert.equal(cache.isOwnWrite("n/a", observe(version("10"))), true);
  assert.equal(cache.isOwnWrite("n/a", observe(version("11"))), false);
  assert.equal(cache.isOwnWrite("n/a", undefined), false);
});
