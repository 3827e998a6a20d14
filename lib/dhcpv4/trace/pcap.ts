/** Capture files in the classic format of libpcap (pcap-savefile(5)), as `tcpdump -w` writes them. */

import {
  type CapturedFrame,
  CaptureError,
  endsWithin,
  LINKTYPE_ETHERNET,
  otherLink,
  requireFrameLength,
} from "./captured_frame.ts";

const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const MAGIC_NANOSECONDS = 0xa1b23c4d;
const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;

/** True for a file that begins like a capture. */
export function isPcap(file: Uint8Array): boolean {
  return littleEndianOf(file) !== undefined;
}

/**
 * The frames of a capture, in its order.
 *
 * @throws {CaptureError} when the file is not a capture of an Ethernet interface, or at the place where
 * it is damaged.
 */
export function* readPcap(file: Uint8Array): Generator<CapturedFrame> {
  const littleEndian = littleEndianOf(file);
  if (littleEndian === undefined || file.length < FILE_HEADER_BYTES) {
    throw new CaptureError("the file ends in its header");
  }
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const linkType = view.getUint32(20, littleEndian) & 0xffff;
  if (linkType !== LINKTYPE_ETHERNET) throw otherLink(linkType);
  for (let at = FILE_HEADER_BYTES, number = 1; at < file.length; number++) {
    const start = at + RECORD_HEADER_BYTES;
    if (start > file.length) throw endsWithin(number);
    const length = view.getUint32(at + 8, littleEndian);
    requireFrameLength(number, length);
    if (start + length > file.length) throw endsWithin(number);
    const wireBytes = view.getUint32(at + 12, littleEndian);
    yield { number, bytes: file.subarray(start, start + length), wireBytes };
    at = start + length;
  }
}

/** The byte order of the writer; undefined when the file is not a capture. */
function littleEndianOf(file: Uint8Array): boolean | undefined {
  if (file.length < 4) return undefined;
  const view = new DataView(file.buffer, file.byteOffset, 4);
  return [true, false].find((littleEndian) =>
    [MAGIC_MICROSECONDS, MAGIC_NANOSECONDS].includes(view.getUint32(0, littleEndian))
  );
}
