/** ARP for IPv4 over Ethernet (RFC 826), as far as owning one address needs it (RFC 5227). */

import { readUint16, readUint32, writeUint16, writeUint32 } from "./bytes.ts";
import {
  ETHERNET_HEADER_BYTES,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  writeEthernetHeader,
} from "./ethernet.ts";
import { type Ipv4Address, UNSPECIFIED_IPV4 } from "./ipv4_address.ts";
import {
  BROADCAST_MAC,
  isGroupMacAddress,
  type MacAddress,
  macAddressFromBytes,
  writeMacAddress,
} from "./mac_address.ts";

const ARP_FRAME_BYTES = ETHERNET_HEADER_BYTES + 28;
const HARDWARE_ETHERNET = 1;
const OPERATION_REQUEST = 1;
const OPERATION_REPLY = 2;

/** The fields of an ARP packet. */
export interface ArpPacket {
  readonly operation: "request" | "reply";
  readonly senderMac: MacAddress;
  readonly senderIp: Ipv4Address;
  readonly targetMac: MacAddress;
  readonly targetIp: Ipv4Address;
}

/** Why a frame carries no ARP packet that can be read; fit for a metric label. */
export type ArpRejection = "frameTooShort" | "notArp" | "notIpv4OverEthernet" | "badOperation";

/** A packet, or the first reason against one. */
export type ArpResult =
  | { readonly ok: true; readonly packet: ArpPacket }
  | { readonly ok: false; readonly reason: ArpRejection };

/** The address that this host owns, and on which interface address. */
export interface ArpIdentity {
  readonly serverIp: Ipv4Address;
  readonly macAddress: MacAddress;
}

/** Reads an Ethernet frame with an ARP packet. Never throws; padding is ignored. */
export function decodeArpFrame(bytes: Uint8Array): ArpResult {
  if (bytes.length < ETHERNET_HEADER_BYTES) return { ok: false, reason: "frameTooShort" };
  if (readUint16(bytes, 12) !== ETHERTYPE_ARP) return { ok: false, reason: "notArp" };
  if (bytes.length < ARP_FRAME_BYTES) return { ok: false, reason: "frameTooShort" };
  const isIpv4OverEthernet = readUint16(bytes, 14) === HARDWARE_ETHERNET &&
    readUint16(bytes, 16) === ETHERTYPE_IPV4 && bytes[18] === 6 && bytes[19] === 4;
  if (!isIpv4OverEthernet) return { ok: false, reason: "notIpv4OverEthernet" };
  const operation = readUint16(bytes, 20);
  if (operation !== OPERATION_REQUEST && operation !== OPERATION_REPLY) {
    return { ok: false, reason: "badOperation" };
  }
  return {
    ok: true,
    packet: {
      operation: operation === OPERATION_REQUEST ? "request" : "reply",
      senderMac: macAddressFromBytes(bytes, 22),
      senderIp: readUint32(bytes, 28) as Ipv4Address,
      targetMac: macAddressFromBytes(bytes, 32),
      targetIp: readUint32(bytes, 38) as Ipv4Address,
    },
  };
}

/**
 * Answers a request for the server's address, address probes (RFC 5227 section 2.1.1, sender
 * 0.0.0.0) included.
 *
 * @returns The frame to send, or `undefined` for everything else. A host that announces the same
 * address gets no answer either: replicas of one server announce it to move the segment to
 * themselves, and answering would move it back.
 *
 * @example
 * ```ts
 * import { ok } from "node:assert/strict";
 * import { parseIpv4Address } from "./ipv4_address.ts";
 * import { BROADCAST_MAC, parseMacAddress } from "./mac_address.ts";
 * const [serverIp, clientIp] = ["192.168.48.2", "192.168.48.77"].map((ip) => parseIpv4Address(ip)!);
 * const [macAddress, clientMac] = [1, 2].map((i) => parseMacAddress(`52:54:00:aa:00:0${i}`)!);
 * const sender = { senderMac: clientMac, senderIp: clientIp };
 * const target = { targetMac: BROADCAST_MAC, targetIp: serverIp };
 * const request = encodeArpFrame({ operation: "request", ...sender, ...target }, BROADCAST_MAC);
 * ok(answerArpFrame(request, { serverIp, macAddress }));
 * ```
 */
export function answerArpFrame(bytes: Uint8Array, identity: ArpIdentity): Uint8Array | undefined {
  const decoded = decodeArpFrame(bytes);
  if (!decoded.ok) return undefined;
  const { operation, senderMac, senderIp, targetIp } = decoded.packet;
  if (operation !== "request" || targetIp !== identity.serverIp) return undefined;
  if (senderMac === identity.macAddress || senderIp === identity.serverIp) return undefined;
  // Nobody can own such an address, and a reply to it would be a broadcast.
  if (senderMac === 0 || isGroupMacAddress(senderMac)) return undefined;
  return encodeArpFrame(
    {
      operation: "reply",
      senderMac: identity.macAddress,
      senderIp: identity.serverIp,
      targetMac: senderMac,
      targetIp: senderIp,
    },
    senderMac,
  );
}

/**
 * Announces the server's address to the segment (RFC 5227 section 2.3): a broadcast request for
 * it, from it, so that neighbours and bridges learn where it lives.
 *
 * @example
 * ```ts
 * import { ok } from "node:assert/strict";
 * import { parseIpv4Address } from "./ipv4_address.ts";
 * import { parseMacAddress } from "./mac_address.ts";
 * const serverIp = parseIpv4Address("192.168.48.2")!;
 * const frame = encodeGratuitousArp({ serverIp, macAddress: parseMacAddress("52:54:00:aa:00:01")! });
 * const decoded = decodeArpFrame(frame);
 * ok(decoded.ok && decoded.packet.operation === "request" && decoded.packet.senderIp === serverIp);
 * ```
 */
export function encodeGratuitousArp(identity: ArpIdentity): Uint8Array {
  return encodeArpFrame(
    {
      operation: "request",
      senderMac: identity.macAddress,
      senderIp: identity.serverIp,
      targetMac: 0 as MacAddress,
      targetIp: identity.serverIp,
    },
    BROADCAST_MAC,
  );
}

/**
 * Announces the server's address for another host that has it, too. The frame comes from this host, so that
 * bridges do not look for the other one here.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import { parseIpv4Address } from "./ipv4_address.ts";
 * import { macAddressFromBytes, parseMacAddress } from "./mac_address.ts";
 * const serverIp = parseIpv4Address("192.168.48.2")!;
 * const [macAddress, other] = [1, 2].map((i) => parseMacAddress(`52:54:00:aa:00:0${i}`)!);
 * const frame = encodeArpHandover({ serverIp, macAddress: macAddress! }, other!);
 * const decoded = decodeArpFrame(frame);
 * deepEqual([decoded.ok && decoded.packet.senderMac, macAddressFromBytes(frame, 6)], [
 *   other,
 *   macAddress,
 * ]);
 * ```
 */
export function encodeArpHandover(identity: ArpIdentity, other: MacAddress): Uint8Array {
  const bytes = encodeGratuitousArp({ ...identity, macAddress: other });
  writeMacAddress(identity.macAddress, bytes, 6);
  return bytes;
}

/**
 * Asks who else has the server's address: a probe (RFC 5227 section 2.1.1), which has no sender's address
 * and so changes no neighbour's table.
 *
 * @param to One host, or the broadcast address for all.
 *
 * @example
 * ```ts
 * import { ok } from "node:assert/strict";
 * import { parseIpv4Address } from "./ipv4_address.ts";
 * import { BROADCAST_MAC, parseMacAddress } from "./mac_address.ts";
 * const [one, other] = [1, 2].map((i) => parseMacAddress(`52:54:00:aa:00:0${i}`)!);
 * const serverIp = parseIpv4Address("192.168.48.2")!;
 * const probe = encodeArpProbe({ serverIp, macAddress: one! }, BROADCAST_MAC);
 * const answer = answerArpFrame(probe, { serverIp, macAddress: other! })!;
 * const decoded = decodeArpFrame(answer);
 * ok(decoded.ok && decoded.packet.senderMac === other && decoded.packet.targetIp === 0);
 * ```
 */
export function encodeArpProbe(identity: ArpIdentity, to: MacAddress): Uint8Array {
  return encodeArpFrame(
    {
      operation: "request",
      senderMac: identity.macAddress,
      senderIp: UNSPECIFIED_IPV4,
      targetMac: 0 as MacAddress,
      targetIp: identity.serverIp,
    },
    to,
  );
}

/** Writes a packet from its sender to the given Ethernet destination. */
export function encodeArpFrame(packet: ArpPacket, ethernetDestination: MacAddress): Uint8Array {
  const bytes = new Uint8Array(ARP_FRAME_BYTES);
  writeEthernetHeader(bytes, {
    ethernetDestination,
    ethernetSource: packet.senderMac,
    etherType: ETHERTYPE_ARP,
  });
  writeUint16(bytes, 14, HARDWARE_ETHERNET);
  writeUint16(bytes, 16, ETHERTYPE_IPV4);
  bytes[18] = 6;
  bytes[19] = 4;
  writeUint16(bytes, 20, packet.operation === "request" ? OPERATION_REQUEST : OPERATION_REPLY);
  writeMacAddress(packet.senderMac, bytes, 22);
  writeUint32(bytes, 28, packet.senderIp);
  writeMacAddress(packet.targetMac, bytes, 32);
  writeUint32(bytes, 38, packet.targetIp);
  return bytes;
}
