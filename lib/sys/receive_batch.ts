/**
 * Memory for one batch of received frames, laid out once for recvmmsg(2) and used again for every
 * batch: nothing is allocated per frame.
 */

import type { ReceivedFrame } from "./contract.ts";
import {
  addressOf,
  allocate,
  AUXDATA_CMSG,
  IOVEC,
  MMSGHDR,
  SOCKADDR_LL,
} from "./struct_layouts.ts";

const SOL_PACKET = 263;
const PACKET_AUXDATA = 8;
const TP_STATUS_CSUMNOTREADY = 8;

/** Where the parts of the memory start. */
interface Areas {
  readonly iovecs: number;
  readonly addresses: number;
  readonly controls: number;
  readonly frames: number;
  readonly bytes: number;
}

type MutableFrame = { -readonly [field in keyof ReceivedFrame]: ReceivedFrame[field] };

/** Buffers of a batch. */
export class ReceiveBatch {
  /** Array of `struct mmsghdr` for recvmmsg. */
  readonly headers: Uint8Array<ArrayBuffer>;
  readonly capacity: number;
  readonly #frameBytesMax: number;
  readonly #areas: Areas;
  readonly #memory: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  readonly #lastBytes: Uint8Array[] = [];
  readonly #frame: MutableFrame;

  /**
   * @param capacity Frames of a batch.
   * @param frameBytesMax Octets kept of a frame; the rest of longer ones is cut off.
   */
  constructor(capacity: number, frameBytesMax: number) {
    this.capacity = capacity;
    this.#frameBytesMax = frameBytesMax;
    this.#areas = areasOf(capacity, frameBytesMax);
    const { memory, view } = allocate(this.#areas.bytes);
    this.#memory = memory;
    this.#view = view;
    this.headers = memory.subarray(0, capacity * MMSGHDR.bytes);
    this.#frame = { bytes: memory.subarray(0, 0), packetType: 0, checksumReady: true };
    for (let slot = 0; slot < capacity; slot++) this.#link(slot);
    this.prepare(capacity);
  }

  /** Restores the lengths that the kernel overwrote in the first `count` headers. */
  prepare(count: number): void {
    for (let slot = 0; slot < count; slot++) {
      const header = slot * MMSGHDR.bytes;
      this.#view.setUint32(header + MMSGHDR.nameLength, SOCKADDR_LL.bytes, true);
      this.#view.setUint32(header + MMSGHDR.controlLength, AUXDATA_CMSG.bytes, true);
    }
  }

  /** The frame in a slot; the object is used again for the next. */
  frame(slot: number): ReceivedFrame {
    const header = slot * MMSGHDR.bytes;
    const address = this.#areas.addresses + slot * SOCKADDR_LL.bytes;
    this.#frame.bytes = this.#bytes(slot, this.#view.getUint32(header + MMSGHDR.received, true));
    this.#frame.packetType = this.#memory[address + SOCKADDR_LL.packetType]!;
    this.#frame.checksumReady = this.#checksumReady(slot);
    return this.#frame;
  }

  /** The frame's octets. Most DHCP frames have the same few lengths, so the last view often fits. */
  #bytes(slot: number, length: number): Uint8Array {
    const last = this.#lastBytes[slot];
    if (last?.length === length) return last;
    const start = this.#areas.frames + slot * this.#frameBytesMax;
    const bytes = this.#memory.subarray(start, start + length);
    this.#lastBytes[slot] = bytes;
    return bytes;
  }

  #checksumReady(slot: number): boolean {
    const length = this.#view.getUint32(slot * MMSGHDR.bytes + MMSGHDR.controlLength, true);
    const control = this.#areas.controls + slot * AUXDATA_CMSG.bytes;
    const hasAuxdata = length >= AUXDATA_CMSG.status + 4 &&
      this.#view.getInt32(control + AUXDATA_CMSG.level, true) === SOL_PACKET &&
      this.#view.getInt32(control + AUXDATA_CMSG.type, true) === PACKET_AUXDATA;
    if (!hasAuxdata) return true;
    const status = this.#view.getUint32(control + AUXDATA_CMSG.status, true);
    return (status & TP_STATUS_CSUMNOTREADY) === 0;
  }

  /** Fills in what the kernel leaves alone: the addresses of the buffers. */
  #link(slot: number): void {
    const base = addressOf(this.#memory);
    const header = slot * MMSGHDR.bytes;
    const iovec = this.#areas.iovecs + slot * IOVEC.bytes;
    const pointers: readonly (readonly [at: number, to: number])[] = [
      [header + MMSGHDR.name, this.#areas.addresses + slot * SOCKADDR_LL.bytes],
      [header + MMSGHDR.iov, iovec],
      [header + MMSGHDR.control, this.#areas.controls + slot * AUXDATA_CMSG.bytes],
      [iovec + IOVEC.base, this.#areas.frames + slot * this.#frameBytesMax],
    ];
    for (const [at, to] of pointers) this.#view.setBigUint64(at, base + BigInt(to), true);
    this.#view.setUint32(header + MMSGHDR.iovLength, 1, true);
    this.#view.setUint32(iovec + IOVEC.length, this.#frameBytesMax, true);
  }
}

// Headers first, then in order of falling alignment: the kernel wants 8 octets for all but the
// addresses and the frames.
function areasOf(capacity: number, frameBytesMax: number): Areas {
  const iovecs = capacity * MMSGHDR.bytes;
  const controls = iovecs + capacity * IOVEC.bytes;
  const addresses = controls + capacity * AUXDATA_CMSG.bytes;
  const frames = addresses + capacity * SOCKADDR_LL.bytes;
  return { iovecs, controls, addresses, frames, bytes: frames + capacity * frameBytesMax };
}
