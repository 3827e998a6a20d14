/** The other end of a cable: sends any frame and sees every frame, unfiltered. */

import "./load_libc.ts";
import { inspectInterface } from "../../lib/sys/interface_info.ts";
import * as libc from "../../lib/sys/libc.ts";
import { PollSet } from "../../lib/sys/poll_set.ts";
import { ReceiveBatch } from "../../lib/sys/receive_batch.ts";
import {
  PACKET_IGNORE_OUTGOING,
  SO_RCVBUF,
  SOCK_CLOEXEC,
  SOCK_RAW,
} from "../../lib/sys/socket_options.ts";
import { AF_PACKET, encodeInt, encodeLinkAddress } from "../../lib/sys/struct_layouts.ts";

const ETH_P_ALL = 3;
const FRAME_BYTES_MAX = 9018;
const QUEUE_BYTES = 4 * 1024 * 1024;

/** A raw socket on an interface of this network namespace. */
export class RawLink implements Disposable {
  readonly #fd: number;
  readonly #pollSet: PollSet;
  readonly #batch = new ReceiveBatch(1, FRAME_BYTES_MAX);

  /** Opens the interface. @throws {Error} without CAP_NET_RAW, or without the interface. */
  constructor(interfaceName: string) {
    const found = inspectInterface(interfaceName);
    if (found === undefined) throw new Error(`There is no interface ${interfaceName}`);
    this.#fd = libc.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    libc.setSocketOption(this.#fd, PACKET_IGNORE_OUTGOING, encodeInt(1));
    libc.setSocketOption(this.#fd, SO_RCVBUF, encodeInt(QUEUE_BYTES));
    libc.bind(this.#fd, encodeLinkAddress(found.index, ETH_P_ALL));
    this.#pollSet = new PollSet(this.#fd);
  }

  /** Sends a frame as it is. */
  send(frame: Uint8Array): void {
    libc.send(this.#fd, new Uint8Array(frame), frame.length);
  }

  /** The next frame that waits already and that the test accepts. */
  poll(accept: (frame: Uint8Array) => boolean): Uint8Array | undefined {
    while (libc.receiveMessages(this.#fd, this.#batch.headers, 1) === 1) {
      const { bytes } = this.#batch.frame(0);
      this.#batch.prepare(1);
      if (accept(bytes)) return bytes.slice();
    }
    return undefined;
  }

  /**
   * Waits for a frame that the test accepts; others are thrown away.
   *
   * @throws {Error} when none came in time.
   */
  async receive(accept: (frame: Uint8Array) => boolean, timeoutMs = 5000): Promise<Uint8Array> {
    const untilMs = performance.now() + timeoutMs;
    for (let leftMs = timeoutMs; leftMs > 0; leftMs = untilMs - performance.now()) {
      const frame = this.poll(accept);
      if (frame !== undefined) return frame;
      await this.#pollSet.wait(Math.ceil(leftMs));
    }
    throw new Error(`No such frame came within ${timeoutMs} ms`);
  }

  [Symbol.dispose](): void {
    this.#pollSet.close();
  }
}
