/** Names of the error numbers that system calls give, and what to do about them. */

import { constants } from "node:os";
import { ErrnoError } from "../contract.ts";

/** The numbers of this host by name. */
export const Errno = constants.errno;

/** The first name of each number: EAGAIN, not EWOULDBLOCK. */
const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(Errno).reverse().map(([name, errno]) => [errno, name]),
);

const CURES: Readonly<Record<string, string>> = {
  EPERM: "run as root or give the process the capability CAP_NET_RAW",
  EACCES: "run as root or give the process the capability CAP_NET_BIND_SERVICE",
  ENODEV: "there is no such interface in this network namespace",
  ENETDOWN: "the interface is down or gone; set it up with `ip link set <name> up`",
  EADDRINUSE: "another process holds the port on this interface",
  EMFILE: "the process may not open more files; raise its limit (ulimit -n)",
  ENFILE: "the host may not open more files; raise its limit (sysctl fs.file-max)",
  ENOMEM: "the kernel has no memory for it",
  EAFNOSUPPORT: "the kernel or its seccomp profile offers no packet sockets",
};

/** What passes by itself: the process, the kernel or the moment lacked something. */
const PASSING: readonly string[] = [
  ...["EMFILE", "ENFILE", "ENOMEM", "ENOBUFS"],
  ...["EINTR", "EAGAIN", "EBUSY"],
];

/** True for a failure that says nothing about what the call was about: the next may succeed. */
export function isPassing(error: unknown): boolean {
  return error instanceof ErrnoError && PASSING.includes(error.code);
}

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
