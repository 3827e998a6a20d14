/** Writes the archive of a data folder: whole or not at all, for its owner only, and over nothing. */

import { writeWhole } from "../../../lib/base/octet_stream.ts";
import { CommandError } from "../../cli/command.ts";
import { reasonOf } from "../files/file_fault.ts";
import { type ArchivedFile, TAR_BLOCK_BYTES, tarEnd, tarHeader, tarPadding } from "./tar_header.ts";

const FILE_MODE = 0o600;

/** A file of the archive, and where its octets come from. */
export interface BackedUpFile {
  readonly name: string;
  readonly content: AsyncIterable<Uint8Array>;
}

/** Whose the files are when they are restored, and of when. */
export type Owner = Pick<ArchivedFile, "uid" | "gid" | "modifiedMs">;

/**
 * Writes the files as an archive of tar.
 *
 * @returns How many octets the archive has.
 * @throws {CommandError} when something has its name, or it cannot be written.
 */
export async function writeBackup(
  path: string,
  files: readonly BackedUpFile[],
  owner: Owner,
): Promise<number> {
  await refuseExisting(path);
  const temporary = `${path}.${crypto.randomUUID()}`;
  try {
    const bytes = await writeArchive(temporary, files, owner);
    await giveName(temporary, path);
    return bytes;
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`${path} cannot be written: ${reasonOf(error)}`, { cause: error });
  } finally {
    await Deno.remove(temporary).catch(() => {});
  }
}

async function writeArchive(
  path: string,
  files: readonly BackedUpFile[],
  owner: Owner,
): Promise<number> {
  using archive = await Deno.open(path, {
    ...{ read: true, write: true, createNew: true },
    mode: FILE_MODE,
  });
  let end = 0;
  const append = async (octets: Uint8Array) => {
    await writeWhole(archive, octets);
    end += octets.length;
  };
  for (const { name, content } of files) {
    const start = end;
    // How long the file is is known once it has been read.
    await append(new Uint8Array(TAR_BLOCK_BYTES));
    for await (const piece of content) await append(piece);
    const bytes = end - start - TAR_BLOCK_BYTES;
    await append(tarPadding(bytes));
    await archive.seek(start, Deno.SeekMode.Start);
    archive.writeSync(tarHeader({ name, bytes, mode: FILE_MODE, ...owner }));
    await archive.seek(end, Deno.SeekMode.Start);
  }
  await append(tarEnd());
  await archive.sync();
  return end;
}

async function refuseExisting(path: string): Promise<void> {
  const present = await Deno.lstat(path).catch(() => undefined);
  if (present === undefined) return;
  const what = present.isDirectory ? "is a folder" : "is there already, and is not overwritten";
  throw new CommandError(`${path} ${what}: choose another name`);
}

/** A rename would replace what has got the name meanwhile. */
async function giveName(temporary: string, path: string): Promise<void> {
  try {
    await Deno.link(temporary, path);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return await refuseExisting(path);
    // Some file systems do not support links.
    await refuseExisting(path);
    await Deno.rename(temporary, path);
  }
}
