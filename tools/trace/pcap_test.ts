import assert from "node:assert/strict";
import { clientFrame } from "../../tests/support/dhcp/dhcp_packets.ts";
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
    assert.deepEqual(readPcap(file), FRAMES);
  });
}

Deno.test("readPcap() leaves out a truncated last frame, wherever it ends", () => {
  const file = pcapOf(FRAMES);
  const second = pcapOf(FRAMES.slice(0, 1)).length;
  for (let length = second; length < file.length; length++) {
    assert.equal(readPcap(file.subarray(0, length)).length, 1);
  }
});

Deno.test("readPcap() refuses a file that is not an Ethernet capture", () => {
  assert.throws(() => readPcap(new TextEncoder().encode("ff ff ff ff")), SyntaxError);
  assert.throws(() => readPcap(new Uint8Array(3)), SyntaxError);
  assert.throws(() => readPcap(pcapOf(FRAMES, { linkType: 113 })), /link type 113/);
});
