/**
 * UDP datagrams in Ethernet frames: Ethernet II (RFC 894), IPv4 (RFC 791), UDP (RFC 768).
 *
 * ```
 * octet 0   destination MAC      14  version, IHL        22  TTL, protocol
 *       6   source MAC           15  TOS                 24  header checksum
 *       12  EtherType            16  total length        26  source address
 *                                18  identification      30  destination address
 *                                20  flags, offset       34  options (IHL > 5), then UDP
 * ```
 */

import { readUint16, readUint32, writeUint16, writeUint32 } from "./bytes.ts";
import { checksumOfSum, sumOfWords } from "./checksum.ts";
import { ETHERNET_HEADER_BYTES, ETHERTYPE_IPV4 } from "./ethernet.ts";
import type { FrameMemory } from "./frame_memory.ts";
import type { Ipv4Address } from "./ipv4_address.ts";
import { type MacAddress, macAddressFromBytes, writeMacAddress } from "./mac_address.ts";

const IPV4_HEADER_BYTES = 20;
const UDP_HEADER_BYTES = 8;
const PROTOCOL_UDP = 17;

// MF (0x2000) and the offset: a first fragment carries the ports and must be seen as one, too.
const FRAGMENT_MASK = 0x3fff;
const DONT_FRAGMENT = 0x4000;

/** Low delay (RFC 1349), as DHCP servers commonly send. */
const TOS_LOW_DELAY = 0x10;
const TTL = 64;

/** Addresses of a UDP datagram on all three layers. */
export interface UdpAddresses {
  readonly ethernetSource: MacAddress;
  readonly ethernetDestination: MacAddress;
  readonly sourceIp: Ipv4Address;
  readonly destinationIp: Ipv4Address;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** A UDP datagram. */
export interface UdpFrame extends UdpAddresses {
  /** For a decoded frame a view into it, not a copy. */
  readonly payload: Uint8Array;
}

/** Why a frame carries no datagram that can be read; fit for a metric label. */
export type FrameRejection =
  | "frameTooShort"
  | "notIpv4"
  | "badIpv4Header"
  | "badIpv4Length"
  | "notUdp"
  | "fragment"
  | "badUdpLength"
  | "badIpv4Checksum"
  | "badUdpChecksum";

/** A datagram, or the first reason against one. */
export type UdpFrameResult =
  | ({ readonly ok: true } & UdpFrame)
  | { readonly ok: false; readonly reason: FrameRejection };

/**
 * Reads a frame. Never throws; padding behind the IP packet is ignored.
 *
 * @param bytes The frame from its Ethernet header on.
 * @param checksumReady False when the sender's kernel left the UDP checksum to hardware that the
 * frame never passed: the field then holds a partial sum and is not looked at.
 */
export function decodeUdpFrame(bytes: Uint8Array, checksumReady: boolean): UdpFrameResult {
  const reason = rejectionOf(bytes, checksumReady);
  if (reason !== undefined) return { ok: false, reason };
  const udp = udpOffset(bytes);
  return {
    ok: true,
    ethernetSource: macAddressFromBytes(bytes, 6),
    ethernetDestination: macAddressFromBytes(bytes, 0),
    sourceIp: readUint32(bytes, 26) as Ipv4Address,
    destinationIp: readUint32(bytes, 30) as Ipv4Address,
    sourcePort: readUint16(bytes, udp),
    destinationPort: readUint16(bytes, udp + 2),
    payload: bytes.subarray(udp + UDP_HEADER_BYTES, udp + readUint16(bytes, udp + 4)),
  };
}

/** Where {@link encodeUdpHeaders} leaves room for the payload. */
export const UDP_PAYLOAD_OFFSET = ETHERNET_HEADER_BYTES + IPV4_HEADER_BYTES + UDP_HEADER_BYTES;

/**
 * Makes a frame with all headers (TTL 64, don't fragment) and a payload of zeros. Once the payload is
 * written in place, {@link sealUdpFrame} completes the frame.
 *
 * @param payloadBytes Up to 65507.
 * @param memory Where the frame is written; without it, the frame has memory of its own.
 * @throws {RangeError} when the payload is larger: a bug of the caller.
 */
export function encodeUdpHeaders(
  addresses: UdpAddresses,
  payloadBytes: number,
  memory?: FrameMemory,
): Uint8Array {
  const udpBytes = UDP_HEADER_BYTES + payloadBytes;
  const ipBytes = IPV4_HEADER_BYTES + udpBytes;
  if (ipBytes > 0xffff) {
    throw new RangeError(`Cannot encode a UDP payload of ${payloadBytes} octets`);
  }
  const frameBytes = ETHERNET_HEADER_BYTES + ipBytes;
  const bytes = memory?.take(frameBytes) ?? new Uint8Array(frameBytes);
  writeMacAddress(addresses.ethernetDestination, bytes, 0);
  writeMacAddress(addresses.ethernetSource, bytes, 6);
  writeUint16(bytes, 12, ETHERTYPE_IPV4);
  const ip = ETHERNET_HEADER_BYTES;
  const udp = ip + IPV4_HEADER_BYTES;
  bytes[ip] = 0x45;
  bytes[ip + 1] = TOS_LOW_DELAY;
  writeUint16(bytes, ip + 2, ipBytes);
  // Identification stays 0, which RFC 6864 section 4.1 allows for packets that cannot be fragmented.
  writeUint16(bytes, ip + 6, DONT_FRAGMENT);
  bytes[ip + 8] = TTL;
  bytes[ip + 9] = PROTOCOL_UDP;
  writeUint32(bytes, ip + 12, addresses.sourceIp);
  writeUint32(bytes, ip + 16, addresses.destinationIp);
  writeUint16(bytes, ip + 10, checksumOfSum(sumOfWords(bytes, ip, udp)));
  writeUint16(bytes, udp, addresses.sourcePort);
  writeUint16(bytes, udp + 2, addresses.destinationPort);
  writeUint16(bytes, udp + 4, udpBytes);
  return bytes;
}

/** Octets of a frame that are known to be zero; both offsets are even. */
export interface ZeroOctets {
  readonly start: number;
  readonly end: number;
}

/**
 * Writes the UDP checksum of a frame of {@link encodeUdpHeaders} whose payload is complete.
 *
 * @param zeros They add nothing to the sum, and to know that of two thirds of a frame halves the
 * time.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import { parseIpv4Address } from "./ipv4_address.ts";
 * import { BROADCAST_MAC as mac } from "./mac_address.ts";
 * const ip = parseIpv4Address("192.168.48.2")!;
 * const from = { ethernetSource: mac, sourceIp: ip, sourcePort: 67 };
 * const to = { ethernetDestination: mac, destinationIp: ip, destinationPort: 68 };
 * const frame = encodeUdpHeaders({ ...from, ...to }, 3);
 * frame.set([1, 2, 3], UDP_PAYLOAD_OFFSET);
 * sealUdpFrame(frame);
 * const decoded = decodeUdpFrame(frame, true);
 * deepEqual(decoded.ok && [...decoded.payload], [1, 2, 3]);
 * ```
 */
export function sealUdpFrame(frame: Uint8Array, zeros?: ZeroOctets): void {
  const udp = ETHERNET_HEADER_BYTES + IPV4_HEADER_BYTES;
  const { start, end } = zeros ?? { start: frame.length, end: frame.length };
  const sum = pseudoHeaderSum(frame, frame.length - udp) + sumOfWords(frame, udp, start) +
    sumOfWords(frame, end, frame.length);
  // 0 would say "no checksum" (RFC 768), so that sum goes out as its equal in one's complement.
  writeUint16(frame, udp + 6, checksumOfSum(sum) || 0xffff);
}

function rejectionOf(bytes: Uint8Array, checksumReady: boolean): FrameRejection | undefined {
  const ip = ETHERNET_HEADER_BYTES;
  if (bytes.length < ip + IPV4_HEADER_BYTES + UDP_HEADER_BYTES) return "frameTooShort";
  if (readUint16(bytes, 12) !== ETHERTYPE_IPV4) return "notIpv4";
  const headerBytes = (bytes[ip]! & 0x0f) * 4;
  if (bytes[ip]! >>> 4 !== 4 || headerBytes < IPV4_HEADER_BYTES) return "badIpv4Header";
  const ipBytes = readUint16(bytes, ip + 2);
  if (ipBytes < headerBytes || ip + ipBytes > bytes.length) return "badIpv4Length";
  if (bytes[ip + 9] !== PROTOCOL_UDP) return "notUdp";
  if ((readUint16(bytes, ip + 6) & FRAGMENT_MASK) !== 0) return "fragment";
  const udp = ip + headerBytes;
  const udpBytesMax = ipBytes - headerBytes;
  if (udpBytesMax < UDP_HEADER_BYTES) return "badUdpLength";
  const udpBytes = readUint16(bytes, udp + 4);
  if (udpBytes < UDP_HEADER_BYTES || udpBytes > udpBytesMax) return "badUdpLength";
  if (checksumOfSum(sumOfWords(bytes, ip, udp)) !== 0) return "badIpv4Checksum";
  const mustVerify = checksumReady && readUint16(bytes, udp + 6) !== 0;
  const isIntact = !mustVerify ||
    checksumOfSum(pseudoHeaderSum(bytes, udpBytes) + sumOfWords(bytes, udp, udp + udpBytes)) === 0;
  return isIntact ? undefined : "badUdpChecksum";
}

/** Offset of the UDP header in a frame whose IPv4 header was checked. */
function udpOffset(bytes: Uint8Array): number {
  return ETHERNET_HEADER_BYTES + (bytes[ETHERNET_HEADER_BYTES]! & 0x0f) * 4;
}

/** Sum over the pseudo-header of RFC 768. */
function pseudoHeaderSum(bytes: Uint8Array, udpBytes: number): number {
  const addresses = ETHERNET_HEADER_BYTES + 12;
  return sumOfWords(bytes, addresses, addresses + 8) + PROTOCOL_UDP + udpBytes;
}
