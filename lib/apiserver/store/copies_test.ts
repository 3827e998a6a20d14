import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { KubeObject } from "../../api/meta.ts";
import { copyToMemory, copyUnused, openCopy } from "./copies.ts";
import { DataFolderError } from "./data_folder_error.ts";
import { openDatabase } from "./database.ts";
import { ObjectStore } from "./object_store.ts";

/** More than are copied at once. */
const OBJECTS = 1234;

function fill(store: ObjectStore, count: number): void {
  store.transaction(() => {
    for (let i = 0; i < count; i++) {
      const [namespace, name] = [`ns-${i % 3}`, `name-${i}`];
      const ownerReferences = [{ apiVersion: "v1", kind: "X", name: "x", uid: `owner-${i % 7}` }];
      const metadata = { namespace, name, uid: `uid-${i}`, ownerReferences };
      const object = { apiVersion: "v1", kind: "Gadget", metadata } as KubeObject;
      store.put({ storage: `gadgets-${i % 2}`, namespace, name }, object, undefined);
    }
  });
}

function contentOf(database: DatabaseSync) {
  const rows = (sql: string) => database.prepare(sql).all().map((row) => ({ ...row }));
  return {
    objects: rows("SELECT * FROM objects ORDER BY storage, namespace, name"),
    owners: rows("SELECT * FROM owners ORDER BY owner_uid, storage, namespace, name"),
    counter: rows("SELECT * FROM counter"),
  };
}

async function withRecord(
  test: (database: DatabaseSync, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const database = openDatabase(`${folder}/state.db`, 0);
  try {
    fill(new ObjectStore(database, () => 0, () => {}), OBJECTS);
    await test(database, folder);
  } finally {
    if (database.isOpen) database.close();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("copyToMemory() copies every row, and what is written to it stays in it", () =>
  withRecord(async (database) => {
    const copy = await copyToMemory(database);
    const before = contentOf(database);
    assert.equal(before.objects.length, OBJECTS);
    assert.deepEqual(contentOf(copy), before);
    fill(new ObjectStore(copy, () => 1, () => {}), 1);
    assert.deepEqual(contentOf(database), before);
    copy.close();
  }));

Deno.test("openCopy() gives a database that has no name any more", () =>
  withRecord(async (database, folder) => {
    using file = await openCopy(database, `${folder}/state.db`);
    const kept = `${folder}/kept.db`;
    await Deno.writeFile(kept, file.readable);
    using opened = new DatabaseSync(kept);
    assert.deepEqual(contentOf(opened), contentOf(database));
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
    assert.deepEqual(names.filter((name) => name.includes("copy")), []);
  }));

Deno.test("copyUnused() copies a record that nobody has opened, and leaves it as it is", () =>
  withRecord(async (database, folder) => {
    const [path, copy] = [`${folder}/state.db`, `${folder}/copy.db`];
    const before = contentOf(database);
    assert.equal(await copyUnused(path, copy), false, "it is opened");
    database.close();
    assert.equal(await copyUnused(path, copy), true);
    for (const file of [path, copy]) {
      using opened = new DatabaseSync(file);
      assert.deepEqual(contentOf(opened), before, file);
    }
    await Deno.writeTextFile(path, "no database at all, whatever it was before ".repeat(100));
    await assert.rejects(copyUnused(path, `${folder}/other.db`), DataFolderError);
  }));
