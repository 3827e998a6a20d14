/**
 * The receive ring of a packet socket (TPACKET_V2, Documentation/networking/packet_mmap.rst of
 * Linux): memory that the kernel writes frames to and this process reads them from, so that a
 * frame costs neither a system call nor a copy. Version 3 of the ring hands over whole blocks and
 * waits for them to fill, which takes milliseconds.
 */

import { ConcurrencyLimiter } from "../../base/concurrency_limiter.ts";
import type { ReceivedFrame } from "../../net/ethernet.ts";
import * as libc from "../libc/libc.ts";
import {
  allocate,
  encodeInt,
  SOCKADDR_LL,
  TPACKET2_HDR,
  TPACKET_REQ,
} from "../libc/struct_layouts.ts";

const TPACKET_V2 = 1;

/** Room for a header of the ring and for a frame of an Ethernet without jumbo frames. */
const SLOT_BYTES = 2048;
const BLOCK_BYTES = 65_536;
/** At 100,000 frames in a second, 20 ms of them. */
const SLOTS_MAX = 2048;
/** At as many, 2.5 ms: a few passes of all other ports. */
const SLOTS_MIN = 256;
/** What all rings of a process may take while none is smaller than {@link SLOTS_MIN}. */
const RINGS_BYTES_MAX = 64 * 1024 * 1024;

/** Bits of `tp_status`: the slot is ours; the UDP checksum is still to be filled in. */
const TP_STATUS_KERNEL = 0;
const TP_STATUS_USER = 1;
const TP_STATUS_CSUMNOTREADY = 8;

const STATUS_BYTES = 4;
const ADDRESS = TPACKET2_HDR.bytes;

/**
 * Slots of each ring of a process that has so many: 4 MiB up to 16 rings, and less the more there are
 * down to half a MiB.
 */
export function ringSlotsFor(rings: number): number {
  const slots = RINGS_BYTES_MAX / SLOT_BYTES / Math.max(1, rings);
  const whole = 2 ** Math.floor(Math.log2(slots));
  return Math.min(SLOTS_MAX, Math.max(SLOTS_MIN, whole));
}

/**
 * Rings that are made or given back at once. Each keeps a thread of the runtime meanwhile, which has a
 * few dozen, and one has to be left to wait for frames.
 */
const RINGS_AT_ONCE = 8;
const RINGS = new ConcurrencyLimiter(RINGS_AT_ONCE);

type MutableFrame = { -readonly [field in keyof ReceivedFrame]: ReceivedFrame[field] };

/** The ring of one socket. Its memory must not be touched after {@link close}. */
export class ReceiveRing {
  readonly #slots: number;
  readonly #address: libc.MappedMemory;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  readonly #statuses: Int32Array<ArrayBuffer>;
  /** What was last read of each slot: DHCP frames have the same few lengths, so it often fits. */
  readonly #lastBytes: (Uint8Array | undefined)[];
  readonly #frame: MutableFrame;
  #slot = 0;
  #truncatedFrames = 0;
  #freed: Promise<void> | undefined;

  /**
   * Makes the ring of a socket that is not bound yet. That takes the kernel some ten milliseconds, so
   * other work goes on meanwhile.
   *
   * @param slots A power of two, from {@link ringSlotsFor}.
   * @throws {ErrnoError} ENOMEM when the kernel has no memory for it.
   */
  static async create(fd: number, slots: number): Promise<ReceiveRing> {
    libc.setSocketOption(fd, libc.PACKET_VERSION, encodeInt(TPACKET_V2));
    const request = encodeRingRequest(slots);
    await RINGS.run(() => libc.setSocketOptionElsewhere(fd, libc.PACKET_RX_RING, request));
    return new ReceiveRing(fd, slots);
  }

  private constructor(fd: number, slots: number) {
    this.#slots = slots;
    this.#lastBytes = new Array(slots).fill(undefined);
    this.#address = libc.mapShared(fd, slots * SLOT_BYTES);
    const memory = libc.memoryAt(this.#address, slots * SLOT_BYTES);
    this.#bytes = new Uint8Array(memory);
    this.#view = new DataView(memory);
    this.#statuses = new Int32Array(memory);
    const bytes = this.#bytes.subarray(0, 0);
    this.#frame = { bytes, packetType: 0, checksumReady: true, receivedMs: 0 };
  }

  /** Whether the kernel has handed over a slot. */
  get hasFrame(): boolean {
    return (this.#status(this.#slot) & TP_STATUS_USER) !== 0;
  }

  /** Whether more than three quarters of the slots wait to be read. */
  get isCrowded(): boolean {
    const slot = (this.#slot + this.#slots * 3 / 4) % this.#slots;
    return (this.#status(slot) & TP_STATUS_USER) !== 0;
  }

  /**
   * The next frame, whose slot {@link release} gives back; the object is used again for the next.
   * Frames that do not fit into a slot are passed over and counted.
   */
  take(): ReceivedFrame | undefined {
    for (;;) {
      const status = this.#status(this.#slot);
      if ((status & TP_STATUS_USER) === 0) return undefined;
      const header = this.#slot * SLOT_BYTES;
      const length = this.#view.getUint32(header + TPACKET2_HDR.capturedLength, true);
      if (length === this.#view.getUint32(header + TPACKET2_HDR.length, true)) {
        return this.#read(status, length);
      }
      this.#truncatedFrames++;
      this.release();
    }
  }

  /** Gives the slot of the frame that was taken last back to the kernel. */
  release(): void {
    // After all reads of the slot, as the kernel may write to it from now on.
    Atomics.store(this.#statuses, this.#slot * (SLOT_BYTES / STATUS_BYTES), TP_STATUS_KERNEL);
    this.#slot = (this.#slot + 1) % this.#slots;
  }

  /** Frames passed over since the last call because they are longer than a slot. */
  takeTruncatedFrames(): number {
    const frames = this.#truncatedFrames;
    this.#truncatedFrames = 0;
    return frames;
  }

  /**
   * Gives the memory back. The kernel takes tens of milliseconds for it, while other work goes on.
   * Once only: by a second time something else may have been mapped there.
   */
  close(): Promise<void> {
    return this.#freed ??= RINGS.run(() => libc.unmap(this.#address, this.#slots * SLOT_BYTES));
  }

  /** Read before the rest of the slot: an atomic read is not reordered with those behind it. */
  #status(slot: number): number {
    return Atomics.load(this.#statuses, slot * (SLOT_BYTES / STATUS_BYTES));
  }

  #read(status: number, length: number): ReceivedFrame {
    const header = this.#slot * SLOT_BYTES;
    const view = this.#view;
    this.#frame.bytes = this.#bytesAt(
      header + view.getUint16(header + TPACKET2_HDR.macOffset, true),
      length,
    );
    this.#frame.packetType = this.#bytes[header + ADDRESS + SOCKADDR_LL.packetType]!;
    this.#frame.checksumReady = (status & TP_STATUS_CSUMNOTREADY) === 0;
    this.#frame.receivedMs = view.getUint32(header + TPACKET2_HDR.seconds, true) * 1000 +
      view.getUint32(header + TPACKET2_HDR.nanoseconds, true) / 1e6;
    return this.#frame;
  }

  #bytesAt(start: number, length: number): Uint8Array {
    const last = this.#lastBytes[this.#slot];
    if (last?.length === length && last.byteOffset === start) return last;
    const bytes = this.#bytes.subarray(start, start + length);
    this.#lastBytes[this.#slot] = bytes;
    return bytes;
  }
}

/** A `struct tpacket_req`. */
function encodeRingRequest(slots: number): Uint8Array<ArrayBuffer> {
  const { memory, view } = allocate(TPACKET_REQ.bytes);
  view.setUint32(TPACKET_REQ.blockBytes, BLOCK_BYTES, true);
  view.setUint32(TPACKET_REQ.blocks, slots * SLOT_BYTES / BLOCK_BYTES, true);
  view.setUint32(TPACKET_REQ.slotBytes, SLOT_BYTES, true);
  view.setUint32(TPACKET_REQ.slots, slots, true);
  return memory;
}
