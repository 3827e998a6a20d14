/** Capture files in the classic format of libpcap (pcap-savefile(5)), as `tcpdump -w` writes them. */

const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const MAGIC_NANOSECONDS = 0xa1b23c4d;
const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const LINKTYPE_ETHERNET = 1;

/** True for a file that begins like a capture. */
export function isPcap(file: Uint8Array): boolean {
  return littleEndianOf(file) !== undefined;
}

/**
 * The frames of a capture, in its order. A truncated last frame is left out.
 *
 * @throws {SyntaxError} when the file is not a capture of an Ethernet interface.
 */
export function readPcap(file: Uint8Array): readonly Uint8Array[] {
  const littleEndian = littleEndianOf(file);
  if (littleEndian === undefined || file.length < FILE_HEADER_BYTES) {
    throw new SyntaxError("Cannot read the capture: expected the format of tcpdump -w");
  }
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const linkType = view.getUint32(20, littleEndian) & 0xffff;
  if (linkType !== LINKTYPE_ETHERNET) {
    throw new SyntaxError(
      `Cannot read the capture: link type ${linkType} is not Ethernet; capture on one interface`,
    );
  }
  const frames: Uint8Array[] = [];
  let at = FILE_HEADER_BYTES;
  while (at + RECORD_HEADER_BYTES <= file.length) {
    const length = view.getUint32(at + 8, littleEndian);
    const start = at + RECORD_HEADER_BYTES;
    if (start + length > file.length) break;
    frames.push(file.subarray(start, start + length));
    at = start + length;
  }
  return frames;
}

/** The byte order of the writer; undefined when the file is not a capture. */
function littleEndianOf(file: Uint8Array): boolean | undefined {
  if (file.length < 4) return undefined;
  const view = new DataView(file.buffer, file.byteOffset, 4);
  return [true, false].find((littleEndian) =>
    [MAGIC_MICROSECONDS, MAGIC_NANOSECONDS].includes(view.getUint32(0, littleEndian))
  );
}
