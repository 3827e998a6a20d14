/**
 * Reads a database whose file or folder cannot be written. SQLite needs to write beside a file with a
 * log, so it gets a copy, which takes no write either: nobody is told of a change that is not kept.
 */

import { DatabaseSync } from "node:sqlite";

/** For a copy that is gone from the folder as soon as it is open; memory first. */
const FOLDERS = ["/dev/shm", "/run", undefined] as const;

/**
 * Opens a copy of a database for reading.
 *
 * @throws {Error} when there is no room for the copy in any folder.
 */
export function openReadOnlyCopy(path: string): DatabaseSync {
  let failure: unknown;
  for (const dir of FOLDERS) {
    try {
      return openCopyIn(dir, path);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

function openCopyIn(dir: string | undefined, path: string): DatabaseSync {
  const folder = Deno.makeTempDirSync({
    prefix: "vm-dhcp-",
    ...(dir === undefined ? {} : { dir }),
  });
  try {
    const copy = `${folder}/state.db`;
    Deno.writeFileSync(copy, Deno.readFileSync(path));
    for (const log of logOf(path)) Deno.writeFileSync(`${copy}-wal`, log);
    const database = new DatabaseSync(copy);
    // Reading opens the log, so that the files may go.
    database.exec("PRAGMA locking_mode = EXCLUSIVE");
    database.prepare("SELECT count(*) FROM objects").get();
    database.exec("PRAGMA query_only = ON");
    return database;
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function logOf(path: string): readonly Uint8Array[] {
  try {
    return [Deno.readFileSync(`${path}-wal`)];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
