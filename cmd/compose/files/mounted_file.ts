/** Files of a Secret that is mounted into a pod: they may be late, and each is replaced while the process runs. */

import { readRegularFile } from "../../../lib/kube/access/text_file.ts";
import { reasonOf } from "./file_fault.ts";

/**
 * Reads a file as text.
 *
 * @throws {Error} that names the file and says what to do; its cause is the error of the system.
 */
export async function readMountedFile(path: string): Promise<string> {
  try {
    return await readRegularFile(path);
  } catch (error) {
    throw new Error(`${path} cannot be read: ${reasonOf(error)}`, { cause: error });
  }
}
