/** Names of the error numbers that the socket calls of this folder give, and what to do about them. */

import { ErrnoError } from "../contract.ts";

// Numbers of asm-generic/errno.h, which x86-64 and arm64 share.
const NAMES: ReadonlyMap<number, string> = new Map([
  [1, "EPERM"],
  [4, "EINTR"],
  [6, "ENXIO"],
  [9, "EBADF"],
  [11, "EAGAIN"],
  [12, "ENOMEM"],
  [13, "EACCES"],
  [14, "EFAULT"],
  [19, "ENODEV"],
  [22, "EINVAL"],
  [23, "ENFILE"],
  [24, "EMFILE"],
  [28, "ENOSPC"],
  [36, "ENAMETOOLONG"],
  [38, "ENOSYS"],
  [90, "EMSGSIZE"],
  [92, "ENOPROTOOPT"],
  [93, "EPROTONOSUPPORT"],
  [97, "EAFNOSUPPORT"],
  [98, "EADDRINUSE"],
  [99, "EADDRNOTAVAIL"],
  [100, "ENETDOWN"],
  [101, "ENETUNREACH"],
  [105, "ENOBUFS"],
  [113, "EHOSTUNREACH"],
]);

/** Numbers that this program itself gives or tells apart. */
export const Errno = {
  EPERM: 1,
  EINTR: 4,
  EBADF: 9,
  EAGAIN: 11,
  ENODEV: 19,
  EMSGSIZE: 90,
  ENOPROTOOPT: 92,
} as const;

const CURES: Readonly<Record<string, string>> = {
  EPERM: "run as root or give the process the capability CAP_NET_RAW",
  EACCES: "run as root or give the process the capability CAP_NET_BIND_SERVICE",
  ENODEV: "there is no such interface in this network namespace",
  ENETDOWN: "the interface is down or gone; set it up with `ip link set <name> up`",
  EADDRINUSE: "another process holds the port on this interface",
  EMFILE: "the process may not open more files; raise its limit (ulimit -n)",
  EAFNOSUPPORT: "the kernel or its seccomp profile offers no packet sockets",
};

/** The error of a call with its number. */
export function errnoError(syscall: string, errno: number): ErrnoError {
  const code = NAMES.get(errno) ?? `errno ${errno}`;
  return new ErrnoError(syscall, errno, code, CURES[code]);
}

/** The error with what the failed call was about, such as `interface eth1`; others as they are. */
export function withSubject(error: unknown, subject: string): unknown {
  if (!(error instanceof ErrnoError)) return error;
  return errnoError(`${error.syscall} (${subject})`, error.errno);
}
