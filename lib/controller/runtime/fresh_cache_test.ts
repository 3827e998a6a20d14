import assert from "node:assert/strict";
import { FakeInformer } from "../../../tests/support/kube/fake_informer.ts";
import type { KubeObject, Parsed } from "../../api/meta.ts";
import { type Change, FreshCache } from "./fresh_cache.ts";

function parse(raw: unknown): Parsed<KubeObject> {
  return { ok: true, value: raw as KubeObject };
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

Deno.test("FreshCache believes the watch where versions are not numbers", () => {
  const { informer, cache } = setUp();
  informer.put(version("x9"));
  cache.keepWritten(version("x10"));
  assert.equal(versionOf(cache), "x9");
});

Deno.test("FreshCache hides an object after the write that let it go", () => {
  const { informer, cache } = setUp();
  informer.put(version("9"));
  cache.keepWritten(version("10", { deletionTimestamp: "2026-01-01T00:00:00Z" }));
  assert.equal(cache.get("n/a"), undefined);
  assert.deepEqual(cache.byIndex("any", "value"), []);
  informer.remove("n/a");
  informer.put(version("11"));
  assert.equal(versionOf(cache), "11");
});

Deno.test("FreshCache shows the next object of the same name after a write let the last one go", () => {
  const { informer, cache } = setUp();
  informer.put(version("9"));
  cache.keepWritten(version("10", { deletionTimestamp: "2026-01-01T00:00:00Z" }));
  informer.put(version("11", { uid: "2" }));
  assert.equal(versionOf(cache), "11");
});

Deno.test("FreshCache tells of changes, none of which it takes for an own write", async () => {
  const { informer, cache } = setUp();
  const changes: Change<KubeObject>[] = [];
  cache.onChange((change) => changes.push(change));
  cache.keepWritten(version("10"));
  informer.put(version("10"));
  informer.remove("n/a");
  const versions = changes.map(({ key, before, after, isOwnWrite }) => [
    key,
    before?.object.metadata.resourceVersion,
    after?.object.metadata.resourceVersion,
    isOwnWrite,
  ]);
  assert.deepEqual(versions, [["n/a", undefined, "10", false], ["n/a", "10", undefined, false]]);
  informer.sync();
  await cache.whenSynced();
});
