/**
 * Waiting for all sockets of this process, off the event loop: one epoll(7) set and one call on one
 * other thread, however many sockets there are. The runtime has a few dozen threads for such calls,
 * so a thread for each socket would leave the last ones waiting for the first.
 *
 * A socket is armed for one event at a time (EPOLLONESHOT). One that is not waited for, because its
 * frames are being answered, never ends the call. A socket can be armed and closed while the call is
 * under way.
 */

import { setImmediate } from "node:timers";
import * as libc from "../libc/libc.ts";
import { allocate, EPOLL_EVENT } from "../libc/struct_layouts.ts";

const EPOLLIN = 1;
const EPOLLERR = 8;
const EPOLLONESHOT = 0x4000_0000;
const EPOLLET = 0x8000_0000;

/** Events of one call. */
const EVENTS_MAX = 64;
/** Sockets that are woken before the event loop has its turn. */
const WOKEN_PER_TURN = 8;
/** Between calls that failed one after another. */
const FAILURE_PAUSE_MS = 50;

/** What `data` of an event says when it is not about a socket. */
const WAKE_UP = 0;

/** What epoll_wait(2) said of a socket. */
export interface Readiness {
  readonly readable: boolean;
  /** The socket has an error pending. */
  readonly failed: boolean;
}

const NOT_READY: Readiness = { readable: false, failed: false };

/** Everything else that waits for the event loop runs before this resolves. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The set. Its descriptors stay open for as long as the process runs. */
class SocketSet {
  readonly #sockets = new Map<number, WaitedSocket>();
  readonly #events = allocate(EVENTS_MAX * EPOLL_EVENT.bytes);
  readonly #event = allocate(EPOLL_EVENT.bytes);
  #epoll: number | undefined;
  #wakeUp: number | undefined;
  #lastId = WAKE_UP;
  #isWaiting = false;

  /** @throws {ErrnoError} when there are too many open files, or no memory. */
  add(fd: number, socket: WaitedSocket): number {
    const epoll = this.#open();
    const id = ++this.#lastId;
    libc.epollControl(epoll, libc.EpollOperation.add, fd, this.#eventOf(EPOLLONESHOT, id));
    this.#sockets.set(id, socket);
    if (!this.#isWaiting) void this.#waitAndWake();
    return id;
  }

  /** @throws {ErrnoError} */
  arm(fd: number, id: number): void {
    const event = this.#eventOf(EPOLLIN | EPOLLONESHOT, id);
    libc.epollControl(this.#epoll!, libc.EpollOperation.change, fd, event);
  }

  remove(fd: number, id: number): void {
    this.#sockets.delete(id);
    libc.epollControl(this.#epoll!, libc.EpollOperation.remove, fd, this.#event.memory);
    // Without sockets the call has to end: it would hold the process.
    if (this.#sockets.size === 0) {
      libc.write(this.#wakeUp!, new Uint8Array(new BigUint64Array([1n]).buffer));
    }
  }

  #open(): number {
    this.#epoll ??= libc.epollCreate();
    if (this.#wakeUp === undefined) {
      const wakeUp = libc.eventfd();
      // Edge-triggered, so that nobody has to read it.
      const event = this.#eventOf(EPOLLIN | EPOLLET, WAKE_UP);
      libc.epollControl(this.#epoll, libc.EpollOperation.add, wakeUp, event);
      this.#wakeUp = wakeUp;
    }
    return this.#epoll;
  }

  async #waitAndWake(): Promise<void> {
    this.#isWaiting = true;
    let failures = 0;
    while (this.#sockets.size > 0) {
      const events = await libc.epollWait(this.#epoll!, this.#events.memory, EVENTS_MAX);
      await this.#wake(events);
      // A signal may have interrupted the call once.
      failures = events < 0 ? failures + 1 : 0;
      if (failures > 1) await new Promise((resolve) => setTimeout(resolve, FAILURE_PAUSE_MS));
    }
    this.#isWaiting = false;
  }

  async #wake(events: number): Promise<void> {
    const { view } = this.#events;
    for (let event = 0; event < events; event++) {
      const at = event * EPOLL_EVENT.bytes;
      const id = view.getUint32(at + EPOLL_EVENT.data, true);
      this.#sockets.get(id)?.wake(view.getUint32(at + EPOLL_EVENT.events, true));
      if (event % WOKEN_PER_TURN === WOKEN_PER_TURN - 1) await nextTurn();
    }
    // Those that were woken have read their frames by the time of the next call.
    await nextTurn();
  }

  #eventOf(events: number, id: number): Uint8Array<ArrayBuffer> {
    this.#event.view.setUint32(EPOLL_EVENT.events, events >>> 0, true);
    this.#event.view.setUint32(EPOLL_EVENT.data, id, true);
    return this.#event.memory;
  }
}

const SOCKETS = new SocketSet();

/** A socket that can be waited for. */
export class WaitedSocket {
  readonly #fd: number;
  readonly #id: number;
  #isArmed = false;
  #closed = false;
  #resolve: ((readiness: Readiness) => void) | undefined;

  /**
   * @param fd Descriptor that {@link close} closes.
   * @throws {ErrnoError} when there are too many open files, or no memory.
   */
  constructor(fd: number) {
    this.#fd = fd;
    this.#id = SOCKETS.add(fd, this);
  }

  /**
   * Waits until the socket can be read, failed or is closed, or the time is over. One at a time.
   *
   * @param timeoutMs Longest wait; without it there is no limit.
   * @throws {ErrnoError} when the kernel has no memory.
   */
  async wait(timeoutMs?: number): Promise<Readiness> {
    if (this.#resolve !== undefined) throw new Error("The socket is being waited for already");
    if (this.#closed) return NOT_READY;
    if (!this.#isArmed) SOCKETS.arm(this.#fd, this.#id);
    this.#isArmed = true;
    const { promise, resolve } = Promise.withResolvers<Readiness>();
    this.#resolve = resolve;
    if (timeoutMs === undefined) return await promise;
    const timer = setTimeout(() => this.#end(NOT_READY), timeoutMs);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Takes what happened. It is asked for again at the next wait when nobody waits now. */
  wake(events: number): void {
    this.#isArmed = false;
    this.#end({ readable: (events & EPOLLIN) !== 0, failed: (events & EPOLLERR) !== 0 });
  }

  /** Ends a wait under way as a time-out does. */
  cancel(): void {
    this.#end(NOT_READY);
  }

  /** Closes the socket, ending a wait under way. Calling again does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    SOCKETS.remove(this.#fd, this.#id);
    libc.close(this.#fd);
    this.#end(NOT_READY);
  }

  #end(readiness: Readiness): void {
    this.#resolve?.(readiness);
    this.#resolve = undefined;
  }
}
