/** Files with secrets in them. */

import { DataFolderError } from "../store/database.ts";

/**
 * Writes a file that only its owner may read, whole or not at all.
 *
 * @throws {DataFolderError} when it cannot be written.
 */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.${crypto.randomUUID()}`;
  try {
    {
      using file = await Deno.open(temporary, { write: true, createNew: true, mode: 0o600 });
      const bytes = new TextEncoder().encode(text);
      for (let written = 0; written < bytes.length;) {
        written += await file.write(bytes.subarray(written));
      }
      await file.sync();
    }
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw new DataFolderError(
      path,
      `cannot be written (${(error as Error).message}): see that its folder exists and this user ` +
        "may write to it.",
      { cause: error },
    );
  }
}
