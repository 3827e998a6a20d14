import assert from "node:assert/strict";
import { FakeInformer } from "../../../tests/support/kube/fake_informer.ts";
import type { KubeObject, Observed, Parsed } from "../../api/meta.ts";
import { FreshCache } from "./fresh_cache.ts";

function parse(object: unknown): Parsed<KubeObject> {
  return { ok: true, value: object as KubeObject };
}

function observe(object: KubeObject): Observed<KubeObject> {
  return { object, parsed: parse(object) };
}

function version(resourceVersion: string, more: Partial<KubeObject["metadata"]> = {}): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Thing",
    metadata: { name: "a", namespace: "n", uid: "1", resourceVersion, ...more },
  };
}

function setUp(): { informer: FakeInformer<KubeObject>; cache: FreshCache<KubeObject> } {
  const informer = new FakeInformer(parse, { any: () => ["value"] });
  return { informer, cache: new FreshCache(informer, parse) };
}

function versionOf(cache: FreshCache<KubeObject>): string | undefined {
  return cache.get("n/a")?.object.metadata.resourceVersion;
}

Deno.test("FreshCache shows what was written until the watch brings it or something newer", () => {
  const { informer, cache } = setUp();
  informer.put(version("9"));
  cache.keepWritten(version("10"));
  assert.equal(versionOf(cache), "10");
  assert.equal(cache.byIndex("any", "value")[0]?.object.metadata.resourceVersion, "10");
  informer.put(version("11"));
  assert.equal(versionOf(cache), "11");
});

Deno.test("FreshCache believes the watch when it is ahead of an answer", () => {
  const { informer, cache } = setUp();
  informer.put(version("12"));
  cache.keepRead(version("10"));
  assert.equal(versionOf(cache), "12");
});

Deno.test("FreshCache does not show an old object for a new one of the same name", () => {
  const { informer, cache } = setUp();
  informer.put(version("9"));
  cache.keepWritten(version("20"));
  informer.put(version("15", { uid: "2" }));
  assert.equal(versionOf(cache), "15");
});

Deno.test("FreshCache believes the watch where versions are no numbers", () => {
  const { informer, cache } = setUp();
  informer.put(version("x9"));
  cache.keepWritten(version("x10"));
  assert.equal(versionOf(cache), "x9");
});

Deno.test("FreshCache shows an object no more that a write let go", () => {
  const { informer, cache } = setUp();
  informer.put(version("9"));
  cache.keepWritten(version("10", { deletionTimestamp: "2026-01-01T00:00:00Z" }));
  assert.equal(cache.get("n/a"), undefined);
  assert.deepEqual(cache.byIndex("any", "value"), []);
  informer.remove("n/a");
  informer.put(version("11"));
  assert.equal(versionOf(cache), "11");
});

Deno.test("FreshCache shows the next object of a name whose last one a write let go", () => {
  const { informer, cache } = setUp();
  informer.put(version("9"));
  cache.keepWritten(version("10", { deletionTimestamp: "2026-01-01T00:00:00Z" }));
  informer.put(version("11", { uid: "2" }));
  assert.equal(versionOf(cache), "11");
});

Deno.test("FreshCache tells own writes from those of others", () => {
  const { informer, cache } = setUp();
  informer.put(version("9"));
  cache.keepWritten(version("10"));
  assert.equal(cache.isOwnWrite("n/a", observe(version("10"))), true);
  assert.equal(cache.isOwnWrite("n/a", observe(version("11"))), false);
  assert.equal(cache.isOwnWrite("n/a", undefined), false);
});
