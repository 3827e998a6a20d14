import assert from "node:assert/strict";
import { clientFrame } from "../../../tests/support/dhcp/dhcp_packets.ts";
import { CaptureError } from "./captured_frame.ts";
import { isPcap, readPcap } from "./pcap.ts";

interface Shape {
  readonly magic?: number;
  readonly littleEndian?: boolean;
  readonly linkType?: number;
}

function pcapOf(frames: readonly Uint8Array[], shape: Shape = {}): Uint8Array {
  const { magic = 0xa1b2c3d4, littleEndian = true, linkType = 1 } = shape;
  const header = new DataView(new ArrayBuffer(24));
  header.setUint32(0, magic, littleEndian);
  header.setUint32(20, linkType, littleEndian);
  const records = frames.map((frame) => {
    const record = new DataView(new ArrayBuffer(16));
    record.setUint32(8, frame.length, littleEndian);
    record.setUint32(12, frame.length, littleEndian);
    return [...new Uint8Array(record.buffer), ...frame];
  });
  return new Uint8Array([...new Uint8Array(header.buffer), ...records.flat()]);
}

const FRAMES = [clientFrame(), clientFrame({ type: 3 })];

const shapes: (Shape & { readonly name: string })[] = [
  { name: "of a little-endian writer" },
  { name: "of a big-endian writer", littleEndian: false },
  { name: "with nanoseconds", magic: 0xa1b23c4d },
];

for (const { name, ...shape } of shapes) {
  Deno.test(`readPcap() returns the frames of a capture ${name}`, () => {
    const file = pcapOf(FRAMES, shape);
    assert.ok(isPcap(file));
    assert.deepEqual(
      [...readPcap(file)],
      FRAMES.map((bytes, i) => ({ number: i + 1, bytes, wireBytes: bytes.length })),
    );
  });
}

Deno.test("readPcap() gives the frames before the end of a truncated file, wherever that is", () => {
  const file = pcapOf(FRAMES);
  const second = pcapOf(FRAMES.slice(0, 1)).length;
  for (let length = second + 1; length < file.length; length++) {
    const frames = readPcap(file.subarray(0, length));
    assert.equal(frames.next().value?.number, 1);
    assert.throws(() => frames.next(), /^CaptureError: the file ends in the middle of packet 2$/);
  }
});

Deno.test("readPcap() believes no length beyond that of any frame", () => {
  for (const length of [0xffffffff, 0x80000000, 262_145]) {
    const file = pcapOf(FRAMES);
    new DataView(file.buffer).setUint32(24 + 8, length, true);
    const what = `packet 1 says that it has ${length} octets: the file is damaged`;
    assert.throws(() => [...readPcap(file)], new CaptureError(what));
  }
});

Deno.test("readPcap() refuses a file that is not an Ethernet capture", () => {
  assert.throws(() => [...readPcap(pcapOf([]).subarray(0, 23))], /ends in its header$/);
  assert.throws(() => [...readPcap(pcapOf(FRAMES, { linkType: 113 }))], /link type 113/);
});
