/** Files with packets in them: captures of tcpdump or Wireshark, or one frame in hexadecimal. */

import { type CapturedFrame, CaptureError, requireFrameLength } from "./captured_frame.ts";
import { frameOfHex } from "./hex_frame.ts";
import { isPcap, readPcap } from "./pcap.ts";
import { isPcapng, readPcapng } from "./pcapng.ts";

/** What a file holds. */
export interface Capture {
  /** Whether it is a capture of an interface, with anybody's packets in it. */
  readonly isOfInterface: boolean;
  /** Reads one after the other. @throws {CaptureError} where it cannot go on. */
  readonly frames: Iterable<CapturedFrame>;
}

/**
 * Finds out what a file is, and reads it.
 *
 * @throws {CaptureError} when it is neither a capture nor a frame.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * const [frame] = readCapture(new TextEncoder().encode("ff ff 00")).frames;
 * equal(frame?.bytes.length, 3);
 * ```
 */
export function readCapture(file: Uint8Array): Capture {
  if (isPcap(file)) return { isOfInterface: true, frames: readPcap(file) };
  if (isPcapng(file)) return { isOfInterface: true, frames: readPcapng(file) };
  const bytes = frameOfHex(new TextDecoder().decode(file));
  if (bytes === undefined || bytes.length === 0) {
    throw new CaptureError(
      "is neither a capture, as tcpdump -w writes it, nor one frame as octets in hexadecimal",
    );
  }
  requireFrameLength(1, bytes.length);
  return { isOfInterface: false, frames: [{ number: 1, bytes, wireBytes: bytes.length }] };
}
