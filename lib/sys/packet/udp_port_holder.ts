/**
 * A UDP port that is held but not read.
 *
 * Where the kernel owns the server's address, it answers datagrams to a port that nobody holds
 * with ICMP port unreachable, and a client that renews its lease gives up with ECONNREFUSED. The
 * datagrams themselves are read through the packet socket; a filter drops them here.
 */

import type { Closable } from "../contract.ts";
import { withSubject } from "../libc/errno.ts";
import * as libc from "../libc/libc.ts";
import { DROP_FILTER, encodeFilter } from "./packet_filter.ts";
import { AF_INET, encodeAnyAddress } from "../libc/struct_layouts.ts";

/**
 * Holds a UDP port of all addresses of one interface.
 *
 * @throws {ErrnoError} EADDRINUSE when another process holds it, EACCES for ports below 1024
 * without CAP_NET_BIND_SERVICE.
 */
export function holdUdpPort(interfaceName: string, port: number): Closable {
  const subject = `UDP port ${port} of interface ${interfaceName}`;
  let fd: number | undefined;
  try {
    fd = libc.socket(AF_INET, libc.SOCK_DGRAM | libc.SOCK_CLOEXEC, 0);
    libc.setSocketOption(fd, libc.SO_ATTACH_FILTER, encodeFilter(DROP_FILTER));
    libc.setSocketOption(fd, libc.SO_BINDTODEVICE, new TextEncoder().encode(interfaceName));
    libc.bind(fd, encodeAnyAddress(port));
  } catch (error) {
    if (fd !== undefined) libc.close(fd);
    throw withSubject(error, subject);
  }
  return closeOnce(fd);
}

function closeOnce(fd: number): Closable {
  let closed = false;
  return {
    close() {
      if (!closed) libc.close(fd);
      closed = true;
    },
  };
}
