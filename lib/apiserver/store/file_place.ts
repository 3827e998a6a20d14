/** Whether the database is still where it was opened. */

import { WriteFaultError } from "./write_fault.ts";

/** Device and inode. */
type FileId = string;

/**
 * Where a file was found. One that was moved, deleted or replaced takes writes as before, and the next start
 * does not find them. SQLite looks for that itself, but not where there is a log (pager.c,
 * `databaseIsUnmoved`).
 */
export class FilePlace {
  readonly #path: string;
  #opened: FileId | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Remembers the file that has the name now. */
  note(): void {
    this.#opened = idOf(this.#path);
  }

  /** @throws {WriteFaultError} when another file, or none, has the name. */
  require(): void {
    if (this.#opened === undefined || idOf(this.#path) === this.#opened) return;
    throw new WriteFaultError(
      `${this.#path} was moved, deleted or replaced, and the next start would not find what is ` +
        "written: put it back, or end this process and start it on the right folder",
      undefined,
    );
  }
}

/** @returns `undefined` when there is none, or the system does not say. */
function idOf(path: string): FileId | undefined {
  try {
    const { dev, ino } = Deno.statSync(path);
    return `${dev} ${ino}`;
  } catch {
    return undefined;
  }
}
