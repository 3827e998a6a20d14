/** ICMP echo (RFC 792), as far as answering `ping` to one address needs it. */

import { readUint16, readUint32, writeUint16, writeUint32 } from "./bytes.ts";
import { checksumOfSum, sumOfWords } from "./checksum.ts";
import { type Cidr, isHostOf } from "./cidr.ts";
import { ETHERNET_HEADER_BYTES, ETHERTYPE_IPV4, writeEthernetHeader } from "./ethernet.ts";
import type { Ipv4Address } from "./ipv4_address.ts";
import { isGroupMacAddress, type MacAddress, macAddressFromBytes } from "./mac_address.ts";

const IP = ETHERNET_HEADER_BYTES;
const IPV4_HEADER_BYTES = 20;
const ECHO_HEADER_BYTES = 8;
const PROTOCOL_ICMP = 1;
const ECHO_REPLY = 0;
const ECHO_REQUEST = 8;
// MF and the offset: only whole datagrams are answered.
const FRAGMENT_MASK = 0x3fff;
const TTL = 64;

/** The address that is pinged, and its segment. */
export interface EchoIdentity {
  readonly serverIp: Ipv4Address;
  readonly macAddress: MacAddress;
  /** Pings from elsewhere get no answer: the only known way back is the one that they came. */
  readonly cidr: Cidr;
}

/**
 * Whether a frame carries ICMP, by its first octets.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * const bytes = new Uint8Array(60);
 * bytes.set([0x08, 0x00], 12);
 * bytes[23] = 1;
 * equal(isIcmpFrame(bytes), true);
 * ```
 */
export function isIcmpFrame(bytes: Uint8Array): boolean {
  return bytes.length >= IP + IPV4_HEADER_BYTES && readUint16(bytes, 12) === ETHERTYPE_IPV4 &&
    bytes[IP + 9] === PROTOCOL_ICMP;
}

/**
 * Answers an echo request to the server's address from a host of its segment. Never throws.
 *
 * @returns The frame to send, of the size of the request without its IP options, or `undefined` for
 * everything else: broadcasts, fragments, wrong checksums, other messages.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * import { parseCidr } from "./cidr.ts";
 * import { parseIpv4Address } from "./ipv4_address.ts";
 * import { parseMacAddress } from "./mac_address.ts";
 * const cidr = parseCidr("192.168.48.0/24")!;
 * const serverIp = parseIpv4Address("192.168.48.77")!;
 * const macAddress = parseMacAddress("52:54:00:aa:00:01")!;
 * equal(answerEchoRequest(new Uint8Array(60), { serverIp, macAddress, cidr }), undefined);
 * ```
 */
export function answerEchoRequest(
  bytes: Uint8Array,
  { serverIp, macAddress, cidr }: EchoIdentity,
): Uint8Array | undefined {
  if (!isIcmpFrame(bytes) || macAddressFromBytes(bytes, 0) !== macAddress) return undefined;
  const echo = echoRequestIn(bytes);
  if (echo === undefined || readUint32(bytes, IP + 16) !== serverIp) return undefined;
  const pinger = readUint32(bytes, IP + 12) as Ipv4Address;
  const pingerMac = macAddressFromBytes(bytes, 6);
  if (!isHostOf(cidr, pinger) || pinger === serverIp) return undefined;
  if (pingerMac === 0 || isGroupMacAddress(pingerMac)) return undefined;
  return encodeEchoReply(echo, { from: serverIp, to: pinger, macAddress, pingerMac });
}

/** The ICMP message of a frame, if it is a whole echo request with right checksums. */
function echoRequestIn(bytes: Uint8Array): Uint8Array | undefined {
  const headerBytes = (bytes[IP]! & 0x0f) * 4;
  const ipBytes = readUint16(bytes, IP + 2);
  const isWhole = bytes[IP]! >>> 4 === 4 && headerBytes >= IPV4_HEADER_BYTES &&
    ipBytes >= headerBytes + ECHO_HEADER_BYTES && IP + ipBytes <= bytes.length &&
    (readUint16(bytes, IP + 6) & FRAGMENT_MASK) === 0;
  if (!isWhole) return undefined;
  const icmp = IP + headerBytes;
  const end = IP + ipBytes;
  if (bytes[icmp] !== ECHO_REQUEST || bytes[icmp + 1] !== 0) return undefined;
  const isIntact = checksumOfSum(sumOfWords(bytes, IP, icmp)) === 0 &&
    checksumOfSum(sumOfWords(bytes, icmp, end)) === 0;
  return isIntact ? bytes.subarray(icmp, end) : undefined;
}

function encodeEchoReply(
  echo: Uint8Array,
  { from, to, macAddress, pingerMac }: {
    readonly from: Ipv4Address;
    readonly to: Ipv4Address;
    readonly macAddress: MacAddress;
    readonly pingerMac: MacAddress;
  },
): Uint8Array {
  const icmp = IP + IPV4_HEADER_BYTES;
  const reply = new Uint8Array(icmp + echo.length);
  writeEthernetHeader(reply, {
    ethernetDestination: pingerMac,
    ethernetSource: macAddress,
    etherType: ETHERTYPE_IPV4,
  });
  reply[IP] = 0x45;
  writeUint16(reply, IP + 2, reply.length - IP);
  reply[IP + 8] = TTL;
  reply[IP + 9] = PROTOCOL_ICMP;
  writeUint32(reply, IP + 12, from);
  writeUint32(reply, IP + 16, to);
  writeUint16(reply, IP + 10, checksumOfSum(sumOfWords(reply, IP, icmp)));
  // Identifier, sequence number and data come back as they were.
  reply.set(echo, icmp);
  reply[icmp] = ECHO_REPLY;
  writeUint16(reply, icmp + 2, 0);
  writeUint16(reply, icmp + 2, checksumOfSum(sumOfWords(reply, icmp, reply.length)));
  return reply;
}
