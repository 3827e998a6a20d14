/**
 * The revision of the newest write that is on disk, in a file beside the database. A log that somebody
 * has emptied, or that has rotted, ends earlier, and SQLite takes its beginning for the whole (SQLite
 * file format, section 4.4: recovery ends at the first frame whose checksum is wrong).
 *
 * The mark follows a write that the disk has taken already and is never waited for. After a power cut it
 * may be older than the record, or damaged, which says nothing; it is never newer than a whole record.
 */

/** Digits of the largest safe integer. */
const DIGITS = 16;
/** Twice, so that a damaged one is none. */
const MARK = new RegExp(`^(\\d{${DIGITS}}) \\1\\n$`);
const MODE = 0o600;

/** Where the mark of a database is. */
export function revisionMarkPath(databasePath: string): string {
  return `${databasePath}-revision`;
}

/** The revision that a mark names; 0 without one that can be read. */
export function markedRevision(databasePath: string): number {
  let text: string;
  try {
    text = Deno.readTextFileSync(revisionMarkPath(databasePath));
  } catch {
    return 0;
  }
  return Number(MARK.exec(text)?.[1] ?? 0);
}

/** Writes the mark of one database. */
export class RevisionMark {
  readonly #path: string;
  #file: Deno.FsFile | undefined;

  constructor(databasePath: string) {
    this.#path = revisionMarkPath(databasePath);
  }

  /** Notes a revision that is on disk. Never throws: an older mark says less, and nothing wrong. */
  note(revision: number): void {
    const digits = String(revision).padStart(DIGITS, "0");
    const octets = new TextEncoder().encode(`${digits} ${digits}\n`);
    try {
      this.#file ??= Deno.openSync(this.#path, { write: true, create: true, mode: MODE });
      // In place: each write of a file anew would cost more than the commit before it.
      this.#file.seekSync(0, Deno.SeekMode.Start);
      this.#file.writeSync(octets);
      this.#file.truncateSync(octets.length);
    } catch {
      // The write of the record was acknowledged all the same.
    }
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }
}
