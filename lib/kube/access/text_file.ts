/** Files that users name: whatever stands under such a name, it costs neither memory nor time without end. */

/** A bundle of all public authorities is a quarter of this. */
const FILE_BYTES_MAX = 1024 * 1024;

/** Where a shell puts the output of a program, as in `<(program)`. */
const OUTPUT_OF_PROGRAM = /^\/(?:dev|proc\/self)\/fd\//;

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
 * The text of a file, or what a program writes to the pipe that its shell made.
 *
 * @throws {Error} also when it is a pipe with a name: to open it stops the whole process until somebody
 * opens its other end.
 */
export async function readFileOrOutput(path: string): Promise<string> {
  const { isFile, isFifo } = await Deno.stat(path);
  if (isFile || isFifo === true && OUTPUT_OF_PROGRAM.test(path)) return await readUpToLimit(path);
  throw new Error("it is no regular file");
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
