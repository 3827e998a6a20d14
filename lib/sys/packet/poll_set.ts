/**
 * Waiting for one socket, off the event loop and so that it can be closed meanwhile.
 *
 * poll(2) runs on another thread with the numbers of the descriptors. Closing one of them there
 * would neither end the call nor be safe: the number may already belong to somebody else. So an
 * eventfd(2) is waited for as well; closing signals it, and the descriptors are closed when no
 * call uses them any more.
 */

import * as libc from "../libc/libc.ts";
import { allocate, POLLFD } from "../libc/struct_layouts.ts";

const POLLIN = 1;
const POLLERR = 8;

/** What poll(2) said of the socket. */
export interface Readiness {
  readonly readable: boolean;
  /** The socket has an error pending. */
  readonly failed: boolean;
}

/** A socket and the means to end the wait for it. */
export class PollSet {
  readonly #socket: number;
  readonly #wakeUp: number;
  readonly #pollfds = allocate(2 * POLLFD.bytes);
  #pending: Promise<number> | undefined;

  /**
   * @param socket Descriptor that the set closes from now on.
   * @throws {ErrnoError} when there are too many open files.
   */
  constructor(socket: number) {
    this.#socket = socket;
    this.#wakeUp = libc.eventfd();
    [socket, this.#wakeUp].forEach((fd, index) => {
      this.#pollfds.view.setInt32(index * POLLFD.bytes, fd, true);
      this.#pollfds.view.setInt16(index * POLLFD.bytes + POLLFD.events, POLLIN, true);
    });
  }

  /**
   * Waits until the socket can be read, failed or is closed, or the time is over. One at a time.
   *
   * @param timeoutMs Longest wait.
   */
  async wait(timeoutMs: number): Promise<Readiness> {
    if (this.#pending !== undefined) throw new Error("The socket is being waited for already");
    this.#pending = libc.poll(this.#pollfds.memory, 2, timeoutMs);
    const events = await this.#pending;
    this.#pending = undefined;
    // A failed call leaves the results of the one before.
    const revents = events > 0 ? this.#pollfds.view.getInt16(POLLFD.revents, true) : 0;
    return { readable: (revents & POLLIN) !== 0, failed: (revents & POLLERR) !== 0 };
  }

  /** Closes the socket, ending a wait under way. Call it once. */
  close(): void {
    if (this.#pending === undefined) return this.#closeAll();
    libc.write(this.#wakeUp, new Uint8Array(new BigUint64Array([1n]).buffer));
    this.#pending.finally(() => this.#closeAll());
  }

  #closeAll(): void {
    libc.close(this.#socket);
    libc.close(this.#wakeUp);
  }
}
