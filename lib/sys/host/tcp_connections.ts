/** What TCP connections of this process need, and the runtime cannot do. */

import { ErrnoError } from "../contract.ts";
import * as libc from "../libc/libc.ts";
import { Errno } from "../libc/errno.ts";
import {
  AF_INET,
  allocate,
  INTERFACE_NAME_BYTES_MAX,
  SOCKADDR_IN,
} from "../libc/struct_layouts.ts";

/** A connection over IPv4, by the addresses of its ends such as `127.0.0.1:8080`. */
export interface TcpConnection {
  readonly own: string;
  readonly peer: string;
}

const INT_BYTES = 4;
/** As much as Linux allows without further settings; it takes twice of it, and up to 4 MB by itself. */
const SEND_BYTES = 208 * 1024;
/** As many numbers in a row stand for no file behind the last one. */
const GAP_MAX = 1024;

/**
 * Ends connections at once. The runtime goes on with the handshake of TLS, and with what is not sent,
 * after a connection is closed: it waits for a client that never reads or writes, and keeps its
 * descriptor. Never throws.
 */
export function endConnections(connections: readonly TcpConnection[]): void {
  const wanted = new Set(connections.map(({ own, peer }) => `${own} ${peer}`));
  whereThereIsLibc(() =>
    eachSocket((fd) => {
      const [own, peer] = [addressOf("own", fd), addressOf("peer", fd)];
      if (wanted.delete(`${own} ${peer}`)) libc.shutDown(fd);
      return wanted.size > 0;
    })
  );
}

/**
 * Has the connections that a listener accepts from now on send at once (TCP_NODELAY), and keep little of
 * what their clients do not read in the kernel, which would take megabytes for each. The runtime does
 * neither for connections with TLS, and then the end of a long answer waits for 40 ms. Never throws.
 *
 * @param own Address of the listener.
 */
export function prepareListener(own: string): void {
  whereThereIsLibc(() => {
    const fd = listenerAt(own);
    if (fd === undefined) return;
    // Connections inherit them from the socket that accepts them.
    libc.setSocketOption(fd, libc.TCP_NODELAY, intOf(1));
    libc.setSocketOption(fd, libc.SO_SNDBUF, intOf(SEND_BYTES));
  });
}

/**
 * Has a listener take only what comes in by the interface that owns its address (SO_BINDTODEVICE). Without
 * that, Linux takes connections to any of its addresses by each of its interfaces.
 *
 * @param own Address of the listener.
 * @throws {Error} when this cannot be done; the listener may be reached by all interfaces then.
 */
export function bindToOwnInterface(own: string): void {
  const owner = ownerOf(own);
  if (owner === undefined) {
    throw new Error(`no interface of this host has the address ${hostOf(own)}`);
  }
  const fd = listenerAt(own);
  if (fd === undefined) throw new Error(`the socket that listens on ${own} is not found`);
  libc.setSocketOption(fd, libc.SO_BINDTODEVICE, new TextEncoder().encode(owner));
}

/**
 * Whether nothing reaches a listener after {@link bindToOwnInterface}, because another interface owns its
 * address by now, or the one that it is bound to is gone: one that is made anew under the same name is
 * another one to Linux. Never throws.
 *
 * @param own Address of the listener.
 */
export function hasLostItsInterface(own: string): boolean {
  try {
    const fd = listenerAt(own);
    if (fd === undefined) return false;
    const owner = ownerOf(own);
    return owner === undefined ? boundTo(fd) === undefined : boundTo(fd) !== owner;
  } catch {
    // Nothing can be looked at now: the next look may see it.
    return false;
  }
}

/** Name of the interface that a socket is bound to; `undefined` when that is gone. */
function boundTo(fd: number): string | undefined {
  const name = new Uint8Array(INTERFACE_NAME_BYTES_MAX + 1);
  try {
    libc.getSocketOption(fd, libc.SO_BINDTODEVICE, name);
  } catch (error) {
    if (error instanceof ErrnoError && error.errno === Errno.ENODEV) return undefined;
    throw error;
  }
  return new TextDecoder().decode(name.subarray(0, name.indexOf(0)));
}

/** Name of the interface that has the address of a listener. */
function ownerOf(own: string): string | undefined {
  const hostname = hostOf(own);
  const label = Deno.networkInterfaces().find(({ address }) => address === hostname)?.name;
  // An address with a label goes by that, such as `eth0:1` (ip-address(8)); no interface has a colon.
  return label?.split(":")[0];
}

function hostOf(own: string): string {
  return own.slice(0, own.lastIndexOf(":"));
}

/** The descriptor of the socket that listens at an address. */
function listenerAt(own: string): number | undefined {
  let found: number | undefined;
  eachSocket((fd) => {
    if (addressOf("own", fd) === own && addressOf("peer", fd) === undefined) found = fd;
    return found === undefined;
  });
  return found;
}

/** Visits the sockets of this process, until `visit` returns false. */
function eachSocket(visit: (fd: number) => boolean): void {
  for (let fd = 0, gap = 0; gap < GAP_MAX; fd++) {
    const errno = libc.socketAddress("own", fd, ADDRESS.memory);
    gap = errno === Errno.EBADF ? gap + 1 : 0;
    if (errno === 0 && !visit(fd)) return;
  }
}

/** Does what can be left undone: without the C library, the runtime does what it does. */
function whereThereIsLibc(work: () => void): void {
  try {
    work();
  } catch {
    // The connections are as the runtime makes them.
  }
}

function intOf(value: number): Uint8Array<ArrayBuffer> {
  const { memory, view } = allocate(INT_BYTES);
  view.setInt32(0, value, true);
  return memory;
}

const ADDRESS = allocate(SOCKADDR_IN.bytes);

/** The address of an end, over IPv4. */
function addressOf(end: "own" | "peer", fd: number): string | undefined {
  const { memory, view } = ADDRESS;
  if (libc.socketAddress(end, fd, memory) !== 0) return undefined;
  if (view.getUint16(0, true) !== AF_INET) return undefined;
  const octets = memory.subarray(SOCKADDR_IN.address, SOCKADDR_IN.address + 4);
  return `${octets.join(".")}:${view.getUint16(SOCKADDR_IN.port)}`;
}
