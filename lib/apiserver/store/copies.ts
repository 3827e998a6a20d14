/** Copies of the whole record: in memory to try changes on, and in a file to keep. */

import { setImmediate } from "node:timers/promises";
import { backup, DatabaseSync } from "node:sqlite";
import { messageOf } from "../../base/errors.ts";
import { DataFolderError } from "./data_folder_error.ts";
import { openMemoryDatabase } from "./database.ts";
import { openReadOnlyCopy } from "./read_only_copy.ts";
import { requireMarkedRevision } from "./remains.ts";
import { removeIfPresent, writeFaultOf } from "./write_fault.ts";

/** Rows that are copied at once; other work of the process waits some milliseconds for them. */
const ROWS = 500;

/** Tables and their columns of a primary key, which order them. */
const TABLES = [
  { name: "objects", key: ["storage", "namespace", "name"], columns: 7 },
  { name: "owners", key: ["owner_uid", "storage", "namespace", "name"], columns: 4 },
] as const;

/**
 * Copies a record into memory. What is written meanwhile may be in the copy or not.
 *
 * @param from A database as `openDatabase` opened it.
 */
export async function copyToMemory(from: DatabaseSync): Promise<DatabaseSync> {
  const copy = openMemoryDatabase();
  try {
    for (const table of TABLES) await copyTable(from, copy, table);
    const { revision } = from.prepare("SELECT revision FROM counter").get()!;
    copy.prepare("UPDATE counter SET revision = ?").run(revision!);
    return copy;
  } catch (error) {
    copy.close();
    throw error;
  }
}

async function copyTable(
  from: DatabaseSync,
  to: DatabaseSync,
  { name, key, columns }: (typeof TABLES)[number],
): Promise<void> {
  const list = key.join(", ");
  const marks = key.map(() => "?").join(", ");
  const page = `SELECT * FROM ${name} WHERE (${list}) > (${marks}) ORDER BY ${list} LIMIT ${ROWS}`;
  const insert = to.prepare(`INSERT INTO ${name} VALUES (${Array(columns).fill("?").join(", ")})`);
  // No text is before the empty one, and nothing is stored under it alone.
  let last: Record<string, string> = {};
  for (;;) {
    // Prepared anew: the database of the file may have been opened again.
    const rows = from.prepare(page).all(...key.map((column) => last[column] ?? ""));
    to.exec("BEGIN");
    for (const row of rows) insert.run(...Object.values(row));
    to.exec("COMMIT");
    if (rows.length < ROWS) return;
    last = rows.at(-1) as Record<string, string>;
    await setImmediate();
  }
}

/** All pages at once: between two parts, a write would have the copy begin anew. */
const PAGES = 2 ** 31 - 1;

/**
 * Copies a record into a new file, as it is at this moment. Nothing else happens in the process
 * meanwhile, which is about 2 ms for each MB.
 *
 * @throws {Error} of the database when the file cannot be written.
 */
async function copyToFile(from: DatabaseSync, path: string): Promise<void> {
  await backup(from, path, { rate: PAGES });
}

/** For copies, memory first: everybody waits for the disk. */
const FOLDERS = ["/run", ".", "/tmp"] as const;

/**
 * Opens a copy of a record, which is gone when it is closed.
 *
 * @param path The file of the record.
 * @throws {Error} when there is no room for the copy in any folder.
 */
export async function openCopy(from: DatabaseSync, path: string): Promise<Deno.FsFile> {
  let failure: unknown;
  const name = `copy-${crypto.randomUUID()}`;
  for (const folder of FOLDERS) {
    const copy = folder === "." ? `${path}.${name}` : `${folder}/vm-dhcp-${name}`;
    try {
      await copyToFile(from, copy);
      return Deno.openSync(copy);
    } catch (error) {
      failure = error;
    } finally {
      removeIfPresent(copy);
    }
  }
  throw failure;
}

/**
 * Copies a record that no process has opened into a new file. The record stays as it is.
 *
 * @returns Whether no process has opened it; otherwise there is no copy.
 * @throws {DataFolderError} when it is no record, or the copy cannot be written.
 */
export async function copyUnused(path: string, to: string): Promise<boolean> {
  let database: DatabaseSync | undefined;
  try {
    database = openUnused(path);
    if (database === undefined) return false;
    requireMarkedRevision(path, database);
    await copyToFile(database, to);
    return true;
  } catch (error) {
    if (error instanceof DataFolderError) throw error;
    const text = messageOf(error);
    const reason = /malformed|not a database|no such table/.test(text) ? "it is damaged" : text;
    throw new DataFolderError(path, `cannot be copied: ${reason}`, { cause: error });
  } finally {
    database?.close();
  }
}

/** @returns `undefined` when a process has opened it. */
function openUnused(path: string): DatabaseSync | undefined {
  const database = new DatabaseSync(path);
  try {
    // As the server opens it, so that neither begins while the other one is at work.
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; ROLLBACK");
    database.prepare("SELECT revision FROM counter").get();
    return database;
  } catch (error) {
    database.close();
    if (/database is locked/.test(messageOf(error))) return undefined;
    if (writeFaultOf(error) === undefined) throw error;
    return openReadOnlyCopy(path);
  }
}
