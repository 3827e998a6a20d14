/** Faults of the data folder, in words that say what to do. */

/** A fault of the data folder or of a file in it; the message says what to do. */
export class DataFolderError extends Error {
  override readonly name = "DataFolderError";

  constructor(readonly path: string, problem: string, options?: ErrorOptions) {
    super(`${path} ${problem}`, options);
  }
}

/** A database that is there and sound, and that cannot be written. */
export class UnwritableDatabaseError extends DataFolderError {}

/**
 * The runtime gives no result codes, so the fixed sentences of SQLite distinguish the faults.
 */
export function dataFolderErrorOf(path: string, error: unknown): Error {
  if (error instanceof DataFolderError || !(error instanceof Error)) return error as Error;
  const problem = FAULTS.find(([sign]) => sign.test(`${error.name}: ${error.message}`))?.[1] ??
    `cannot be opened: ${error.message}. See that the folder exists and this user may write to it.`;
  return new DataFolderError(path, problem, { cause: error });
}

const FAULTS: readonly (readonly [RegExp, string])[] = [
  [/database is locked/, "is in use by another process: end that one, or choose another folder."],
  [
    /readonly database|unable to open database|NotFound|PermissionDenied|NotCapable|NotADirectory/,
    "cannot be written: see that its folder exists, and that this user may write to the folder " +
    "and to the file.",
  ],
  [/disk is full|No space left/, "cannot be written, the disk is full: make room on it."],
];
