/** Files that users name: whatever stands under such a name, it costs neither memory nor time without end. */

import { unlessAborted } from "../../base/abort.ts";

/** A bundle of all public authorities is a quarter of this. */
const FILE_BYTES_MAX = 1024 * 1024;

/** How long a pipe may take, which a shell makes of the output of a program. */
const PIPE_MS_MAX = 10_000;

/**
 * The text of a file that is read again and again.
 *
 * @throws {Error} also when it is a pipe, which nobody may ever write to, or a device.
 */
export async function readRegularFile(path: string): Promise<string> {
  if (!(await Deno.stat(path)).isFile) throw new Error("it is no regular file");
  return await readUpToLimit(path);
}

/**
 * The text of a file, or what a program writes to a pipe.
 *
 * @throws {Error} also when nothing comes out of the pipe in time.
 */
export async function readFileOrPipe(path: string): Promise<string> {
  if ((await Deno.stat(path)).isFile) return await readUpToLimit(path);
  const limit = AbortSignal.timeout(PIPE_MS_MAX);
  try {
    return await unlessAborted(readUpToLimit(path), limit);
  } catch (error) {
    if (!limit.aborted) throw error;
    throw new Error(`it is a pipe, and nobody wrote to its end within ${PIPE_MS_MAX / 1000} s`);
  }
}

/** By octets, because the size of a file says nothing about devices. */
async function readUpToLimit(path: string): Promise<string> {
  using file = await Deno.open(path);
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const bytes = new Uint8Array(64 * 1024);
  let text = "";
  for (let length = 0; length <= FILE_BYTES_MAX;) {
    const count = await file.read(bytes);
    try {
      if (count === null) return text + decoder.decode();
      text += decoder.decode(bytes.subarray(0, count), { stream: true });
    } catch (error) {
      throw new Error("it is no UTF-8", { cause: error });
    }
    length += count;
  }
  throw new Error(`it is longer than ${FILE_BYTES_MAX / 1024} KiB`);
}
