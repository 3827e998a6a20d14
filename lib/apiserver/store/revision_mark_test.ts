import assert from "node:assert/strict";
import type { KubeObject } from "../../api/meta.ts";
import { copyUnused } from "./copies.ts";
import { DataFolderError } from "./data_folder_error.ts";
import { openDatabase } from "./database.ts";
import { ObjectStore } from "./object_store.ts";
import { markedRevision, RevisionMark } from "./revision_mark.ts";

const WRITES = 5;

/** A folder as `kill -9` leaves it: all writes are in the log, and the mark says so. */
async function withKilled(test: (path: string) => Promise<void> | void): Promise<void> {
  const folder = await Deno.makeTempDir();
  const [live, left] = [`${folder}/live.db`, `${folder}/state.db`];
  const database = openDatabase(live, 0);
  const mark = new RevisionMark(live);
  try {
    const store: ObjectStore = new ObjectStore(database, () => 0, () => mark.note(store.revision));
    for (let i = 0; i < WRITES; i++) {
      const [namespace, name] = ["default", `name-${i}`];
      const object = { apiVersion: "v1", kind: "Gadget", metadata: { name } } as KubeObject;
      store.transaction(() =>
        store.put({ storage: "gadgets", namespace, name }, object, undefined)
      );
    }
    for (const suffix of ["", "-wal", "-revision"]) {
      await Deno.copyFile(live + suffix, left + suffix);
    }
    await test(left);
  } finally {
    mark.close();
    database.close();
    await Deno.remove(folder, { recursive: true });
  }
}

function revisionIn(path: string): unknown {
  const database = openDatabase(path, 0);
  try {
    return database.prepare("SELECT revision FROM counter").get()?.["revision"];
  } finally {
    database.close();
  }
}

function refusalOf(path: string): string {
  try {
    openDatabase(path, 0).close();
  } catch (error) {
    assert.ok(error instanceof DataFolderError, `not a DataFolderError: ${error}`);
    return error.message;
  }
  throw new Error(`${path} was opened`);
}

/** Changes a bit in the last part of the log. */
function rot(log: string): void {
  const octets = Deno.readFileSync(log);
  octets[octets.length - 100]! ^= 1;
  Deno.writeFileSync(log, octets);
}

for (
  const [what, spoil] of [
    ["was emptied", (log: string) => Deno.truncateSync(log)],
    ["was deleted", (log: string) => Deno.removeSync(log)],
    ["was cut off", (log: string) => Deno.truncateSync(log, Deno.statSync(log).size - 1)],
    ["has rotted", rot],
  ] as const
) {
  Deno.test(`openDatabase() refuses a record whose log ${what}, each time`, () =>
    withKilled(async (path) => {
      spoil(`${path}-wal`);
      const want =
        /state\.db ends at version \d+, and version 6 was stored: its log was emptied or/;
      assert.match(refusalOf(path), want);
      assert.match(refusalOf(path), want);
      await assert.rejects(copyUnused(path, `${path}.copy`), want);
      // As the message says.
      Deno.removeSync(`${path}-revision`);
      assert.notEqual(revisionIn(path), WRITES + 1);
    }));
}

Deno.test("openDatabase() keeps a copy of a log that it could read in part only", () =>
  withKilled((path) => {
    rot(`${path}-wal`);
    const log = Deno.readFileSync(`${path}-wal`);
    assert.match(refusalOf(path), / A copy of the log is in .*\/state\.db-wal\.damaged\. Put the/);
    assert.deepEqual(Deno.readFileSync(`${path}-wal.damaged`), log);
  }));

/** What a power cut may leave of a mark: nobody waits until it is on disk. */
const HARMLESS: readonly (readonly [what: string, mark: string | undefined])[] = [
  ["is missing", undefined],
  ["is empty", ""],
  ["is older", "0000000000000002 0000000000000002\n"],
  ["is full of zeros", "\0".repeat(34)],
  ["is damaged", "0000000000000002 0000000000000902\n"],
];

for (const [what, mark] of HARMLESS) {
  Deno.test(`openDatabase() takes a whole record whose mark ${what}`, () =>
    withKilled((path) => {
      if (mark === undefined) Deno.removeSync(`${path}-revision`);
      else Deno.writeTextFileSync(`${path}-revision`, mark);
      assert.equal(revisionIn(path), WRITES + 1);
    }));
}

Deno.test("openDatabase() takes a record with the beginning of a write that was under way", () =>
  withKilled((path) => {
    const log = Deno.readFileSync(`${path}-wal`);
    Deno.writeFileSync(`${path}-wal`, new Uint8Array([...log, ...log.subarray(32, 2000)]));
    assert.equal(revisionIn(path), WRITES + 1);
  }));

Deno.test("RevisionMark goes on from what an earlier run left", () =>
  withKilled((path) => {
    Deno.writeTextFileSync(`${path}-revision`, "a longer text that no run has left".repeat(9));
    for (const revision of [7, Number.MAX_SAFE_INTEGER, 8]) {
      const mark = new RevisionMark(path);
      mark.note(revision);
      mark.close();
      assert.equal(markedRevision(path), revision);
    }
  }));

Deno.test("RevisionMark says nothing where it cannot be written", () => {
  const mark = new RevisionMark("/proc/state.db");
  mark.note(7);
  mark.close();
  assert.equal(markedRevision("/proc/state.db"), 0);
});
