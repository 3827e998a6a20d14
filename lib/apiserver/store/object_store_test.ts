import assert from "node:assert/strict";
import type { KubeObject } from "../../api/meta.ts";
import { openDatabase } from "./database.ts";
import { ObjectStore } from "./object_store.ts";
import type { Change } from "./queries.ts";
import type { ObjectKey } from "./queries.ts";

interface Setup extends Disposable {
  readonly store: ObjectStore;
  readonly commits: (readonly Change[])[];
}

function setUp(nowMs = () => 1000): Setup {
  const folder = Deno.makeTempDirSync();
  const commits: (readonly Change[])[] = [];
  const store = new ObjectStore(
    openDatabase(`${folder}/state.db`, 0),
    nowMs,
    (changes) => commits.push(changes),
  );
  return {
    store,
    commits,
    [Symbol.dispose]: () => {
      store.close();
      Deno.removeSync(folder, { recursive: true });
    },
  };
}

function key(name: string, namespace = "n"): ObjectKey {
  return { storage: "things", namespace, name };
}

function thing(name: string, more: Partial<KubeObject["metadata"]> = {}): KubeObject {
  return { apiVersion: "v1", kind: "Thing", metadata: { name, uid: `uid-${name}`, ...more } };
}

function put(store: ObjectStore, name: string, more: Partial<KubeObject["metadata"]> = {}): void {
  store.transaction(() => void store.put(key(name), thing(name, more), undefined));
}

Deno.test("put() stores the object under the next revision and tells of it once it is on disk", () => {
  using setup = setUp();
  const { store, commits } = setup;
  const start = store.revision;
  const stored = store.transaction(() => {
    const object = store.put(key("a"), thing("a"), undefined);
    assert.deepEqual(commits, [], "nothing is told before the commit");
    return object;
  });
  assert.equal(stored.metadata.resourceVersion, String(start + 1));
  assert.equal(store.get(key("a")), JSON.stringify(stored));
  assert.deepEqual(commits, [[
    { ...key("a"), revision: start + 1, after: JSON.stringify(stored) },
  ]]);
});

Deno.test("remove() counts as a revision and tells the last state", () => {
  using setup = setUp();
  const { store, commits } = setup;
  put(store, "a");
  const before = store.get(key("a"))!;
  store.transaction(() => store.remove(key("a"), before));
  assert.equal(store.get(key("a")), undefined);
  assert.deepEqual(commits.at(-1), [{ ...key("a"), revision: store.revision, before }]);
});

Deno.test("transaction() undoes everything when its body throws", () => {
  using setup = setUp();
  const { store, commits } = setup;
  put(store, "a");
  const revision = store.revision;
  assert.throws(() =>
    store.transaction(() => {
      store.put(key("b"), thing("b"), undefined);
      store.remove(key("a"), store.get(key("a"))!);
      throw new RangeError("no");
    }), RangeError);
  assert.equal(store.revision, revision);
  assert.notEqual(store.get(key("a")), undefined);
  assert.equal(store.get(key("b")), undefined);
  assert.equal(commits.length, 1);
  put(store, "c");
  assert.equal(store.revision, revision + 1);
});

Deno.test("ObjectStore goes on with its revisions after a restart", () => {
  const folder = Deno.makeTempDirSync();
  const open = () => new ObjectStore(openDatabase(`${folder}/state.db`, 0), () => 0, () => {});
  const first = open();
  put(first, "a");
  first.transaction(() => first.remove(key("a"), first.get(key("a"))!));
  const { revision } = first;
  first.close();
  const second = open();
  assert.equal(second.revision, revision);
  assert.equal(second.get(key("a")), undefined);
  second.close();
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("list() orders by namespace and name, and filters by both", () => {
  using setup = setUp();
  const { store } = setup;
  store.transaction(() => {
    for (const [namespace, name] of [["n2", "a"], ["n1", "b"], ["n1", "a"]] as const) {
      store.put(key(name, namespace), thing(name, { namespace }), undefined);
    }
    store.put({ storage: "others", namespace: "n1", name: "x" }, thing("x"), undefined);
  });
  const names = (filter: { namespace?: string; name?: string }) =>
    store.list({ storage: "things", ...filter }).map((text) => {
      const { namespace, name } = (JSON.parse(text) as KubeObject).metadata;
      return `${namespace}/${name}`;
    });
  assert.deepEqual(names({}), ["n1/a", "n1/b", "n2/a"]);
  assert.deepEqual(names({ namespace: "n1" }), ["n1/a", "n1/b"]);
  assert.deepEqual(names({ name: "a" }), ["n1/a", "n2/a"]);
  assert.deepEqual(names({ namespace: "n2", name: "b" }), []);
});

Deno.test("listDependents() and listOrphans() follow the owners of objects", () => {
  using setup = setUp();
  const { store } = setup;
  const owner = { apiVersion: "v1", kind: "Thing", name: "owner", uid: "uid-owner" };
  put(store, "owner");
  put(store, "child", { ownerReferences: [owner] });
  assert.deepEqual(store.listDependents("uid-owner"), [key("child")]);
  assert.deepEqual(store.listOrphans(), []);
  store.transaction(() => store.remove(key("owner"), store.get(key("owner"))!));
  assert.deepEqual(store.listOrphans(), [key("child")]);
  store.transaction(() => void store.put(key("child"), thing("child"), store.get(key("child"))));
  assert.deepEqual(store.listOrphans(), []);
});

Deno.test("listWrittenBefore() goes by the last write", () => {
  let nowMs = 1000;
  using setup = setUp(() => nowMs);
  const { store } = setup;
  put(store, "old");
  put(store, "touched");
  nowMs = 2000;
  store.transaction(() =>
    void store.put(key("touched"), thing("touched"), store.get(key("touched")))
  );
  assert.deepEqual(store.listWrittenBefore("things", 2000), [key("old")]);
});

Deno.test("the version of a storage is another one after each write, and after one that is undone", () => {
  using setup = setUp();
  const { store } = setup;
  const seen = [store.versions.of("things")];
  const others = store.versions.of("others");
  put(store, "a");
  seen.push(store.versions.of("things"));
  store.transaction(() => store.remove(key("a"), store.get(key("a"))!));
  seen.push(store.versions.of("things"));
  assert.equal(store.versions.of("others"), others);
  assert.throws(() =>
    store.transaction(() => {
      store.put(key("b"), thing("b"), undefined);
      seen.push(store.versions.of("things"));
      throw new Error("no");
    })
  );
  seen.push(store.versions.of("things"));
  assert.equal(new Set(seen).size, seen.length, seen.join());
});
