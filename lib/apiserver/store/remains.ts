/**
 * What lies beside a database or in its place after something went wrong. None of it may lead to a record
 * that is empty or older than what VMs were told.
 */

import type { DatabaseSync } from "node:sqlite";
import { formatInstant } from "../../base/rfc3339.ts";
import { DataFolderError, dataFolderErrorOf } from "./data_folder_error.ts";
import { markedRevision, revisionMarkPath } from "./revision_mark.ts";

/** What belongs to one database, and to no other that comes to its place. */
const COMPANIONS = ["-wal", "-revision"] as const;

/** Renames the file and what belongs to it out of the way, never onto another file. */
export function setAside(path: string, nowMs: number, cause?: Error): never {
  const stamp = formatInstant(nowMs).replaceAll(/[-:]/g, "");
  const aside = freeName(`${path}.damaged-${stamp}`);
  try {
    Deno.renameSync(path, aside);
    for (const suffix of COMPANIONS) {
      if (isPresent(path + suffix)) Deno.renameSync(path + suffix, aside + suffix);
    }
  } catch (error) {
    throw dataFolderErrorOf(path, error);
  }
  throw new DataFolderError(
    path,
    `is damaged or not a database; it was renamed to ${aside}. Restore a backup to ${path}, or ` +
      `delete ${aside} to start empty: then VMs may get other addresses.`,
    { cause },
  );
}

function freeName(path: string): string {
  let name = path;
  for (let i = 2; isPresent(name); i++) name = `${path}-${i}`;
  return name;
}

/** @throws {DataFolderError} when a database was set aside that is still there. */
export function refuseWhenDamagedLiesAside(path: string): void {
  const slash = path.lastIndexOf("/");
  const folder = slash < 0 ? "." : path.slice(0, slash + 1);
  const prefix = `${path.slice(slash + 1)}.damaged-`;
  let names: string[];
  try {
    names = [...Deno.readDirSync(folder)].map((entry) => entry.name);
  } catch (error) {
    throw dataFolderErrorOf(path, error);
  }
  const isDatabase = (name: string) => !COMPANIONS.some((suffix) => name.endsWith(suffix));
  const aside = names.filter((name) => name.startsWith(prefix) && isDatabase(name)).sort();
  if (aside.length === 0) return;
  throw new DataFolderError(
    path,
    `is missing, and a damaged one lies aside (${
      aside.join(", ")
    }): restore a backup to ${path}, ` +
      "or delete the damaged file to start empty: then VMs may get other addresses.",
  );
}

/**
 * The log belongs to the file that is gone: SQLite would play it into the new one. The mark says that there
 * was a record.
 *
 * @throws {DataFolderError} when one of them is left.
 */
export function refuseWhenRemainsAreLeft(path: string): void {
  const isLogLeft = hasLog(path);
  if (!isLogLeft && markedRevision(path) === 0) return;
  const what = isLogLeft ? `its log ${path}-wal` : `its mark ${revisionMarkPath(path)}`;
  throw new DataFolderError(
    path,
    `is missing, and ${what} is there: put ${path} back, or restore a backup into an empty ` +
      `folder, or delete the ${
        isLogLeft ? "log" : "mark"
      } to start empty: then VMs may get other ` +
      "addresses.",
  );
}

/**
 * A record that ends before the newest write gives addresses away that VMs have got since.
 *
 * @throws {DataFolderError} when it does.
 */
export function requireMarkedRevision(path: string, database: DatabaseSync): void {
  const stored = Number(database.prepare("SELECT revision FROM counter").get()?.["revision"]);
  const marked = markedRevision(path);
  if (stored >= marked) return;
  throw new DataFolderError(
    path,
    `ends at version ${stored}, and version ${marked} was stored: its log was emptied or is ` +
      `damaged, or older files were put here. ${
        keptLog(path)
      }Put the newer files back. Or delete ` +
      `${revisionMarkPath(path)} to go on with the older record: then VMs may get addresses that ` +
      "others have got since.",
  );
}

/** SQLite removes the log when it closes the database, also the part of it that it could not read. */
function keptLog(path: string): string {
  if (!hasLog(path)) return "";
  const kept = freeName(`${path}-wal.damaged`);
  try {
    Deno.copyFileSync(`${path}-wal`, kept);
    return `A copy of the log is in ${kept}. `;
  } catch {
    // Without room for it, there is no copy, and the fault is the same.
    return "";
  }
}

function hasLog(path: string): boolean {
  const log = `${path}-wal`;
  return isPresent(log) && Deno.statSync(log).size > 0;
}

/** Whether anything has the name, also a link that leads nowhere. */
export function isPresent(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
