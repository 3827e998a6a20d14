import assert from "node:assert/strict";
import { ReceiveBatch } from "./receive_batch.ts";
import { addressOf, AUXDATA_CMSG, IOVEC, MMSGHDR, SOCKADDR_LL } from "./struct_layouts.ts";

const CAPACITY = 3;
const FRAME_BYTES_MAX = 100;

/** Writes where the headers point to, as the kernel does. */
function receive(
  batch: ReceiveBatch,
  slot: number,
  frame: { readonly bytes: Uint8Array; readonly packetType?: number; readonly status?: number },
): void {
  const base = addressOf(batch.headers);
  const view = new DataView(batch.headers.buffer);
  const header = slot * MMSGHDR.bytes;
  const follow = (at: number) => Number(view.getBigUint64(at, true) - base);
  const address = follow(header + MMSGHDR.name);
  const control = follow(header + MMSGHDR.control);
  const target = follow(follow(header + MMSGHDR.iov) + IOVEC.base);
  new Uint8Array(view.buffer).set(frame.bytes, target);
  view.setUint8(address + SOCKADDR_LL.packetType, frame.packetType ?? 0);
  view.setUint32(header + MMSGHDR.received, frame.bytes.length, true);
  if (frame.status === undefined) {
    view.setUint32(header + MMSGHDR.controlLength, 0, true);
  } else {
    view.setInt32(control + AUXDATA_CMSG.level, 263, true);
    view.setInt32(control + AUXDATA_CMSG.type, 8, true);
    view.setUint32(control + AUXDATA_CMSG.status, frame.status, true);
  }
}

Deno.test("ReceiveBatch.frame() reads each slot where its header points to", () => {
  const batch = new ReceiveBatch(CAPACITY, FRAME_BYTES_MAX);
  for (let slot = 0; slot < CAPACITY; slot++) {
    const bytes = new Uint8Array(FRAME_BYTES_MAX - slot).fill(slot + 1);
    receive(batch, slot, { bytes, packetType: slot, status: 0 });
  }
  for (let slot = 0; slot < CAPACITY; slot++) {
    const { bytes, packetType } = batch.frame(slot);
    assert.deepEqual(bytes, new Uint8Array(FRAME_BYTES_MAX - slot).fill(slot + 1));
    assert.equal(packetType, slot);
  }
});

const STATUSES: readonly {
  readonly what: string;
  readonly status?: number;
  readonly ready: boolean;
}[] = [
  { what: "no status at all", ready: true },
  { what: "TP_STATUS_USER", status: 0x01, ready: true },
  { what: "TP_STATUS_CSUMNOTREADY", status: 0x09, ready: false },
  { what: "TP_STATUS_CSUM_VALID", status: 0x81, ready: true },
];

for (const { what, status, ready } of STATUSES) {
  Deno.test(`ReceiveBatch.frame() takes the checksum for ${ready ? "" : "not "}ready after ${what}`, () => {
    const batch = new ReceiveBatch(CAPACITY, FRAME_BYTES_MAX);
    const bytes = new Uint8Array(60);
    receive(batch, 1, status === undefined ? { bytes } : { bytes, status });
    assert.equal(batch.frame(1).checksumReady, ready);
  });
}

Deno.test("ReceiveBatch.frame() follows the length of each frame in a slot that is used again", () => {
  const batch = new ReceiveBatch(1, FRAME_BYTES_MAX);
  for (const length of [42, 42, 60, 42]) {
    receive(batch, 0, { bytes: new Uint8Array(length).fill(length), status: 0 });
    assert.deepEqual(batch.frame(0).bytes, new Uint8Array(length).fill(length));
    batch.prepare(1);
  }
});

Deno.test("ReceiveBatch.prepare() restores the room for addresses and control messages", () => {
  const batch = new ReceiveBatch(1, FRAME_BYTES_MAX);
  const view = new DataView(batch.headers.buffer);
  view.setUint32(MMSGHDR.nameLength, 0, true);
  view.setUint32(MMSGHDR.controlLength, 0, true);
  batch.prepare(1);
  assert.equal(view.getUint32(MMSGHDR.nameLength, true), SOCKADDR_LL.bytes);
  assert.equal(view.getUint32(MMSGHDR.controlLength, true), AUXDATA_CMSG.bytes);
});
