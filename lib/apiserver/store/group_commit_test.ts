import assert from "node:assert/strict";
import type { KubeObject } from "../../api/meta.ts";
import { openDatabase } from "./database.ts";
import { GroupCommit } from "./group_commit.ts";
import { ObjectStore } from "./object_store.ts";
import type { Change } from "./queries.ts";
import type { ObjectKey } from "./queries.ts";

interface Setup extends Disposable {
  readonly store: ObjectStore;
  readonly commits: GroupCommit;
  /** Names that each transaction told of. */
  readonly told: string[][];
  execute(sql: string): void;
}

function setUp(): Setup {
  const folder = Deno.makeTempDirSync();
  const told: string[][] = [];
  const database = openDatabase(`${folder}/state.db`, 0);
  const store = new ObjectStore(
    database,
    () => 0,
    (changes: readonly Change[]) => void told.push(changes.map(({ name }) => name)),
  );
  return {
    store,
    commits: new GroupCommit(store),
    told,
    execute: (sql) => database.exec(sql),
    [Symbol.dispose]: () => {
      store.close();
      Deno.removeSync(folder, { recursive: true });
    },
  };
}

function key(name: string): ObjectKey {
  return { storage: "things", namespace: "n", name };
}

function put({ store }: Setup, name: string, note = ""): () => string {
  const object: KubeObject = {
    apiVersion: "v1",
    kind: "Thing",
    metadata: { name, uid: name, annotations: { note } },
  };
  return () =>
    store.transaction(() => store.put(key(name), object, undefined).metadata.resourceVersion!);
}

Deno.test("GroupCommit writes what comes together in one transaction, in order", async () => {
  using setup = setUp();
  const { commits, store, told } = setup;
  const names = ["a", "b", "c"];
  const versions = await Promise.all(names.map((name) => commits.run(put(setup, name))));
  assert.deepEqual(told, [names]);
  assert.deepEqual(versions, [2, 3, 4].map(String));
  assert.equal(store.revision, 4);
});

Deno.test("GroupCommit lets a job see what those before it have written", async () => {
  using setup = setUp();
  const { commits, store } = setup;
  const first = commits.run(put(setup, "a"));
  const second = commits.run(() => store.get(key("a")) !== undefined);
  await first;
  assert.equal(await second, true);
});

Deno.test("GroupCommit undoes a job that throws, and none of those around it", async () => {
  using setup = setUp();
  const { commits, store, told } = setup;
  const failing = () =>
    store.transaction(() => {
      put(setup, "bad")();
      throw new RangeError("no");
    });
  const outcomes = await Promise.allSettled([
    commits.run(put(setup, "a")),
    commits.run(failing),
    commits.run(put(setup, "b")),
  ]);
  assert.deepEqual(outcomes.map(({ status }) => status), ["fulfilled", "rejected", "fulfilled"]);
  assert.equal((outcomes[1] as PromiseRejectedResult).reason.message, "no");
  assert.deepEqual(told, [["a", "b"]]);
  assert.equal(store.get(key("bad")), undefined);
  assert.equal(store.revision, 3, "versions have no gap");
});

Deno.test("GroupCommit writes nothing for jobs that write nothing", async () => {
  using setup = setUp();
  const { commits, store, told } = setup;
  const before = store.revision;
  assert.equal(await commits.run(() => "read"), "read");
  assert.deepEqual(told, []);
  assert.equal(store.revision, before);
});

Deno.test("GroupCommit tells all that they failed when the disk is full, and goes on", async () => {
  using setup = setUp();
  const { commits, store, told, execute } = setup;
  await commits.run(put(setup, "there"));
  execute("PRAGMA max_page_count = 12");
  const large = "x".repeat(100_000);
  const outcomes = await Promise.allSettled([
    commits.run(put(setup, "a")),
    commits.run(put(setup, "b", large)),
    commits.run(put(setup, "c")),
  ]);
  const stored = ["a", "b", "c"].filter((name) => store.get(key(name)) !== undefined);
  const fulfilled = ["a", "b", "c"].filter((_, i) => outcomes[i]!.status === "fulfilled");
  assert.deepEqual(stored, fulfilled, "what was acknowledged is there, and nothing else");
  assert.ok(!fulfilled.includes("b"), "the large one does not fit");
  assert.deepEqual(told.slice(1).flat(), fulfilled);
  execute("PRAGMA max_page_count = 10000");
  await commits.run(put(setup, "b", large));
  assert.notEqual(store.get(key("b")), undefined);
});

Deno.test("GroupCommit lets other work of the process in between many jobs", async () => {
  using setup = setUp();
  const { commits, told } = setup;
  const jobs = Array.from({ length: 150 }, (_, i) => commits.run(put(setup, `job-${i}`)));
  await Promise.all(jobs);
  assert.deepEqual(told.map((names) => names.length), [64, 64, 22]);
});
