/**
 * Memory for frames to send, laid out once for sendmmsg(2) and used again for every batch: one
 * system call sends them all, and nothing is allocated per frame.
 */

import type { SendFailure } from "../contract.ts";
import { Errno, errnoError } from "../libc/errno.ts";
import * as libc from "../libc/libc.ts";
import { addressOf, allocate, IOVEC, MMSGHDR } from "../libc/struct_layouts.ts";

const NO_FAILURES: readonly SendFailure[] = [];

/** Frames that wait to be sent on one socket. */
export class SendBatch {
  readonly #fd: number;
  readonly #capacity: number;
  readonly #frameBytesMax: number;
  readonly #headers: Uint8Array<ArrayBuffer>;
  readonly #iovecs: DataView;
  readonly #frames: Uint8Array<ArrayBuffer>;
  #queued = 0;
  #failures = new Map<string, number>();

  /** @param capacity Frames of one system call. */
  constructor(fd: number, capacity: number, frameBytesMax: number) {
    this.#fd = fd;
    this.#capacity = capacity;
    this.#frameBytesMax = frameBytesMax;
    const headers = allocate(capacity * MMSGHDR.bytes);
    const iovecs = allocate(capacity * IOVEC.bytes);
    const frames = allocate(capacity * frameBytesMax);
    for (let slot = 0; slot < capacity; slot++) {
      const header = slot * MMSGHDR.bytes;
      const iovec = slot * IOVEC.bytes;
      const iovecAddress = addressOf(iovecs.memory) + BigInt(iovec);
      const frameAddress = addressOf(frames.memory) + BigInt(slot * frameBytesMax);
      headers.view.setBigUint64(header + MMSGHDR.iov, iovecAddress, true);
      headers.view.setUint32(header + MMSGHDR.iovLength, 1, true);
      iovecs.view.setBigUint64(iovec + IOVEC.base, frameAddress, true);
    }
    this.#headers = headers.memory;
    this.#iovecs = iovecs.view;
    this.#frames = frames.memory;
  }

  /** Copies a frame into the batch, which is sent when it is full. */
  queue(frame: Uint8Array): void {
    if (frame.length > this.#frameBytesMax) return this.#fail(Errno.EMSGSIZE, 1);
    this.#frames.set(frame, this.#queued * this.#frameBytesMax);
    this.#iovecs.setUint32(this.#queued * IOVEC.bytes + IOVEC.length, frame.length, true);
    if (++this.#queued === this.#capacity) this.#send();
  }

  /** Sends what is queued. @returns What the kernel did not take since the last call. */
  flush(): readonly SendFailure[] {
    if (this.#queued > 0) this.#send();
    if (this.#failures.size === 0) return NO_FAILURES;
    const failures = [...this.#failures].map(([code, frames]) => ({ code, frames }));
    this.#failures.clear();
    return failures;
  }

  /**
   * Offers each frame once: one that is refused is passed over, as its client asks again, so a full
   * queue of the interface costs at most as many calls as there are frames.
   */
  #send(): void {
    let first = 0;
    while (first < this.#queued) {
      const headers = first === 0 ? this.#headers : this.#headers.subarray(first * MMSGHDR.bytes);
      const sent = libc.sendMessages(this.#fd, headers, this.#queued - first);
      if (sent > 0) first += sent;
      else if (sent !== -Errno.EINTR) {
        this.#fail(-sent, 1);
        first++;
      }
    }
    this.#queued = 0;
  }

  #fail(errno: number, frames: number): void {
    const { code } = errnoError("sendmmsg", errno);
    this.#failures.set(code, (this.#failures.get(code) ?? 0) + frames);
  }
}
