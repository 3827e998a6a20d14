/** The other end of a cable: sends any frame and sees every frame, unfiltered. */

import "./load_libc.ts";
import { inspectInterface } from "../../../lib/sys/host/interface_info.ts";
import * as libc from "../../../lib/sys/libc/libc.ts";
import { WaitedSocket } from "../../../lib/sys/packet/socket_waits.ts";
import { AF_PACKET, encodeInt, encodeLinkAddress } from "../../../lib/sys/libc/struct_layouts.ts";

const ETH_P_ALL = 3;
const FRAME_BYTES_MAX = 9018;
const QUEUE_BYTES = 4 * 1024 * 1024;
const SO_RCVBUF = { level: 1, name: 8 };
const MSG_DONTWAIT = 0x40;

/** System calls for single frames, which the program itself does not use. */
const { symbols: { recv, send } } = Deno.dlopen("libc.so.6", {
  recv: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
  send: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
});

/** A raw socket on an interface of this network namespace. */
export class RawLink implements Disposable {
  readonly #fd: number;
  readonly #waited: WaitedSocket;
  readonly #buffer = new Uint8Array(FRAME_BYTES_MAX);

  /** Opens the interface. @throws {Error} without CAP_NET_RAW, or without the interface. */
  constructor(interfaceName: string) {
    const found = inspectInterface(interfaceName);
    if (found === undefined) throw new Error(`There is no interface ${interfaceName}`);
    this.#fd = libc.socket(AF_PACKET, libc.SOCK_RAW | libc.SOCK_CLOEXEC, 0);
    libc.setSocketOption(this.#fd, libc.PACKET_IGNORE_OUTGOING, encodeInt(1));
    libc.setSocketOption(this.#fd, SO_RCVBUF, encodeInt(QUEUE_BYTES));
    libc.bind(this.#fd, encodeLinkAddress(found.index, ETH_P_ALL));
    this.#waited = new WaitedSocket(this.#fd);
  }

  /** Sends a frame as it is. @throws {Error} when the kernel refuses it. */
  send(frame: Uint8Array): void {
    const sent = send(this.#fd, new Uint8Array(frame), BigInt(frame.length), MSG_DONTWAIT);
    if (sent !== BigInt(frame.length)) throw new Error(`Cannot send ${frame.length} octets`);
  }

  /** The first waiting frame that the test accepts. */
  poll(accept: (frame: Uint8Array) => boolean): Uint8Array | undefined {
    for (;;) {
      const room = BigInt(FRAME_BYTES_MAX);
      const length = Number(recv(this.#fd, this.#buffer, room, MSG_DONTWAIT));
      if (length < 0) return undefined;
      const frame = this.#buffer.subarray(0, length);
      if (accept(frame)) return frame.slice();
    }
  }

  /**
   * Waits for a frame that the test accepts; others are thrown away. One that came in time counts, however late
   * this process comes to look.
   *
   * @throws {Error} when none came in time.
   */
  async receive(accept: (frame: Uint8Array) => boolean, timeoutMs = 5000): Promise<Uint8Array> {
    const untilMs = performance.now() + timeoutMs;
    for (;;) {
      const leftMs = untilMs - performance.now();
      const frame = this.poll(accept);
      if (frame !== undefined) return frame;
      if (leftMs <= 0) throw new Error(`no such frame came within ${timeoutMs} ms`);
      await this.#waited.wait(Math.ceil(leftMs));
    }
  }

  [Symbol.dispose](): void {
    this.#waited.close();
  }
}
