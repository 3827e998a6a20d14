/**
 * What the operating system offers to the loops above: ports to the wire and facts about
 * interfaces. `lib/agent` and `lib/controller` know these types only, never their implementations.
 */

import type { ReceivedFrame } from "../net/ethernet.ts";
import type { Ipv4Address } from "../net/ipv4_address.ts";
import type { MacAddress } from "../net/mac_address.ts";

/** A failed system call. */
export class ErrnoError extends Error {
  override readonly name = "ErrnoError";

  /**
   * @param syscall Name of the call with what it was about, such as `bind (interface eth1)`.
   * @param errno Number of the error, positive.
   * @param code Symbol of the error, such as `ENETDOWN`; `errno N` where it has no name here.
   * @param cure What the operator can do about it, appended to the message.
   */
  constructor(
    readonly syscall: string,
    readonly errno: number,
    readonly code: string,
    cure = "",
  ) {
    super(`${syscall} failed: ${code}${cure === "" ? "" : `: ${cure}`}`);
  }
}

/** Frames that the kernel did not take. */
export interface SendFailure {
  /** Symbol of the error, such as `ENOBUFS`. */
  readonly code: string;
  readonly frames: number;
}

/** Frames that came for this port and were not handed over. */
export interface LostFrames {
  /** Nobody drained the port in time. */
  readonly overrun: number;
  /** They were longer than any frame that a client of DHCP sends: 1,900 octets and more. */
  readonly tooLong: number;
}

/** A socket on one interface that carries whole Ethernet frames. */
export interface PacketPort {
  readonly interfaceName: string;
  readonly interfaceIndex: number;
  readonly macAddress: MacAddress;
  readonly mtuBytes: number;

  /**
   * Waits until frames can be drained. Other work of the event loop always gets its turn, even when
   * frames wait already. One wait at a time.
   *
   * @param timeoutMs Longest wait; without it there is no limit.
   * @returns Whether frames wait; false after the time-out, and at once when the port is closed.
   * @throws {ErrnoError} when the interface went down or away.
   */
  wait(timeoutMs?: number): Promise<boolean>;

  /** Whether a frame waits to be drained. */
  readonly hasFrame: boolean;

  /** Whether more frames wait than three quarters of what has room. */
  readonly isCrowded: boolean;

  /**
   * Hands waiting frames to the callback without blocking.
   *
   * @param framesMax Bound of one call, so that the event loop stays responsive.
   * @returns How many frames were handed over; none when the port is closed.
   */
  drain(framesMax: number, onFrame: (frame: ReceivedFrame) => void): number;

  /** Queues a frame to be sent, at the latest by {@link flush}. A closed port forgets it. */
  send(frame: Uint8Array): void;

  /**
   * Sends what is queued. Each frame is offered to the kernel once.
   *
   * @returns What the kernel did not take since the last call.
   */
  flush(): readonly SendFailure[];

  /** Frames that were lost since the last call. */
  takeLostFrames(): LostFrames;

  /**
   * What the kernel would stamp a frame with now: milliseconds since the epoch with a fraction. To
   * measure how long an answer takes, microseconds matter, which `Clock.nowMs` does not have.
   */
  stampMs(): number;

  /**
   * Closes the socket and ends a wait under way; calling again does nothing.
   *
   * @returns Resolves when the kernel has its memory back.
   */
  close(): Promise<void>;
}

/** Something that is held until it is closed. */
export interface Closable {
  /** Gives it back; calling again does nothing. */
  close(): void;
}

/** An interface as the kernel describes it. */
export interface NetworkInterface {
  readonly name: string;
  readonly index: number;
  readonly macAddress: MacAddress;
  readonly mtuBytes: number;
  /** Administratively up (IFF_UP). */
  readonly up: boolean;
  /** IPv4 addresses that the kernel itself owns on this interface. */
  readonly ipv4Addresses: readonly Ipv4Address[];
}

/** Access to the network interfaces of this host. */
export interface Network {
  /**
   * @returns The interface, or `undefined` when there is none of this name.
   * @throws {ErrnoError} when the kernel refuses to say.
   */
  inspect(interfaceName: string): NetworkInterface | undefined;

  /**
   * @returns A number that is another one each time when something about the interface may have changed
   * since the last call.
   */
  changes(interfaceIndex: number): number;

  /**
   * Makes sure that this process may open packet ports at all.
   *
   * @throws {ErrnoError} EPERM without CAP_NET_RAW.
   */
  requirePacketSockets(): void;

  /**
   * Opens a port that receives the DHCP requests and the ARP requests of one interface.
   *
   * @throws {ErrnoError} when the kernel refuses: EPERM without CAP_NET_RAW, ENODEV without the
   * interface.
   */
  openPacketPort(interfaceName: string): Promise<PacketPort>;

  /**
   * Opens a port as {@link openPacketPort} does, from what a port of before owns: this takes neither
   * a descriptor nor memory, nor time. Frames that wait there are kept.
   *
   * @param previous Is closed afterwards; when this fails, it stays as it is.
   * @throws {ErrnoError} as {@link openPacketPort} does.
   */
  reopenPacketPort(previous: PacketPort): PacketPort;

  /**
   * Keeps the kernel from answering datagrams to a UDP port with ICMP port unreachable, which it
   * does on interfaces whose address it owns. What arrives there is thrown away.
   *
   * @throws {ErrnoError} when the kernel refuses: EADDRINUSE when another process holds the port.
   */
  holdUdpPort(interfaceName: string, port: number): Closable;
}

/** Looks up host names outside the packet path. */
export interface NameResolver {
  /**
   * @param signal Ends the look-up early.
   * @returns The IPv4 addresses of the name; empty when it has none.
   * @throws {Error} when the look-up itself failed.
   */
  resolve(name: string, signal: AbortSignal): Promise<readonly Ipv4Address[]>;
}

/** A file that is replaced as a whole. */
export interface KeptFile {
  /**
   * @returns What is in it; `undefined` when there is no such file.
   * @throws {Error} when it cannot be read, or is larger than that. The message says what to do.
   */
  read(bytesMax: number): Promise<string | undefined>;

  /**
   * Replaces it: whatever happens meanwhile, the file is the one of before or the new one.
   *
   * @throws {Error} when it cannot be written. The message says what to do.
   */
  write(text: string): Promise<void>;

  /** @throws {Error} when it is there and cannot be removed. */
  remove(): Promise<void>;
}
