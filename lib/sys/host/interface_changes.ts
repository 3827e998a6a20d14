/**
 * Whether anything about an interface of this network namespace may have changed. The kernel tells by
 * rtnetlink(7); all that is read is which interface a message is about, so nothing is missed when
 * messages are lost: then everything may have changed.
 */

import { Errno } from "../libc/errno.ts";
import * as libc from "../libc/libc.ts";
import {
  AF_NETLINK,
  allocate,
  encodeNetlinkAddress,
  IFADDRMSG,
  NLMSGHDR,
} from "../libc/struct_layouts.ts";

const NETLINK_ROUTE = 0;
/** RTMGRP_LINK and RTMGRP_IPV4_IFADDR. */
const GROUPS = 0x1 | 0x10;
/** The rest of a message is cut off. */
const MESSAGE_BYTES = NLMSGHDR.bytes + IFADDRMSG.bytes;
/** `ifi_index` of a link stands where `ifa_index` of an address does. */
const INDEX = NLMSGHDR.bytes + IFADDRMSG.index;
/** Interfaces that are told apart; those of containers come and go all the time. */
const INTERFACES_MAX = 4096;

/** Counts what the kernel tells. */
export class InterfaceChanges {
  readonly #message = allocate(MESSAGE_BYTES);
  /** The number of the last message about each interface. */
  readonly #last = new Map<number, number>();
  #messages = 0;
  /** The last message that was about all interfaces, or may have been. */
  #lastOfAll = 0;
  #fd: number | undefined;

  /** A number that is another one each time when the interface may have changed. Never throws. */
  lastOf(interfaceIndex: number): number {
    const fd = this.#open();
    if (fd === undefined) return ++this.#messages;
    for (;;) {
      const length = libc.receive(fd, this.#message.memory);
      if (length === -Errno.EAGAIN) break;
      this.#note(length);
    }
    return Math.max(this.#lastOfAll, this.#last.get(interfaceIndex) ?? 0);
  }

  #note(length: number): void {
    const isAboutOne = length === MESSAGE_BYTES && this.#last.size < INTERFACES_MAX;
    const message = ++this.#messages;
    if (isAboutOne) {
      this.#last.set(this.#message.view.getUint32(INDEX, true), message);
    } else {
      // ENOBUFS says that messages were lost.
      this.#last.clear();
      this.#lastOfAll = message;
    }
  }

  /** @returns `undefined` while it cannot be opened. */
  #open(): number | undefined {
    if (this.#fd !== undefined) return this.#fd;
    let fd: number | undefined;
    try {
      fd = libc.socket(AF_NETLINK, libc.SOCK_RAW | libc.SOCK_CLOEXEC, NETLINK_ROUTE);
      libc.bind(fd, encodeNetlinkAddress(GROUPS));
      // What happened before this moment was not told.
      this.#lastOfAll = ++this.#messages;
      return this.#fd = fd;
    } catch {
      if (fd !== undefined) libc.close(fd);
      return undefined;
    }
  }
}
