/** Socket constants of socket(7) and packet(7), as x86-64 and arm64 Linux have them. */

import type { SocketOption } from "./libc.ts";

const SOL_SOCKET = 1;
const SOL_PACKET = 263;

export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
/** Not inherited by programs that this process starts. */
export const SOCK_CLOEXEC = 0o2000000;

export const SO_ERROR: SocketOption = { level: SOL_SOCKET, name: 4 };
export const SO_BINDTODEVICE: SocketOption = { level: SOL_SOCKET, name: 25 };
export const SO_ATTACH_FILTER: SocketOption = { level: SOL_SOCKET, name: 26 };

export const PACKET_STATISTICS: SocketOption = { level: SOL_PACKET, name: 6 };
export const PACKET_RX_RING: SocketOption = { level: SOL_PACKET, name: 5 };
export const PACKET_VERSION: SocketOption = { level: SOL_PACKET, name: 10 };
export const PACKET_IGNORE_OUTGOING: SocketOption = { level: SOL_PACKET, name: 23 };
