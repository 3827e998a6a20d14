/**
 * Whether anything about the interfaces of this network namespace may have changed. The kernel tells by
 * rtnetlink(7); what it tells is not read, so nothing is missed when its messages are lost.
 */

import { Errno } from "../libc/errno.ts";
import * as libc from "../libc/libc.ts";
import { AF_NETLINK, allocate, encodeNetlinkAddress } from "../libc/struct_layouts.ts";

const NETLINK_ROUTE = 0;
/** RTMGRP_LINK and RTMGRP_IPV4_IFADDR. */
const GROUPS = 0x1 | 0x10;
/** The rest of a message is cut off. */
const MESSAGE_BYTES = 16;

/** Counts what the kernel tells. */
export class InterfaceChanges {
  readonly #message = allocate(MESSAGE_BYTES);
  #fd: number | undefined;
  #count = 0;

  /** A number that is another one each time when something may have changed. Never throws. */
  count(): number {
    const fd = this.#open();
    if (fd === undefined) return ++this.#count;
    for (;;) {
      const length = libc.receive(fd, this.#message.memory);
      if (length === -Errno.EAGAIN) return this.#count;
      // ENOBUFS says that messages were lost.
      this.#count++;
    }
  }

  /** @returns `undefined` while it cannot be opened. */
  #open(): number | undefined {
    if (this.#fd !== undefined) return this.#fd;
    let fd: number | undefined;
    try {
      fd = libc.socket(AF_NETLINK, libc.SOCK_RAW | libc.SOCK_CLOEXEC, NETLINK_ROUTE);
      libc.bind(fd, encodeNetlinkAddress(GROUPS));
      this.#fd = fd;
      // What happened before this moment was not told.
      this.#count++;
      return fd;
    } catch {
      if (fd !== undefined) libc.close(fd);
      return undefined;
    }
  }
}
