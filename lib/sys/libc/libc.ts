/**
 * Checked calls of the C library. It is opened at the first call, so importing this module needs
 * no right to load libraries. Only this module reads `errno`, and always in the same turn as the
 * call that set it.
 */

import { errnoError } from "./errno.ts";
import { LIBC_SYMBOLS } from "./libc_symbols.ts";
import { allocate, decodeTimespecMs, TIMESPEC } from "./struct_layouts.ts";

const LIBC = "libc.so.6";
const MSG_DONTWAIT = 0x40;
const SHUT_RDWR = 2;
const EFD_CLOEXEC = 0o2000000;
const EPOLL_CLOEXEC = 0o2000000;
const RLIMIT_NOFILE = 7;
const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 1;
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;
const CLOCK_REALTIME = 0;
const CLOCK_BOOTTIME = 7;

type Libc = Deno.DynamicLibrary<typeof LIBC_SYMBOLS>["symbols"];

/** A socket option: its level and its name. */
export interface SocketOption {
  readonly level: number;
  readonly name: number;
}

// Constants of socket(7) and packet(7), as x86-64 and arm64 Linux have them.
const SOL_SOCKET = 1;
const IPPROTO_TCP = 6;
const SOL_PACKET = 263;
const SOL_NETLINK = 270;

export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
/** Not inherited by programs that this process starts. */
export const SOCK_CLOEXEC = 0o2000000;

export const SO_ERROR: SocketOption = { level: SOL_SOCKET, name: 4 };
export const SO_SNDBUF: SocketOption = { level: SOL_SOCKET, name: 7 };
export const SO_BINDTODEVICE: SocketOption = { level: SOL_SOCKET, name: 25 };
export const SO_ATTACH_FILTER: SocketOption = { level: SOL_SOCKET, name: 26 };

export const TCP_NODELAY: SocketOption = { level: IPPROTO_TCP, name: 1 };

export const PACKET_STATISTICS: SocketOption = { level: SOL_PACKET, name: 6 };
export const PACKET_RX_RING: SocketOption = { level: SOL_PACKET, name: 5 };
export const PACKET_VERSION: SocketOption = { level: SOL_PACKET, name: 10 };
export const PACKET_IGNORE_OUTGOING: SocketOption = { level: SOL_PACKET, name: 23 };

export const NETLINK_GET_STRICT_CHK: SocketOption = { level: SOL_NETLINK, name: 12 };

const now = allocate(TIMESPEC.bytes);
let opened: Libc | undefined;

/**
 * Makes a socket.
 *
 * @returns Its file descriptor.
 * @throws {ErrnoError}
 */
export function socket(domain: number, type: number, protocol: number): number {
  return check("socket", libc().socket(domain, type, protocol));
}

/** Binds a socket. @throws {ErrnoError} */
export function bind(fd: number, address: Uint8Array<ArrayBuffer>): void {
  check("bind", libc().bind(fd, address, address.length));
}

/**
 * Reads the address of an end of a connection into `address`, which has its size.
 *
 * @returns 0, or the number of the error.
 */
export function socketAddress(
  end: "own" | "peer",
  fd: number,
  address: Uint8Array<ArrayBuffer>,
): number {
  const { getsockname, getpeername } = libc();
  const length = new Uint32Array([address.length]);
  const result = (end === "own" ? getsockname : getpeername)(fd, address, length);
  return result === -1 ? readErrno() : 0;
}

/** Ends both directions of a connection, if it is still there. */
export function shutDown(fd: number): void {
  libc().shutdown(fd, SHUT_RDWR);
}

/** Sets an option of a socket. @throws {ErrnoError} */
export function setSocketOption(
  fd: number,
  { level, name }: SocketOption,
  value: Uint8Array<ArrayBuffer>,
): void {
  check(`setsockopt ${level}/${name}`, libc().setsockopt(fd, level, name, value, value.length));
}

/**
 * Sets an option of a socket on another thread, for options that keep the kernel busy.
 *
 * @throws {ErrnoError}
 */
export async function setSocketOptionElsewhere(
  fd: number,
  option: SocketOption,
  value: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const { level, name } = option;
  const result = await libc().setsockopt_elsewhere(fd, level, name, value, value.length);
  // The errno of the other thread is out of reach; what fails there fails here.
  if (result === -1) setSocketOption(fd, option, value);
}

/** Reads an option of a socket into `value`, which has its size. @throws {ErrnoError} */
export function getSocketOption(
  fd: number,
  { level, name }: SocketOption,
  value: Uint8Array<ArrayBuffer>,
): void {
  const length = new Uint32Array([value.length]);
  check(`getsockopt ${level}/${name}`, libc().getsockopt(fd, level, name, value, length));
}

/** Asks a socket about the interface named in `ifreq`, which takes the answer. @throws {ErrnoError} */
export function ioctl(fd: number, request: number, ifreq: Uint8Array<ArrayBuffer>): void {
  check("ioctl", libc().ioctl(fd, BigInt(request), ifreq));
}

/** Makes a set of descriptors that {@link epollWait} waits for. @throws {ErrnoError} */
export function epollCreate(): number {
  return check("epoll_create1", libc().epoll_create1(EPOLL_CLOEXEC));
}

/** What is done with a descriptor of a set. */
export const EpollOperation = { add: 1, remove: 2, change: 3 } as const;

/**
 * Adds a descriptor to a set, changes what is waited for, or removes it; also while a wait is under
 * way.
 *
 * @param event A `struct epoll_event`.
 * @throws {ErrnoError}
 */
export function epollControl(
  epoll: number,
  operation: (typeof EpollOperation)[keyof typeof EpollOperation],
  fd: number,
  event: Uint8Array<ArrayBuffer>,
): void {
  check("epoll_ctl", libc().epoll_ctl(epoll, operation, fd, event));
}

/**
 * Waits without limit for events of a set, and without blocking the event loop. Failures are not
 * told apart: the call runs on another thread, whose errno is out of reach.
 *
 * @param events Array of `struct epoll_event`, not to be touched until it resolves.
 * @returns Number of events, -1 after a failure.
 */
export function epollWait(
  epoll: number,
  events: Uint8Array<ArrayBuffer>,
  count: number,
): Promise<number> {
  return libc().epoll_wait(epoll, events, count, -1);
}

/** Sends one message without waiting. @throws {ErrnoError} */
export function send(fd: number, message: Uint8Array<ArrayBuffer>): void {
  check("send", Number(libc().send(fd, message, BigInt(message.length), MSG_DONTWAIT)));
}

/**
 * Receives one message without waiting.
 *
 * @returns Its length, or the negative number of the error.
 */
export function receive(fd: number, memory: Uint8Array<ArrayBuffer>): number {
  const length = Number(libc().recv(fd, memory, BigInt(memory.length), MSG_DONTWAIT));
  return length === -1 ? -readErrno() : length;
}

/**
 * Sends messages in one call, without waiting.
 *
 * @param headers Array of `struct mmsghdr`.
 * @returns How many of them the kernel took, from the first on; when it refused the first, the
 * negative number of the error.
 */
export function sendMessages(fd: number, headers: Uint8Array<ArrayBuffer>, count: number): number {
  const sent = libc().sendmmsg(fd, headers, count, MSG_DONTWAIT);
  return sent === -1 ? -readErrno() : sent;
}

/** Where memory was mapped. */
export type MappedMemory = Deno.PointerObject;

/** Maps the memory that a descriptor stands for, to be read and written. @throws {ErrnoError} */
export function mapShared(fd: number, bytes: number): MappedMemory {
  const address = libc().mmap(null, BigInt(bytes), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0n);
  if (address === null || Deno.UnsafePointer.value(address) === MAP_FAILED) {
    throw errnoError("mmap", readErrno());
  }
  return address;
}

/** Mapped memory as a buffer, which must not be touched any more once it is unmapped. */
export function memoryAt(address: MappedMemory, bytes: number): ArrayBuffer {
  return new Deno.UnsafePointerView(address).getArrayBuffer(bytes);
}

/** Undoes {@link mapShared} on another thread, because the kernel may take its time. */
export async function unmap(address: MappedMemory, bytes: number): Promise<void> {
  await libc().munmap(address, BigInt(bytes));
}

/** Milliseconds since the epoch, with a fraction. */
export function realtimeMs(): number {
  return readClock(CLOCK_REALTIME);
}

/**
 * Milliseconds since the host was started, with a fraction; time goes on while it is suspended.
 *
 * @throws {Error} when the library cannot be loaded.
 */
export function bootTimeMs(): number {
  return readClock(CLOCK_BOOTTIME);
}

/** Makes an event counter that `poll` can wait for. @throws {ErrnoError} */
export function eventfd(): number {
  return check("eventfd", libc().eventfd(0, EFD_CLOEXEC));
}

/** Writes to a file descriptor. @throws {ErrnoError} */
export function write(fd: number, bytes: Uint8Array<ArrayBuffer>): void {
  check("write", Number(libc().write(fd, bytes, BigInt(bytes.length))));
}

/**
 * Reads the limits on open files of this process, or sets them.
 *
 * @param wanted A `struct rlimit` to set.
 * @param present Takes the `struct rlimit` of before.
 * @throws {ErrnoError}
 */
export function limitOpenFiles(
  wanted: Uint8Array<ArrayBuffer> | null,
  present: Uint8Array<ArrayBuffer> | null,
): void {
  check("prlimit", libc().prlimit(0, RLIMIT_NOFILE, wanted, present));
}

/** Gives to the system what the C library keeps of freed memory, in the heaps of all threads. */
export function trimHeaps(): void {
  libc().malloc_trim(0n);
}

/** Closes a file descriptor. Linux frees the number even when the call fails. */
export function close(fd: number): void {
  libc().close(fd);
}

function readClock(clock: number): number {
  check("clock_gettime", libc().clock_gettime(clock, now.memory));
  return decodeTimespecMs(now.view);
}

function libc(): Libc {
  if (opened !== undefined) return opened;
  try {
    opened = Deno.dlopen(LIBC, LIBC_SYMBOLS).symbols;
    return opened;
  } catch (cause) {
    throw new Error(
      `Cannot load ${LIBC}: packet sockets need Linux with the GNU C library, which images based ` +
        "on musl (such as Alpine) do not have; use one based on glibc",
      { cause },
    );
  }
}

function check(syscall: string, result: number): number {
  if (result !== -1) return result;
  throw errnoError(syscall, readErrno());
}

function readErrno(): number {
  const location = libc().__errno_location();
  if (location === null) throw new Error("__errno_location() gave no address");
  return new Deno.UnsafePointerView(location).getInt32();
}
