/** Capture files of Wireshark (draft-ietf-opsawg-pcapng), and what of them tells frames. */

import {
  type CapturedFrame,
  CaptureError,
  endsWithin,
  LINKTYPE_ETHERNET,
  otherLink,
  requireFrameLength,
} from "./captured_frame.ts";

const BlockType = {
  sectionHeader: 0x0a0d0d0a,
  interfaceDescription: 1,
  packet: 2,
  simplePacket: 3,
  enhancedPacket: 6,
} as const;

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** Type, length, and the length again at the end. */
const BLOCK_BYTES_MIN = 12;
const BODY_OFFSET = 8;
const SECTION_BYTES_MIN = 28;
const SNAP_LENGTH_MAX = 262_144;

/** An interface that was captured on. */
interface Link {
  readonly type: number;
  readonly snapLength: number;
}

/** What holds for the blocks of a section. */
interface Section {
  readonly littleEndian: boolean;
  readonly links: Link[];
}

/** Where the octets of a frame are in its block. */
interface Place {
  readonly link: Link | undefined;
  readonly offset: number;
  readonly bytes: number;
  readonly wireBytes: number;
}

/** True for a file that begins like a capture. */
export function isPcapng(file: Uint8Array): boolean {
  if (file.length < 4) return false;
  return new DataView(file.buffer, file.byteOffset, 4).getUint32(0) === BlockType.sectionHeader;
}

/**
 * The frames of a capture on Ethernet interfaces, in its order.
 *
 * @throws {CaptureError} when there is no such interface, or at the place where the file is damaged.
 */
export function* readPcapng(file: Uint8Array): Generator<CapturedFrame> {
  let section: Section = { littleEndian: true, links: [] };
  let other: number | undefined;
  let isEthernet = false;
  for (let at = 0, number = 1; at < file.length;) {
    if (at + BLOCK_BYTES_MIN > file.length) throw endsWithin(number);
    const rest = new DataView(file.buffer, file.byteOffset + at, file.length - at);
    if (rest.getUint32(0) === BlockType.sectionHeader) section = sectionOf(rest);
    const block = blockOf(rest, section, number);
    at += block.byteLength;
    const place = placeOf(block, section);
    if (place === undefined) continue;
    requireFrameLength(number, place.bytes);
    if (place.offset + place.bytes + 4 > block.byteLength) throw damaged(number);
    if (place.link?.type === LINKTYPE_ETHERNET) {
      isEthernet = true;
      const bytes = new Uint8Array(block.buffer, block.byteOffset + place.offset, place.bytes);
      yield { number, bytes, wireBytes: place.wireBytes };
    } else {
      other ??= place.link?.type;
    }
    number++;
  }
  if (!isEthernet && other !== undefined) throw otherLink(other);
}

function sectionOf(rest: DataView): Section {
  const isShort = rest.byteLength < SECTION_BYTES_MIN;
  const order = [true, false].find((littleEndian) =>
    !isShort && rest.getUint32(BODY_OFFSET, littleEndian) === BYTE_ORDER_MAGIC
  );
  if (order === undefined) throw new CaptureError("the header of a section is damaged");
  return { littleEndian: order, links: [] };
}

/** The next block, as long as it says twice. */
function blockOf(rest: DataView, { littleEndian }: Section, number: number): DataView {
  const length = rest.getUint32(4, littleEndian);
  if (length < BLOCK_BYTES_MIN || length % 4 !== 0) throw damaged(number);
  if (length > rest.byteLength) throw endsWithin(number);
  if (rest.getUint32(length - 4, littleEndian) !== length) throw damaged(number);
  return new DataView(rest.buffer, rest.byteOffset, length);
}

/** Where the frame of a block is; `undefined` for a block without one. */
function placeOf(block: DataView, { littleEndian, links }: Section): Place | undefined {
  // What a block is too short for is zero, which its frame does not fit into.
  const u32 = (offset: number) =>
    offset + 8 <= block.byteLength ? block.getUint32(offset, littleEndian) : 0;
  const u16 = (offset: number) =>
    offset + 6 <= block.byteLength ? block.getUint16(offset, littleEndian) : 0;
  switch (block.getUint32(0, littleEndian)) {
    case BlockType.interfaceDescription:
      links.push({ type: u16(8), snapLength: u32(12) || SNAP_LENGTH_MAX });
      return undefined;
    case BlockType.enhancedPacket:
      return { link: links[u32(8)], offset: 28, bytes: u32(20), wireBytes: u32(24) };
    case BlockType.packet:
      return { link: links[u16(8)], offset: 28, bytes: u32(20), wireBytes: u32(24) };
    case BlockType.simplePacket: {
      const bytes = Math.min(u32(8), links[0]?.snapLength ?? SNAP_LENGTH_MAX);
      return { link: links[0], offset: 12, bytes, wireBytes: u32(8) };
    }
    default:
      return undefined;
  }
}

function damaged(number: number): CaptureError {
  return new CaptureError(`the file is damaged at packet ${number}`);
}
