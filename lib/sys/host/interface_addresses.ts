/** IPv4 addresses that the kernel owns on one interface, asked by rtnetlink(7). */

import type { Ipv4Address } from "../../net/ipv4_address.ts";
import { ErrnoError } from "../contract.ts";
import { errnoError } from "../libc/errno.ts";
import * as libc from "../libc/libc.ts";
import {
  AF_INET,
  AF_NETLINK,
  allocate,
  encodeInt,
  IFADDRMSG,
  NLMSGHDR,
  RTATTR,
} from "../libc/struct_layouts.ts";

const NETLINK_ROUTE = 0;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const RTM_NEWADDR = 20;
const RTM_GETADDR = 22;
/** NLM_F_REQUEST | NLM_F_ROOT | NLM_F_MATCH. */
const DUMP = 0x301;
const IFA_LOCAL = 2;
/** More than any message of a dump. */
const ANSWER_BYTES = 32_768;

/** A socket for questions about interfaces. */
export class QuerySocket {
  #fd: number | undefined;

  /** Its descriptor, opened when it is not open. @throws {ErrnoError} */
  get descriptor(): number {
    if (this.#fd !== undefined) return this.#fd;
    const fd = libc.socket(AF_NETLINK, libc.SOCK_RAW | libc.SOCK_CLOEXEC, NETLINK_ROUTE);
    try {
      // Then the kernel lists one interface only; before Linux 4.20 it lists all.
      libc.setSocketOption(fd, libc.NETLINK_GET_STRICT_CHK, encodeInt(1));
    } catch (error) {
      if (!(error instanceof ErrnoError)) throw error;
    }
    return this.#fd = fd;
  }

  /** Closes it, with answers that nobody waits for any more. */
  close(): void {
    if (this.#fd !== undefined) libc.close(this.#fd);
    this.#fd = undefined;
  }
}

const answer = allocate(ANSWER_BYTES);

/**
 * Asks for the addresses of an interface.
 *
 * @param fd Descriptor of a {@link QuerySocket}; close it when this fails.
 * @throws {ErrnoError}
 */
export function askIpv4Addresses(fd: number, interfaceIndex: number): readonly Ipv4Address[] {
  libc.send(fd, encodeQuestion(interfaceIndex));
  const addresses: Ipv4Address[] = [];
  for (;;) {
    const length = libc.receive(fd, answer.memory);
    if (length < 0) throw errnoError("recv", -length);
    if (readAnswer(answer.view, length, interfaceIndex, addresses)) return addresses;
  }
}

function encodeQuestion(interfaceIndex: number): Uint8Array<ArrayBuffer> {
  const { memory, view } = allocate(NLMSGHDR.bytes + IFADDRMSG.bytes);
  view.setUint32(NLMSGHDR.length, memory.length, true);
  view.setUint16(NLMSGHDR.type, RTM_GETADDR, true);
  view.setUint16(NLMSGHDR.flags, DUMP, true);
  view.setUint8(NLMSGHDR.bytes + IFADDRMSG.family, AF_INET);
  view.setUint32(NLMSGHDR.bytes + IFADDRMSG.index, interfaceIndex, true);
  return memory;
}

/** Collects the addresses of some messages. @returns Whether the last one is among them. */
function readAnswer(
  view: DataView,
  length: number,
  interfaceIndex: number,
  addresses: Ipv4Address[],
): boolean {
  for (let at = 0; at + NLMSGHDR.bytes <= length;) {
    const end = at + view.getUint32(at + NLMSGHDR.length, true);
    const type = view.getUint16(at + NLMSGHDR.type, true);
    const body = at + NLMSGHDR.bytes;
    if (end < body || end > length) break;
    if (type === NLMSG_DONE) return true;
    if (type === NLMSG_ERROR) throw errnoError("rtnetlink", -view.getInt32(body, true));
    if (type === RTM_NEWADDR && view.getUint32(body + IFADDRMSG.index, true) === interfaceIndex) {
      const address = localAddressIn(view, body + IFADDRMSG.bytes, end);
      if (address !== undefined) addresses.push(address);
    }
    at = aligned(end);
  }
  return false;
}

/** The address that is the kernel's own, which on a point-to-point link is not that of the peer. */
function localAddressIn(view: DataView, start: number, end: number): Ipv4Address | undefined {
  for (let at = start; at + RTATTR.bytes + 4 <= end;) {
    if (view.getUint16(at + RTATTR.type, true) === IFA_LOCAL) {
      return view.getUint32(at + RTATTR.bytes) as Ipv4Address;
    }
    const length = view.getUint16(at + RTATTR.length, true);
    if (length < RTATTR.bytes) return undefined;
    at = aligned(at + length);
  }
  return undefined;
}

function aligned(offset: number): number {
  return (offset + 3) & ~3;
}
