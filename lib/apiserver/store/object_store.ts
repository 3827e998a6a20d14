/** The objects in SQLite: one row each, its JSON text as it is served. */

import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import type { KubeObject } from "../../api/meta.ts";
import type { StorableCheck } from "./object_size.ts";
import {
  type Change,
  conditionsOf,
  type ListFilter,
  NO_LIMIT,
  type ObjectKey,
  STORAGES,
} from "./queries.ts";
import { StorageVersions } from "./storage_versions.ts";
import { WriteFaults } from "./write_fault.ts";

/**
 * Reads and writes objects. Every call is synchronous, so a read, a decision and a write in one
 * turn of the event loop cannot interleave with another request.
 */
export class ObjectStore {
  #database: DatabaseSync;
  readonly #nowMs: () => number;
  readonly #onCommit: (changes: readonly Change[]) => void;
  readonly #faults: WriteFaults;
  /** By their text: preparing takes longer than running, and leaves garbage that V8 cannot see. */
  readonly #statements = new Map<string, StatementSync>();
  #revision: number;
  #pending: Change[] = [];
  #isOpen = false;
  /** The error after which SQLite rolled back everything by itself. */
  #rolledBackBy: unknown;
  readonly versions = new StorageVersions();

  /**
   * @param database As `openDatabase` opened it.
   * @param nowMs Milliseconds since the epoch.
   * @param onCommit Called with the changes of a transaction once they are on disk.
   */
  constructor(
    database: DatabaseSync,
    nowMs: () => number,
    onCommit: (changes: readonly Change[]) => void,
    faults: WriteFaults = new WriteFaults(),
  ) {
    this.#database = database;
    this.#nowMs = nowMs;
    this.#onCommit = onCommit;
    this.#faults = faults;
    this.#revision = this.#storedRevision();
  }

  /** The `resourceVersion` of the newest change. */
  get revision(): number {
    return this.#revision;
  }

  /** Writes without a change. @throws {WriteFaultError} when the disk does not take it. */
  probe(): void {
    this.transaction(() => this.#statement("UPDATE counter SET revision = revision").run());
    this.#faults.end();
  }

  /** Goes on with the file of the copy that was read so far. @throws {Error} when it has changed. */
  replaceDatabase(database: DatabaseSync): void {
    const stored = database.prepare("SELECT revision FROM counter").get()?.["revision"];
    if (stored !== this.#revision) {
      database.close();
      throw new Error("the database was changed by another process: restart this one");
    }
    this.#statements.clear();
    this.#database.close();
    this.#database = database;
  }

  /** The JSON of an object. */
  get({ storage, namespace, name }: ObjectKey): string | undefined {
    const row = this.#statement(
      "SELECT json FROM objects WHERE storage = ? AND namespace = ? AND name = ?",
    ).get(storage, namespace, name);
    return row?.["json"] as string | undefined;
  }

  /** The JSON of the objects, ordered by namespace and name. */
  list(filter: ListFilter): string[] {
    const { where, values } = conditionsOf(filter);
    const rows = this.#statement(
      `SELECT json FROM objects WHERE ${where} ORDER BY namespace, name LIMIT ?`,
    ).all(...values, filter.limit ?? NO_LIMIT);
    return rows.map((row) => row["json"] as string);
  }

  /** How many objects there are, whatever the limit. */
  count(filter: ListFilter): number {
    const { where, values } = conditionsOf(filter);
    const row = this.#statement(`SELECT count(*) AS n FROM objects WHERE ${where}`).get(...values);
    return row?.["n"] as number;
  }

  /** Everything that is stored in a namespace. */
  listNamespace(namespace: string): ObjectKey[] {
    return this.#keys(
      `${STORAGES} SELECT o.storage, o.namespace, o.name FROM storages s, objects o
       WHERE o.storage = s.storage AND o.namespace = ?`,
      [namespace],
    );
  }

  /** Whether anything is stored in a namespace. */
  hasContent(namespace: string): boolean {
    return this.#statement(
      `${STORAGES} SELECT 1 FROM storages s, objects o
       WHERE o.storage = s.storage AND o.namespace = ? LIMIT 1`,
    ).get(namespace) !== undefined;
  }

  /** Objects of a kind whose last write is older than the time, in milliseconds. */
  listWrittenBefore(storage: string, writtenMs: number): ObjectKey[] {
    return this.#keys(
      "SELECT storage, namespace, name FROM objects WHERE storage = ? AND written_ms < ?",
      [storage, writtenMs],
    );
  }

  /** Has objects of a kind that were written after a time count as written at another; if any. */
  moveWrites(storage: string, after: number, to: number): void {
    const where = "storage = ? AND written_ms > ?";
    const found = this.#statement(`SELECT 1 FROM objects WHERE ${where} LIMIT 1`);
    if (found.get(storage, after) === undefined) return;
    const move = this.#statement(`UPDATE objects SET written_ms = ? WHERE ${where}`);
    this.transaction(() => move.run(to, storage, after));
  }

  /** The object with the uid. */
  keyOfUid(uid: string): ObjectKey | undefined {
    return this.#keys("SELECT storage, namespace, name FROM objects WHERE uid = ?", [uid])[0];
  }

  /** Objects that have an owner which is not stored. */
  listOrphans(): ObjectKey[] {
    return this.#keys(
      `SELECT DISTINCT storage, namespace, name FROM owners
       WHERE NOT EXISTS (SELECT 1 FROM objects WHERE uid = owner_uid)`,
      [],
    );
  }

  /** Objects that name the uid among their owners. */
  listDependents(ownerUid: string): ObjectKey[] {
    return this.#keys("SELECT storage, namespace, name FROM owners WHERE owner_uid = ?", [
      ownerUid,
    ]);
  }

  /**
   * Runs the writes of `body` as one: all are on disk when it returns, or none. Inside another
   * transaction they are on disk when that one returns, and none of them is when `body` throws.
   *
   * @throws {WriteFaultError} when the disk takes no write; whatever `body` throws; errors of SQLite.
   */
  transaction<T>(body: () => T): T {
    return this.#isOpen ? this.#part(body) : this.#whole(body);
  }

  /**
   * Stores an object under the next revision; only inside a transaction.
   *
   * @param check For what clients send; the server's own marks are always stored.
   * @returns The object with that revision as its `resourceVersion`.
   * @throws whatever the check throws.
   */
  put(
    key: ObjectKey,
    object: KubeObject,
    before: string | undefined,
    check: StorableCheck = () => {},
  ): KubeObject {
    const revision = ++this.#revision;
    const stored = {
      ...object,
      metadata: { ...object.metadata, resourceVersion: String(revision) },
    };
    const after = JSON.stringify(stored);
    check(stored, after, before);
    const { storage, namespace, name } = key;
    const uid = object.metadata.uid ?? "";
    this.#statement("REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?, ?)")
      .run(storage, namespace, name, uid, revision, this.#nowMs(), after);
    this.#setOwners(key, object.metadata.ownerReferences?.map((owner) => owner.uid) ?? []);
    this.#pending.push({ ...key, revision, after, ...(before === undefined ? {} : { before }) });
    this.versions.note(storage);
    return stored;
  }

  /** Removes an object under the next revision; only inside a transaction. */
  remove(key: ObjectKey, before: string): void {
    const revision = ++this.#revision;
    this.#statement("DELETE FROM objects WHERE storage = ? AND namespace = ? AND name = ?")
      .run(key.storage, key.namespace, key.name);
    this.#setOwners(key, []);
    this.#pending.push({ ...key, revision, before });
    this.versions.note(key.storage);
  }

  /** Closes the database; the lock on it ends. */
  close(): void {
    this.#database.close();
  }

  #setOwners({ storage, namespace, name }: ObjectKey, ownerUids: readonly string[]): void {
    this.#statement("DELETE FROM owners WHERE storage = ? AND namespace = ? AND name = ?")
      .run(storage, namespace, name);
    for (const uid of ownerUids) {
      this.#statement("REPLACE INTO owners VALUES (?, ?, ?, ?)")
        .run(uid, storage, namespace, name);
    }
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #keys(sql: string, values: readonly SQLInputValue[]): ObjectKey[] {
    return this.#statement(sql).all(...values).map((row) => ({
      storage: row["storage"] as string,
      namespace: row["namespace"] as string,
      name: row["name"] as string,
    }));
  }

  #whole<T>(body: () => T): T {
    let result: T;
    this.#rolledBackBy = undefined;
    try {
      this.#faults.requirePlace();
      this.#database.exec("BEGIN IMMEDIATE");
      this.#isOpen = true;
      result = body();
      // A transaction without writes needs no commit.
      if (this.#pending.length > 0) {
        this.#statement("UPDATE counter SET revision = ?").run(this.#revision);
      }
      this.#database.exec("COMMIT");
    } catch (error) {
      this.#rollBack();
      throw this.#faults.note(this.#rolledBackBy ?? error);
    } finally {
      this.#isOpen = false;
    }
    const changes = this.#pending;
    this.#pending = [];
    if (changes.length > 0) {
      this.#faults.end();
      this.#onCommit(changes);
    }
    return result;
  }

  #part<T>(body: () => T): T {
    // A savepoint outside of a transaction would begin one.
    if (!this.#database.isTransaction) throw new Error("The transaction was rolled back");
    const [revision, changes] = [this.#revision, this.#pending.length];
    this.#database.exec("SAVEPOINT part");
    try {
      const result = body();
      this.#database.exec("RELEASE part");
      return result;
    } catch (error) {
      // After some errors, such as a full disk, SQLite has already rolled back everything.
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK TO part; RELEASE part");
      else this.#rolledBackBy ??= error;
      this.#revision = revision;
      this.#pending.length = changes;
      this.versions.undo();
      throw error;
    }
  }

  #storedRevision(): number {
    return this.#statement("SELECT revision FROM counter").get()?.["revision"] as number;
  }

  #rollBack(): void {
    this.#pending = [];
    this.versions.undo();
    if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
    this.#revision = this.#storedRevision();
  }
}

/** The object of a JSON text that this server wrote. */
export function parseStored(text: string): KubeObject {
  return JSON.parse(text) as KubeObject;
}
