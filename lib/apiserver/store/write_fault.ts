/** Why a database takes no write, in words that say what to do. */

/** The disk or the file takes no write; what is stored can be read all the same. */
export class WriteFaultError extends Error {
  override readonly name = "WriteFaultError";

  /** @param reason What is wrong with the disk, and what to do. */
  constructor(readonly reason: string, cause: unknown) {
    super(`the database cannot be written: ${reason}`, { cause });
  }
}

/** The runtime gives no result codes, so the fixed sentences of SQLite distinguish the faults. */
const FAULTS: readonly (readonly [RegExp, string])[] = [
  [/disk is full|No space left/, "the disk is full: make room on it"],
  [
    /unable to open database|Permission denied/,
    "this user may not write to the file or to its folder: see their owner and mode",
  ],
  [/disk quota exceeded/i, "the quota of this user on the disk is used up: make room, or raise it"],
  [
    /readonly database|Read-only file system/,
    "the file or its file system is read-only: make it writable for this user",
  ],
  [/disk I\/O error/, "the disk reports an error: see the log of the kernel"],
];

/** An error of the database as a fault of the disk; `undefined` when it is about something else. */
export function writeFaultOf(error: unknown): WriteFaultError | undefined {
  if (error instanceof WriteFaultError) return error;
  const text = error instanceof Error ? error.message : "";
  const reason = FAULTS.find(([sign]) => sign.test(text))?.[1];
  return reason === undefined ? undefined : new WriteFaultError(reason, error);
}

/** Remembers whether the last write failed by a fault of the disk. */
export class WriteFaults {
  readonly #onFault: () => void;
  readonly #requirePlace: () => void;
  #last: string | undefined;

  /**
   * @param onFault Called for each write that the disk does not take.
   * @param requirePlace Called before each write. Throws when it would go where nobody finds it.
   */
  constructor(onFault: () => void = () => {}, requirePlace: () => void = () => {}) {
    this.#onFault = onFault;
    this.#requirePlace = requirePlace;
  }

  /** @throws {WriteFaultError} when a write would be lost. */
  requirePlace(): void {
    this.#requirePlace();
  }

  /** As {@link requirePlace}, for when nothing is written. Does not throw. */
  look(): void {
    try {
      this.#requirePlace();
    } catch (error) {
      this.note(error);
    }
  }

  /** What is wrong with the disk; `undefined` once it takes a write. */
  get last(): string | undefined {
    return this.#last;
  }

  /** @returns The error, as a {@link WriteFaultError} when the disk is at fault. */
  note(error: unknown): unknown {
    const fault = writeFaultOf(error);
    if (fault === undefined) return error;
    this.#last = fault.message;
    this.#onFault();
    return fault;
  }

  /** The disk has taken a write. */
  end(): void {
    this.#last = undefined;
  }
}

/** More than a write of one object takes. */
const PROBE_BYTES = 256 * 1024;

/**
 * Writes a file beside the database, and removes it.
 *
 * @throws {WriteFaultError} when the disk has no room for it, or takes no write.
 */
export function requireRoom(path: string): void {
  const probe = `${path}.probe`;
  try {
    Deno.writeFileSync(probe, new Uint8Array(PROBE_BYTES), { mode: 0o600 });
  } catch (error) {
    throw writeFaultOf(error) ?? error;
  } finally {
    removeIfPresent(probe);
  }
}

/** Removes a file, where that is possible. */
export function removeIfPresent(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    const isFault = writeFaultOf(error) !== undefined || error instanceof Deno.errors.NotFound;
    if (!isFault) throw error;
  }
}

/** What the system says about a file that SQLite cannot write: it is more exact. */
export function writeErrorOf(path: string): unknown {
  try {
    Deno.openSync(path, { write: true }).close();
    return undefined;
  } catch (error) {
    return error;
  }
}
