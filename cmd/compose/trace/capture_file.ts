/** The file of `vm-dhcp trace`. */

import { type Capture, readCapture } from "../../../lib/dhcpv4/trace/capture.ts";
import { CaptureError } from "../../../lib/dhcpv4/trace/captured_frame.ts";
import { CommandError } from "../../cli/command.ts";
import { reasonOf } from "../files/file_fault.ts";

/** It is read as a whole. */
const FILE_BYTES_MAX = 256 * 1024 * 1024;

/** @throws {CommandError} when it cannot be read, or has no packets. */
export async function openCapture(path: string): Promise<Capture> {
  try {
    // Before it is opened: to open a pipe waits for a writer.
    const { isFile, isDirectory, size } = await Deno.stat(path);
    if (!isFile) throw new CaptureError(isDirectory ? "is a folder" : "is no regular file");
    if (size > FILE_BYTES_MAX) {
      throw new CaptureError(
        `is larger than ${FILE_BYTES_MAX / 1024 / 1024} MiB: keep what is DHCP with ` +
          `tcpdump -r ${path} -w small.pcap 'udp port 67'`,
      );
    }
    return readCapture(await Deno.readFile(path));
  } catch (error) {
    if (error instanceof CaptureError) throw new CommandError(`${path}: ${error.message}`);
    throw new CommandError(`${path} cannot be read: ${reasonOf(error)}`, { cause: error });
  }
}
