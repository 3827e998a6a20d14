/** Files that are there as a whole or not at all. */

import { writeWhole } from "../../base/octet_stream.ts";

/**
 * Replaces a file, or makes it: only its owner may read it. Once this resolves, it outlives a power cut.
 *
 * @param temporary A name in the same folder that nobody else uses.
 * @throws {Error} of the system when it cannot be written; the file of before stays.
 */
export async function replaceFile(path: string, temporary: string, text: string): Promise<void> {
  try {
    {
      using file = await Deno.open(temporary, { write: true, createNew: true, mode: 0o600 });
      await writeWhole(file, new TextEncoder().encode(text));
      await file.sync();
    }
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
  await syncFolder(path);
}

/** The name of a file is in its folder, which is written at another time. */
async function syncFolder(path: string): Promise<void> {
  using folder = await Deno.open(path.slice(0, path.lastIndexOf("/") + 1) || ".");
  await folder.sync();
}
