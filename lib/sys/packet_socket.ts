/**
 * A packet socket (packet(7)) on one interface.
 *
 * One socket for all protocols instead of one each for IPv4 and ARP: frames keep their order, one
 * wait covers them, and VLAN tags stay visible to the filter (a socket for IPv4 gets tagged frames
 * looking untagged). What such a socket sees too much, its own frames above all, the filter drops
 * in the kernel.
 */

import type { MacAddress } from "../net/mac_address.ts";
import {
  ErrnoError,
  type NetworkInterface,
  type PacketPort,
  type ReceivedFrame,
} from "./contract.ts";
import { Errno, errnoError, withSubject } from "./errno.ts";
import * as libc from "./libc.ts";
import { encodeFilter, SERVER_FILTER } from "./packet_filter.ts";
import { PollSet } from "./poll_set.ts";
import { ReceiveBatch } from "./receive_batch.ts";
import {
  PACKET_AUXDATA,
  PACKET_IGNORE_OUTGOING,
  PACKET_STATISTICS,
  SO_ATTACH_FILTER,
  SO_ERROR,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SOCK_CLOEXEC,
  SOCK_RAW,
} from "./socket_options.ts";
import {
  AF_PACKET,
  allocate,
  encodeInt,
  encodeLinkAddress,
  TPACKET_STATS,
} from "./struct_layouts.ts";

const ETH_P_ALL = 3;
/** Frames of one recvmmsg call. */
const BATCH_FRAMES = 32;
/** Ethernet header and one VLAN tag, beyond the MTU. */
const LINK_HEADER_BYTES_MAX = 18;
/** Room for about 13,000 waiting DHCP frames, where the kernel grants it. */
const RECEIVE_QUEUE_BYTES = 8 * 1024 * 1024;

/**
 * Opens a packet socket that gets what {@link SERVER_FILTER} passes.
 *
 * @throws {ErrnoError} when the kernel refuses, EPERM without CAP_NET_RAW.
 */
export function openPacketSocket(networkInterface: NetworkInterface): PacketPort {
  const subject = `interface ${networkInterface.name}`;
  let fd: number | undefined;
  try {
    // Protocol 0 receives nothing: frames come only after bind, when the filter is in place.
    fd = libc.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    configure(fd);
    libc.bind(fd, encodeLinkAddress(networkInterface.index, ETH_P_ALL));
    return new PacketSocket(networkInterface, fd);
  } catch (error) {
    if (fd !== undefined) libc.close(fd);
    throw withSubject(error, subject);
  }
}

/** {@link PacketPort} on a bound packet socket, which it owns. */
class PacketSocket implements PacketPort {
  readonly interfaceName: string;
  readonly interfaceIndex: number;
  readonly macAddress: MacAddress;
  readonly mtuBytes: number;
  readonly #fd: number;
  readonly #pollSet: PollSet;
  readonly #batch: ReceiveBatch;
  readonly #sendBuffer: Uint8Array<ArrayBuffer>;
  #closed = false;

  constructor({ name, index, macAddress, mtuBytes }: NetworkInterface, fd: number) {
    this.interfaceName = name;
    this.interfaceIndex = index;
    this.macAddress = macAddress;
    this.mtuBytes = mtuBytes;
    this.#fd = fd;
    this.#batch = new ReceiveBatch(BATCH_FRAMES, mtuBytes + LINK_HEADER_BYTES_MAX);
    this.#sendBuffer = allocate(mtuBytes + LINK_HEADER_BYTES_MAX).memory;
    this.#pollSet = new PollSet(fd);
  }

  async wait(timeoutMs: number): Promise<boolean> {
    if (this.#closed) return false;
    const { readable, failed } = await this.#pollSet.wait(timeoutMs);
    if (this.#closed) return false;
    if (failed) this.#throwPendingError();
    return readable;
  }

  drain(framesMax: number, onFrame: (frame: ReceivedFrame) => void): number {
    let drained = 0;
    while (!this.#closed && drained < framesMax) {
      const wanted = Math.min(BATCH_FRAMES, framesMax - drained);
      const received = this.#receive(wanted);
      for (let slot = 0; slot < received; slot++) onFrame(this.#batch.frame(slot));
      this.#batch.prepare(received);
      drained += received;
      if (received < wanted) break;
    }
    return drained;
  }

  send(frame: Uint8Array): void {
    try {
      if (this.#closed) throw errnoError("send", Errno.EBADF);
      if (frame.length > this.#sendBuffer.length) throw errnoError("send", Errno.EMSGSIZE);
      // Copied, because C needs memory that cannot move.
      this.#sendBuffer.set(frame);
      libc.send(this.#fd, this.#sendBuffer, frame.length);
    } catch (error) {
      throw this.#withSubject(error);
    }
  }

  takeDroppedFrames(): number {
    if (this.#closed) return 0;
    const { memory, view } = allocate(TPACKET_STATS.bytes);
    libc.getSocketOption(this.#fd, PACKET_STATISTICS, memory);
    return view.getUint32(TPACKET_STATS.drops, true);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#pollSet.close();
  }

  #receive(count: number): number {
    try {
      return libc.receiveMessages(this.#fd, this.#batch.headers, count);
    } catch (error) {
      throw this.#withSubject(error);
    }
  }

  #throwPendingError(): void {
    const { memory, view } = allocate(4);
    libc.getSocketOption(this.#fd, SO_ERROR, memory);
    const errno = view.getInt32(0, true);
    if (errno !== 0) throw this.#withSubject(errnoError("poll", errno));
  }

  #withSubject(error: unknown): unknown {
    return withSubject(error, `interface ${this.interfaceName}`);
  }
}

function configure(fd: number): void {
  libc.setSocketOption(fd, SO_ATTACH_FILTER, encodeFilter(SERVER_FILTER));
  libc.setSocketOption(fd, PACKET_AUXDATA, encodeInt(1));
  // Saves the kernel a copy of each frame sent here; before Linux 4.20 the filter alone drops them.
  tolerate(Errno.ENOPROTOOPT, () => libc.setSocketOption(fd, PACKET_IGNORE_OUTGOING, encodeInt(1)));
  // Beyond net.core.rmem_max only with CAP_NET_ADMIN; SO_RCVBUF silently takes what is allowed.
  libc.setSocketOption(fd, SO_RCVBUF, encodeInt(RECEIVE_QUEUE_BYTES));
  tolerate(
    Errno.EPERM,
    () => libc.setSocketOption(fd, SO_RCVBUFFORCE, encodeInt(RECEIVE_QUEUE_BYTES)),
  );
}

function tolerate(errno: number, run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof ErrnoError) || error.errno !== errno) throw error;
  }
}
