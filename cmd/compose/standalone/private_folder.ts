/**
 * Sees that nobody but this user can read or replace the files of the data folder: the record and the
 * key to the API. A folder that was made beforehand may have any mode.
 */

import { DataFolderError } from "../../../lib/apiserver/store/data_folder_error.ts";
import { reasonOf } from "../files/file_fault.ts";

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
/** What others have of a mode. */
const OTHERS = 0o077;

/** Files of a data folder, and what they become while they are written or when they are damaged. */
const OUR_FILES = /^(?:state\.db|credentials\.json|kubeconfig)(?:[-.].*)?$/;

/**
 * Makes the folder and its files private, and new ones from now on.
 *
 * @returns Sentences about modes that cannot be changed, as on a file system that is read-only.
 * @throws {DataFolderError} when something belongs to another user, or is no file.
 */
export async function makePrivate(dataDir: string): Promise<string[]> {
  // SQLite makes its files with the mode that this leaves.
  Deno.umask(OTHERS);
  const warnings = await check(dataDir, await Deno.stat(dataDir), FOLDER_MODE);
  for await (const { name } of Deno.readDir(dataDir)) {
    if (!OUR_FILES.test(name)) continue;
    const path = `${dataDir}/${name}`;
    const info = await Deno.lstat(path).catch(() => undefined);
    // A file that another process has just renamed is no file of a folder in use.
    if (info === undefined) continue;
    if (!info.isFile) {
      const what = info.isSymlink ? "is a link" : "is no file";
      throw new DataFolderError(path, `${what}: put the file itself there.`);
    }
    warnings.push(...await check(path, info, FILE_MODE));
  }
  return warnings;
}

async function check(
  path: string,
  { uid, mode }: Deno.FileInfo,
  wanted: number,
): Promise<string[]> {
  if (uid !== null && uid !== Deno.uid()) {
    throw new DataFolderError(
      path,
      `belongs to the user ${uid}, who could read and change it, and this process is of the user ` +
        `${Deno.uid()}: give it to this user with chown, or choose another folder.`,
    );
  }
  if (mode === null || (mode & OTHERS) === 0) return [];
  try {
    await Deno.chmod(path, wanted);
    return [];
  } catch (error) {
    const octal = (mode & 0o777).toString(8).padStart(4, "0");
    return [`${path} has the mode ${octal}, and others may use it: ${reasonOf(error)}`];
  }
}
