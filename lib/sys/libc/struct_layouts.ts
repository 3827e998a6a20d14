/**
 * Layouts of the C structures that the kernel reads and writes, as 64-bit little-endian Linux has
 * them. Offsets and sizes are octets.
 */

/** Octets of `IFNAMSIZ` without the final NUL: the longest interface name. */
export const INTERFACE_NAME_BYTES_MAX = 15;

/** Address families (socket(2)). */
export const AF_INET = 2;
export const AF_NETLINK = 16;
export const AF_PACKET = 17;

/** `struct sockaddr_ll` (packet(7)). */
export const SOCKADDR_LL = { bytes: 20, protocol: 2, interfaceIndex: 4, packetType: 10 } as const;

/** `struct sockaddr_in` (ip(7)). */
export const SOCKADDR_IN = { bytes: 16, port: 2, address: 4 } as const;

/** `struct epoll_event` (epoll_ctl(2)): packed on x86-64 alone. */
export const EPOLL_EVENT = Deno.build.arch === "x86_64"
  ? { bytes: 12, events: 0, data: 4 } as const
  : { bytes: 16, events: 0, data: 8 } as const;

/** `struct sockaddr_nl` (netlink(7)). */
export const SOCKADDR_NL = { bytes: 12, groups: 8 } as const;

/** `struct rlimit` (getrlimit(2)). */
export const RLIMIT = { bytes: 16, soft: 0, hard: 8 } as const;

/** `struct nlmsghdr` (netlink(7)). */
export const NLMSGHDR = { bytes: 16, length: 0, type: 4, flags: 6, sequence: 8 } as const;

/** `struct ifaddrmsg` (rtnetlink(7)). */
export const IFADDRMSG = { bytes: 8, family: 0, index: 4 } as const;

/** `struct rtattr` (rtnetlink(7)); its value follows it. */
export const RTATTR = { bytes: 4, length: 0, type: 2 } as const;

/** `struct ifreq` (netdevice(7)): a name and a union. */
export const IFREQ = { bytes: 40, value: 16, hardwareAddress: 18 } as const;

/** `struct iovec` (recvmsg(2)). */
export const IOVEC = { bytes: 16, base: 0, length: 8 } as const;

/** `struct mmsghdr` (sendmmsg(2)): a `struct msghdr` and the number of octets sent. */
export const MMSGHDR = { bytes: 64, iov: 16, iovLength: 24 } as const;

/** `struct timespec` (clock_gettime(2)). */
export const TIMESPEC = { bytes: 16, seconds: 0, nanoseconds: 8 } as const;

/** `struct sock_filter` (linux/filter.h): one instruction. */
export const SOCK_FILTER = { bytes: 8, jumpTrue: 2, jumpFalse: 3, operand: 4 } as const;

/** `struct sock_fprog` (linux/filter.h): a program. */
export const SOCK_FPROG = { bytes: 16, length: 0, filter: 8 } as const;

/** `struct tpacket_req` (linux/if_packet.h): the geometry of a ring. */
export const TPACKET_REQ = {
  bytes: 16,
  blockBytes: 0,
  blocks: 4,
  slotBytes: 8,
  slots: 12,
} as const;

/** `struct tpacket2_hdr` (linux/if_packet.h); a `struct sockaddr_ll` follows it. */
export const TPACKET2_HDR = {
  bytes: 32,
  length: 4,
  capturedLength: 8,
  macOffset: 12,
  seconds: 16,
  nanoseconds: 20,
} as const;

/** `struct tpacket_stats` (packet(7)). */
export const TPACKET_STATS = { bytes: 8, drops: 4 } as const;

/**
 * Zeroed memory and a view of it. Memory made as an `ArrayBuffer` never moves, so C may keep its
 * address.
 */
export function allocate(
  bytes: number,
): { readonly memory: Uint8Array<ArrayBuffer>; readonly view: DataView } {
  const buffer = new ArrayBuffer(bytes);
  return { memory: new Uint8Array(buffer), view: new DataView(buffer) };
}

/** The address of memory that came from {@link allocate}; the caller keeps a reference to it. */
export function addressOf(memory: Uint8Array<ArrayBuffer>): bigint {
  return Deno.UnsafePointer.value(Deno.UnsafePointer.of(memory));
}

/** A `struct timespec` in milliseconds. */
export function decodeTimespecMs(view: DataView): number {
  return view.getUint32(TIMESPEC.seconds, true) * 1000 +
    view.getUint32(TIMESPEC.nanoseconds, true) / 1e6;
}

/** A `struct sockaddr_ll` for bind: all frames of a protocol on one interface. */
export function encodeLinkAddress(
  interfaceIndex: number,
  protocol: number,
): Uint8Array<ArrayBuffer> {
  const { memory, view } = allocate(SOCKADDR_LL.bytes);
  view.setUint16(0, AF_PACKET, true);
  view.setUint16(SOCKADDR_LL.protocol, protocol);
  view.setInt32(SOCKADDR_LL.interfaceIndex, interfaceIndex, true);
  return memory;
}

/** A `struct sockaddr_nl` for bind: all messages of some groups, a bit each. */
export function encodeNetlinkAddress(groups: number): Uint8Array<ArrayBuffer> {
  const { memory, view } = allocate(SOCKADDR_NL.bytes);
  view.setUint16(0, AF_NETLINK, true);
  view.setUint32(SOCKADDR_NL.groups, groups, true);
  return memory;
}

/** A `struct sockaddr_in` for bind: a port of every address. */
export function encodeAnyAddress(port: number): Uint8Array<ArrayBuffer> {
  const { memory, view } = allocate(SOCKADDR_IN.bytes);
  view.setUint16(0, AF_INET, true);
  view.setUint16(SOCKADDR_IN.port, port);
  return memory;
}

/** A `struct ifreq` that names an interface. */
export function encodeInterfaceRequest(
  interfaceName: string,
): { readonly memory: Uint8Array<ArrayBuffer>; readonly view: DataView } {
  const request = allocate(IFREQ.bytes);
  request.memory.set(new TextEncoder().encode(interfaceName));
  return request;
}

/** An `int` option value. */
export function encodeInt(value: number): Uint8Array<ArrayBuffer> {
  const { memory, view } = allocate(4);
  view.setInt32(0, value, true);
  return memory;
}
