/**
 * Opens the database file and distinguishes its faults, because each has a cure of its own. None of
 * them may lead to an empty database, which would hand out other addresses to the same VMs.
 */

import { DatabaseSync } from "node:sqlite";
import {
  DataFolderError,
  dataFolderErrorOf,
  UnwritableDatabaseError,
} from "./data_folder_error.ts";
import {
  isPresent,
  refuseWhenDamagedLiesAside,
  refuseWhenRemainsAreLeft,
  requireMarkedRevision,
  setAside,
} from "./remains.ts";
import { writeErrorOf, writeFaultOf } from "./write_fault.ts";

/** Version of the tables below; the file carries it as `user_version`. */
const SCHEMA_VERSION = 1;

/** Made without a WAL, so that the header of the file says the version. */
const SCHEMA = `
  CREATE TABLE objects (
    storage TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    uid TEXT NOT NULL,
    revision INTEGER NOT NULL,
    written_ms INTEGER NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (storage, namespace, name)
  ) WITHOUT ROWID;
  CREATE INDEX objects_by_uid ON objects (uid);
  CREATE TABLE owners (
    owner_uid TEXT NOT NULL,
    storage TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (owner_uid, storage, namespace, name)
  ) WITHOUT ROWID;
  CREATE INDEX owners_by_object ON owners (storage, namespace, name);
  CREATE TABLE counter (id INTEGER PRIMARY KEY CHECK (id = 1), revision INTEGER NOT NULL);
  INSERT INTO counter VALUES (1, 1);
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

const FILE_MAGIC = "SQLite format 3\0";
const FILE_HEADER_BYTES = 100;
/** Offset of `user_version` in the header (SQLite file format, section 1.3). */
const USER_VERSION_OFFSET = 60;

/**
 * Opens the database, or makes a new one when there is none. The lock on it lasts until the
 * database is closed or the process dies in any way.
 *
 * No other part of the process may open the file while it is in use: closing any descriptor of a file
 * drops the locks of the process on it (fcntl(2), "Record locks").
 *
 * @param nowMs The time in the new name of a damaged file.
 * @throws {UnwritableDatabaseError} when it can be read at least.
 * @throws {DataFolderError} for every fault that the operator can cure.
 */
export function openDatabase(path: string, nowMs: number): DatabaseSync {
  const content = inspectFile(path);
  if (content === "absent") {
    refuseWhenDamagedLiesAside(path);
    refuseWhenRemainsAreLeft(path);
  }
  if (content === "damaged") setAside(path, nowMs);
  if (typeof content === "number" && content > SCHEMA_VERSION) {
    throw new DataFolderError(
      path,
      `was written by a newer release (format ${content}, this one knows ${SCHEMA_VERSION}): ` +
        "run that release, or restore a backup made before the upgrade. The file was not changed.",
    );
  }
  try {
    if (content === "absent") makeDatabase(path);
    return openChecked(path);
  } catch (error) {
    if (error instanceof Error && isDamage(error)) setAside(path, nowMs, error);
    const isThere = content !== "absent";
    const fault = isThere ? writeFaultOf(writeErrorOf(path)) ?? writeFaultOf(error) : undefined;
    if (fault === undefined) throw dataFolderErrorOf(path, error);
    throw new UnwritableDatabaseError(path, `cannot be written: ${fault.reason}`, { cause: error });
  }
}

/** An empty database that is gone when it is closed. */
export function openMemoryDatabase(): DatabaseSync {
  const database = new DatabaseSync(":memory:");
  database.exec(SCHEMA);
  return database;
}

/** The damage that only reading through the file shows. */
class DamagedError extends Error {}

function isDamage(error: Error): boolean {
  return error instanceof DamagedError || /malformed|not a database/.test(error.message);
}

/**
 * Makes an empty database under another name and renames it when it is complete. A process that is
 * killed in between does not leave a file that looks like a damaged database.
 */
function makeDatabase(path: string): void {
  const unfinished = `${path}.${crypto.randomUUID()}`;
  try {
    const database = new DatabaseSync(unfinished);
    try {
      database.exec(`BEGIN; ${SCHEMA}; COMMIT`);
    } finally {
      database.close();
    }
    linkUnlessThere(unfinished, path);
  } finally {
    if (isPresent(unfinished)) Deno.removeSync(unfinished);
  }
}

/** Another process may have been faster; its database may be in use. */
function linkUnlessThere(from: string, to: string): void {
  try {
    Deno.linkSync(from, to);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return;
    // Some file systems do not support links.
    Deno.renameSync(from, to);
  }
}

function openChecked(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    // Exclusive mode keeps the first lock, so two processes never write in turns.
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE");
    const version = database.prepare("PRAGMA user_version").get()?.["user_version"];
    if (version !== SCHEMA_VERSION || !hasOurTables(database)) {
      throw new DataFolderError(
        path,
        "is a database of something else: choose another folder, or remove the file.",
      );
    }
    database.exec("COMMIT; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    const found = database.prepare("PRAGMA quick_check(1)").get();
    if (found?.["quick_check"] !== "ok") throw new DamagedError(String(found?.["quick_check"]));
    checkContent(database);
    requireMarkedRevision(path, database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Whether there is any: another program may count its versions, too. */
function hasOurTables(database: DatabaseSync): boolean {
  const ours = "SELECT name FROM sqlite_schema WHERE name IN ('objects', 'owners', 'counter')";
  return database.prepare(ours).get() !== undefined;
}

/** SQLite keeps no checksums, so a page that is whole can hold anything. */
const CONTENT = `
  SELECT (SELECT count(*) FROM counter WHERE typeof(revision) = 'integer' AND revision > 0) AS counters,
    (SELECT count(*) FROM owners WHERE typeof(owner_uid || storage || namespace || name) != 'text') AS owners,
    (SELECT count(*) FROM objects WHERE NOT json_valid(json) OR typeof(revision) != 'integer'
      OR storage || namespace || name || uid || written_ms IS NULL) AS objects
`;

/** @throws {DamagedError} when the tables are not as this program leaves them. */
function checkContent(database: DatabaseSync): void {
  let found: Record<string, unknown> | undefined;
  try {
    found = database.prepare(CONTENT).get();
  } catch (error) {
    throw new DamagedError("tables are missing", { cause: error });
  }
  if (found?.["counters"] !== 1) throw new DamagedError("the counter of versions is missing");
  if (found["objects"] !== 0 || found["owners"] !== 0) throw new DamagedError("rows are damaged");
}

/** The `user_version` of a database, or the fault of a file that is not one. */
function inspectFile(path: string): "absent" | "damaged" | number {
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(path, { read: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "absent";
    throw dataFolderErrorOf(path, error);
  }
  using opened = file;
  const header = new Uint8Array(FILE_HEADER_BYTES);
  const length = opened.readSync(header) ?? 0;
  const magic = new TextDecoder().decode(header.subarray(0, FILE_MAGIC.length));
  if (length < FILE_HEADER_BYTES || magic !== FILE_MAGIC) return "damaged";
  return new DataView(header.buffer).getUint32(USER_VERSION_OFFSET);
}
