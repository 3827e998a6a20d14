import assert from "node:assert/strict";
import { clientFrame } from "../../../tests/support/dhcp/dhcp_packets.ts";
import { readPcapng } from "./pcapng.ts";

const FRAMES = [clientFrame(), clientFrame({ type: 3 })] as const;

/** Writes blocks in one byte order. */
class Writer {
  constructor(readonly littleEndian = true) {}

  words(...values: readonly number[]): number[] {
    const view = new DataView(new ArrayBuffer(4 * values.length));
    values.forEach((value, i) => view.setUint32(4 * i, value, this.littleEndian));
    return [...new Uint8Array(view.buffer)];
  }

  halves(...values: readonly number[]): number[] {
    const view = new DataView(new ArrayBuffer(2 * values.length));
    values.forEach((value, i) => view.setUint16(2 * i, value, this.littleEndian));
    return [...new Uint8Array(view.buffer)];
  }

  block(type: number, body: readonly number[]): number[] {
    const padded = [...body, ...Array((4 - body.length % 4) % 4).fill(0)];
    const length = 12 + padded.length;
    return [...this.words(type, length), ...padded, ...this.words(length)];
  }

  section(): number[] {
    const body = [...this.words(0x1a2b3c4d), ...this.halves(1, 0), ...Array(8).fill(0xff)];
    return this.block(0x0a0d0d0a, body);
  }

  link(type = 1, snapLength = 0): number[] {
    return this.block(1, [...this.halves(type, 0), ...this.words(snapLength)]);
  }

  enhanced(frame: Uint8Array, link = 0, wireBytes = frame.length): number[] {
    return this.block(6, [...this.words(link, 0, 0, frame.length, wireBytes), ...frame]);
  }

  old(frame: Uint8Array): number[] {
    const head = [...this.halves(0, 0), ...this.words(0, 0, frame.length, frame.length)];
    return this.block(2, [...head, ...frame]);
  }

  simple(frame: Uint8Array, wireBytes = frame.length): number[] {
    return this.block(3, [...this.words(wireBytes), ...frame]);
  }
}

function framesOf(...blocks: readonly (readonly number[])[]) {
  return [...readPcapng(Uint8Array.from(blocks.flat()))];
}

for (const littleEndian of [true, false]) {
  Deno.test(`readPcapng() reads all blocks with frames, little-endian: ${littleEndian}`, () => {
    const w = new Writer(littleEndian);
    const [one, two] = FRAMES;
    const unknown = w.block(0xbad, [1, 2, 3]);
    const found = framesOf(
      ...[w.section(), w.link(), unknown, w.enhanced(one), w.old(two), w.simple(one)],
    );
    assert.deepEqual(found.map(({ number }) => number), [1, 2, 3]);
    assert.deepEqual(found.map(({ bytes }) => bytes), [one, two, one]);
  });
}

Deno.test("readPcapng() reads sections of several writers, and says which frames were cut", () => {
  const [one, two] = FRAMES;
  const [w, v] = [new Writer(), new Writer(false)];
  const found = framesOf(
    ...[w.section(), w.link(1, 64), w.simple(one.subarray(0, 64), one.length)],
    ...[v.section(), v.link(), v.enhanced(two, 0, 9000)],
  );
  assert.deepEqual(found.map(({ bytes, wireBytes }) => [bytes.length, wireBytes]), [
    [64, one.length],
    [two.length, 9000],
  ]);
});

Deno.test("readPcapng() counts packets of other interfaces, and leaves them out", () => {
  const w = new Writer();
  const [one] = FRAMES;
  const head = [w.section(), w.link(113), w.link()];
  const found = framesOf(...head, w.enhanced(one, 0), w.enhanced(one, 1));
  assert.deepEqual(found.map(({ number }) => number), [2]);
  assert.throws(() => framesOf(...head, w.enhanced(one, 0)), /link type 113\)/);
});

const [FRAME] = FRAMES;

/** A file of a section, an interface and a block whose words are changed. */
function damagedAt(offset: number, value: number): Uint8Array {
  const w = new Writer();
  const head = [...w.section(), ...w.link()];
  const file = Uint8Array.from([...head, ...w.enhanced(FRAME)]);
  new DataView(file.buffer).setUint32(head.length + offset, value, true);
  return file;
}

const damages: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ["a huge block", damagedAt(4, 0xfffffffc), /ends in the middle of packet 1/],
  ["a block of odd length", damagedAt(4, 333), /damaged at packet 1/],
  ["a block of no length", damagedAt(4, 0), /damaged at packet 1/],
  ["a huge frame", damagedAt(20, 0xffffffff), /has 4294967295 octets/],
  ["a frame that is longer than its block", damagedAt(20, 2000), /damaged at packet 1/],
  [
    "a section of no byte order",
    Uint8Array.from([10, 13, 13, 10, ...Array(28).fill(0)]),
    /section/,
  ],
  ["nothing but a beginning", Uint8Array.from([10, 13, 13, 10]), /ends in the middle/],
];

for (const [name, file, reason] of damages) {
  Deno.test(`readPcapng() meets ${name}`, () => {
    assert.throws(() => [...readPcapng(file)], reason);
  });
}
