/** Copies of the whole record: one in memory to try changes on, one in a file to keep. */

import { setImmediate } from "node:timers/promises";
import type { DatabaseSync } from "node:sqlite";
import { openMemoryDatabase } from "./database.ts";

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

/**
 * Copies a record into a new file, as it is at this moment. Nothing else happens in the process
 * meanwhile, which is about 2 ms for each MB.
 *
 * @throws {Error} of the database when the file is there or cannot be written.
 */
export function copyToFile(from: DatabaseSync, path: string): void {
  // Who asked for the copy waits for the disk, not everybody.
  from.exec("PRAGMA synchronous = OFF");
  try {
    from.prepare("VACUUM INTO ?").run(path);
  } finally {
    from.exec("PRAGMA synchronous = FULL");
  }
}
