/** The file of a snapshot on this host. */

import { replaceFile } from "../../../lib/sys/host/replace_file.ts";
import type { KeptFile } from "../../../lib/sys/contract.ts";
import { reasonOf } from "../files/file_fault.ts";

/** A {@link KeptFile} at a path. */
export function createSnapshotFile(path: string): KeptFile {
  const temporary = `${path}.new`;
  return {
    read: (bytesMax) => attempt(() => read(path, bytesMax)),
    write: (text) =>
      attempt(async () => {
        // A process that was killed leaves it.
        await removeIfPresent(temporary);
        await replaceFile(path, temporary, text);
      }),
    remove: () =>
      attempt(async () => {
        await removeIfPresent(temporary);
        await removeIfPresent(path);
      }),
  };
}

async function read(path: string, bytesMax: number): Promise<string | undefined> {
  let info: Deno.FileInfo;
  try {
    info = await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  // To open a pipe would wait for somebody at its other end.
  if (!info.isFile) throw new Error("it is no regular file");
  if (info.size > bytesMax) {
    throw new Error(`it has ${info.size} octets, more than any pool (${bytesMax})`);
  }
  using file = await Deno.open(path);
  const bytes = new Uint8Array(info.size);
  let length = 0;
  while (length < bytes.length) {
    const count = await file.read(bytes.subarray(length));
    if (count === null) break;
    length += count;
  }
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, length));
}

async function removeIfPresent(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function attempt<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new Error(reasonOf(error), { cause: error });
  }
}

/** SHA-256 of a text, in hexadecimal digits; worked out on another thread. */
export async function sha256Of(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex();
}
