/**
 * A packet socket (packet(7)) on one interface.
 *
 * One socket for all protocols instead of one each for IPv4 and ARP: frames keep their order, one
 * wait covers them, and VLAN tags stay visible to the filter (a socket for IPv4 gets tagged frames
 * looking untagged). What such a socket sees too much, its own frames above all, the filter drops
 * in the kernel.
 */

import type { ReceivedFrame } from "../../net/ethernet.ts";
import type { MacAddress } from "../../net/mac_address.ts";
import {
  ErrnoError,
  type LostFrames,
  type NetworkInterface,
  type PacketPort,
  type SendFailure,
} from "../contract.ts";
import { Errno, errnoError, isPassing, withSubject } from "../libc/errno.ts";
import * as libc from "../libc/libc.ts";
import { encodeFilter, SERVER_FILTER } from "./packet_filter.ts";
import { ReceiveRing } from "./receive_ring.ts";
import { SendBatch } from "./send_batch.ts";
import { nextTurn, WaitedSocket } from "./socket_waits.ts";
import {
  AF_PACKET,
  allocate,
  encodeInt,
  encodeLinkAddress,
  TPACKET_STATS,
} from "../libc/struct_layouts.ts";

const ETH_P_ALL = 3;
/**
 * Turns of the event loop in which more frames are looked for, before a thread waits for them, when
 * they came in crowds. A turn costs a hundredth of a wait on another thread; but when frames come
 * one by one the next is never there that soon.
 */
const TURNS_MAX = 4;
/** Frames of one sendmmsg call. */
const SEND_FRAMES = 64;
/** Ethernet header and one VLAN tag, beyond the MTU. */
const LINK_HEADER_BYTES_MAX = 18;

/**
 * Opens a packet socket and closes it. A failure that will pass is none. It has no ring: to give one back takes the kernel tens of
 * milliseconds, in which a starting agent could not answer.
 *
 * @throws {ErrnoError} when the kernel refuses, EPERM without CAP_NET_RAW.
 */
export function requirePacketSockets(): void {
  try {
    libc.close(libc.socket(AF_PACKET, libc.SOCK_RAW | libc.SOCK_CLOEXEC, 0));
  } catch (error) {
    if (!isPassing(error)) throw error;
  }
}

/**
 * Opens a packet socket that gets what {@link SERVER_FILTER} passes.
 *
 * @param ringSlots Frames that wait for this process at most.
 * @throws {ErrnoError} when the kernel refuses, EPERM without CAP_NET_RAW.
 */
export async function openPacketSocket(
  networkInterface: NetworkInterface,
  ringSlots: number,
): Promise<PacketPort> {
  let fd: number | undefined;
  let ring: ReceiveRing | undefined;
  try {
    // Protocol 0 receives nothing: frames come only after bind, when the filter is in place, so
    // there is nothing to drain that the filter did not see.
    fd = libc.socket(AF_PACKET, libc.SOCK_RAW | libc.SOCK_CLOEXEC, 0);
    configure(fd);
    ring = await ReceiveRing.create(fd, ringSlots);
    libc.bind(fd, encodeLinkAddress(networkInterface.index, ETH_P_ALL));
    return new PacketSocket(networkInterface, { fd, ring, waited: new WaitedSocket(fd) });
  } catch (error) {
    if (fd !== undefined) libc.close(fd);
    await ring?.close();
    throw withSubject(error, `interface ${networkInterface.name}`);
  }
}

/**
 * Binds the socket of a port to another interface, or to the same one after it changed. This takes
 * neither a descriptor nor memory, so it succeeds where a new socket would not.
 *
 * @param port A port of {@link openPacketSocket}, which is closed afterwards; if it fails, it stays as it
 * is.
 * @throws {ErrnoError} when the kernel refuses.
 */
export function rebindPacketSocket(
  port: PacketPort,
  networkInterface: NetworkInterface,
): PacketPort {
  if (!(port instanceof PacketSocket)) throw new TypeError("The port is no packet socket");
  try {
    return port.rebind(networkInterface);
  } catch (error) {
    throw withSubject(error, `interface ${networkInterface.name}`);
  }
}

/** What a port owns. */
interface SocketParts {
  readonly fd: number;
  readonly ring: ReceiveRing;
  readonly waited: WaitedSocket;
}

/** {@link PacketPort} on a bound packet socket, which it owns. */
class PacketSocket implements PacketPort {
  readonly interfaceName: string;
  readonly interfaceIndex: number;
  readonly macAddress: MacAddress;
  readonly mtuBytes: number;
  readonly stampMs = libc.realtimeMs;
  readonly #parts: SocketParts;
  readonly #batch: SendBatch;
  /** Frames of the last drain. */
  #drained = 0;
  #draining = false;
  readonly #freed = Promise.withResolvers<void>();
  #closed = false;

  constructor(
    { name, index, macAddress, mtuBytes }: NetworkInterface,
    parts: SocketParts,
  ) {
    this.interfaceName = name;
    this.interfaceIndex = index;
    this.macAddress = macAddress;
    this.mtuBytes = mtuBytes;
    this.#parts = parts;
    this.#batch = new SendBatch(parts.fd, SEND_FRAMES, mtuBytes + LINK_HEADER_BYTES_MAX);
  }

  get hasFrame(): boolean {
    return !this.#closed && this.#parts.ring.hasFrame;
  }

  get isCrowded(): boolean {
    return !this.#closed && this.#parts.ring.isCrowded;
  }

  async wait(timeoutMs?: number): Promise<boolean> {
    const turnsMax = this.#drained > 1 ? TURNS_MAX : 0;
    for (let turn = 0; turn < turnsMax; turn++) {
      await nextTurn();
      if (this.#closed) return false;
      if (this.#parts.ring.hasFrame) return true;
    }
    const { readable, failed } = await this.#parts.waited.wait(timeoutMs);
    if (this.#closed) return false;
    if (failed) this.#throwPendingError();
    return readable;
  }

  drain(framesMax: number, onFrame: (frame: ReceivedFrame) => void): number {
    // Its ring may be another port's by now, or no memory any more.
    if (this.#closed) return 0;
    let drained = 0;
    this.#draining = true;
    try {
      while (!this.#closed && drained < framesMax) {
        const frame = this.#parts.ring.take();
        if (frame === undefined) break;
        drained++;
        try {
          onFrame(frame);
        } finally {
          this.#parts.ring.release();
        }
      }
    } finally {
      this.#draining = false;
      this.#drained = drained;
      if (this.#closed) this.#freed.resolve(this.#parts.ring.close());
    }
    return drained;
  }

  send(frame: Uint8Array): void {
    if (!this.#closed) this.#batch.queue(frame);
  }

  flush(): readonly SendFailure[] {
    return this.#closed ? [] : this.#batch.flush();
  }

  takeLostFrames(): LostFrames {
    if (this.#closed) return { overrun: 0, tooLong: 0 };
    const { memory, view } = allocate(TPACKET_STATS.bytes);
    libc.getSocketOption(this.#parts.fd, libc.PACKET_STATISTICS, memory);
    return {
      overrun: view.getUint32(TPACKET_STATS.drops, true),
      tooLong: this.#parts.ring.takeTruncatedFrames(),
    };
  }

  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#parts.waited.close();
      // A callback that closes its port still reads the frame that it was called with.
      if (!this.#draining) this.#freed.resolve(this.#parts.ring.close());
    }
    return this.#freed.promise;
  }

  /** @see rebindPacketSocket */
  rebind(networkInterface: NetworkInterface): PacketSocket {
    if (this.#closed || this.#draining) throw new Error("The port is closed or in use");
    // What went wrong with the interface of before.
    this.#takePendingError();
    libc.bind(this.#parts.fd, encodeLinkAddress(networkInterface.index, ETH_P_ALL));
    const next = new PacketSocket(networkInterface, this.#parts);
    this.#closed = true;
    this.#freed.resolve();
    this.#parts.waited.cancel();
    return next;
  }

  #throwPendingError(): void {
    const errno = this.#takePendingError();
    if (errno !== 0) {
      throw withSubject(errnoError("epoll_wait", errno), `interface ${this.interfaceName}`);
    }
  }

  #takePendingError(): number {
    const { memory, view } = allocate(4);
    libc.getSocketOption(this.#parts.fd, libc.SO_ERROR, memory);
    return view.getInt32(0, true);
  }
}

function configure(fd: number): void {
  libc.setSocketOption(fd, libc.SO_ATTACH_FILTER, encodeFilter(SERVER_FILTER));
  // Saves the kernel a copy of each frame sent here; before Linux 4.20 the filter alone drops them.
  try {
    libc.setSocketOption(fd, libc.PACKET_IGNORE_OUTGOING, encodeInt(1));
  } catch (error) {
    if (!(error instanceof ErrnoError) || error.errno !== Errno.ENOPROTOOPT) throw error;
  }
}
