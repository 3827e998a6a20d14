/** Connections of this process that the runtime does not end by itself. */

import * as libc from "../libc/libc.ts";
import { Errno } from "../libc/errno.ts";
import { AF_INET, allocate, SOCKADDR_IN } from "../libc/struct_layouts.ts";

/** A connection over IPv4, by the addresses of its ends such as `127.0.0.1:8080`. */
export interface TcpConnection {
  readonly own: string;
  readonly peer: string;
}

/** As many numbers in a row stand for no file behind the last one. */
const GAP_MAX = 1024;

/**
 * Ends connections at once. The runtime goes on with the handshake of TLS, and with what is not sent,
 * after a connection is closed: it waits for a client that never reads or writes, and keeps its
 * descriptor. Never throws.
 */
export function endConnections(connections: readonly TcpConnection[]): void {
  const wanted = new Set(connections.map(({ own, peer }) => `${own} ${peer}`));
  try {
    for (let fd = 0, gap = 0; gap < GAP_MAX && wanted.size > 0; fd++) {
      const errno = libc.socketAddress("peer", fd, ADDRESS.memory);
      gap = errno === Errno.EBADF ? gap + 1 : 0;
      if (errno !== 0) continue;
      const peer = formatAddress();
      if (libc.socketAddress("own", fd, ADDRESS.memory) !== 0) continue;
      if (wanted.delete(`${formatAddress()} ${peer}`)) libc.shutDown(fd);
    }
  } catch {
    // Without the C library, they stay until their clients end them.
  }
}

const ADDRESS = allocate(SOCKADDR_IN.bytes);

function formatAddress(): string {
  const { memory, view } = ADDRESS;
  if (view.getUint16(0, true) !== AF_INET) return "";
  const octets = memory.subarray(SOCKADDR_IN.address, SOCKADDR_IN.address + 4);
  return `${octets.join(".")}:${view.getUint16(SOCKADDR_IN.port)}`;
}
