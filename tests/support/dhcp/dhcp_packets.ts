/**
 * One small DHCP network and the packets on it. Requests are written octet by octet, so that
 * tests can also send what no client should, and replies are read without the code under test.
 */

import { createLeaseTable, type LeaseTable } from "../../../lib/dhcpv4/lease.ts";
import type { PoolParameters } from "../../../lib/dhcpv4/pool.ts";
import {
  encodeUdpHeaders,
  sealUdpFrame,
  UDP_PAYLOAD_OFFSET,
  type UdpFrame,
} from "../../../lib/net/frame.ts";
import { parseCidr } from "../../../lib/net/cidr.ts";
import { type Ipv4Address, parseIpv4Address } from "../../../lib/net/ipv4_address.ts";
import { type MacAddress, parseMacAddress, writeMacAddress } from "../../../lib/net/mac_address.ts";

/** @throws {TypeError} when the text is not an address. */
export function ip(text: string): Ipv4Address {
  const address = parseIpv4Address(text);
  if (address === undefined) throw new TypeError(`Cannot use "${text}" as an IPv4 address`);
  return address;
}

/** @throws {TypeError} when the text is not an address. */
export function mac(text: string): MacAddress {
  const address = parseMacAddress(text);
  if (address === undefined) throw new TypeError(`Cannot use "${text}" as a MAC address`);
  return address;
}

/** The four octets of an address, as options carry it. */
export function octets(text: string): number[] {
  return text.split(".").map(Number);
}

export const SERVER_IP = "192.0.2.2";
export const SERVER_MAC = mac("02:00:00:00:00:02");
export const OTHER_SERVER_IP = "192.0.2.3";

/** Bound to 192.0.2.10; the client of the captured packets. */
export const M1 = mac("52:54:00:12:34:56");
/** Bound to 192.0.2.11. */
export const M2 = mac("52:54:00:12:34:57");
/** Bound to nothing. */
export const MX = mac("52:54:00:ff:ff:ff");

/** The parameters of the network's clients, with the given changes. */
export function poolParameters(changes: Partial<PoolParameters> = {}): PoolParameters {
  return {
    serverIp: ip(SERVER_IP),
    cidr: parseCidr("192.0.2.0/24")!,
    router: ip("192.0.2.1"),
    dns: [ip("192.0.2.53"), ip("192.0.2.54")],
    domainName: "example.com",
    domainSearch: ["example.com", "lab.example.com"],
    ntpServers: [ip("192.0.2.123")],
    leaseSeconds: 300,
    ...changes,
  };
}

/** The table of the network: M1 and M2. */
export function leaseTable(parameters = poolParameters(), paused = false): LeaseTable {
  const bindings = new Map([[M1, ip("192.0.2.10")], [M2, ip("192.0.2.11")]]);
  return createLeaseTable(parameters, bindings, paused);
}

/** An option as it stands on the wire: code, then value; the length is counted. */
export type WireOption = readonly [code: number, value: readonly number[]];

/** The content of a client's packet; absent fields are those of M1's first DISCOVER. */
export interface ClientPacket {
  /** Option 53; `undefined` for none. */
  readonly type?: number | undefined;
  readonly mac?: MacAddress;
  /** After option 53. */
  readonly options?: readonly WireOption[];
  readonly op?: number;
  readonly htype?: number;
  readonly hlen?: number;
  readonly hops?: number;
  readonly xid?: number;
  readonly secs?: number;
  readonly flags?: number;
  readonly ciaddr?: string;
  readonly siaddr?: string;
  readonly giaddr?: string;
  readonly sname?: readonly number[];
  readonly file?: readonly number[];
  /** After the options; END by default. */
  readonly tail?: readonly number[];
  /** The payload is padded to this size; 0 for no padding. */
  readonly padToBytes?: number;
  readonly ethernetSource?: MacAddress;
  readonly sourceIp?: string;
  readonly sourcePort?: number;
  readonly destinationIp?: string;
}

/** Codes of option 53. */
export const DISCOVER = 1;
export const REQUEST = 3;
export const DECLINE = 4;
export const RELEASE = 7;
export const INFORM = 8;

/** The UDP payload of the packet. */
export function clientPayload(packet: ClientPacket = {}): Uint8Array {
  const type = "type" in packet ? packet.type : DISCOVER;
  const header = new Uint8Array(240);
  const { op = 1, htype = 1, hlen = 6, hops = 0, xid = 0x3903f326, secs = 0, flags = 0 } = packet;
  header.set([op, htype, hlen, hops]);
  const view = new DataView(header.buffer);
  view.setUint32(4, xid);
  view.setUint16(8, secs);
  view.setUint16(10, flags);
  header.set(octets(packet.ciaddr ?? "0.0.0.0"), 12);
  header.set(octets(packet.siaddr ?? "0.0.0.0"), 20);
  header.set(octets(packet.giaddr ?? "0.0.0.0"), 24);
  writeMacAddress(packet.mac ?? M1, header, 28);
  header.set(packet.sname ?? [], 44);
  header.set(packet.file ?? [], 108);
  header.set([99, 130, 83, 99], 236);
  const typeOption: readonly WireOption[] = type === undefined ? [] : [[53, [type]]];
  const options = [...typeOption, ...(packet.options ?? [])]
    .flatMap(([code, value]) => [code, value.length, ...value]);
  const content = [...header, ...options, ...(packet.tail ?? [255])];
  const payload = new Uint8Array(Math.max(content.length, packet.padToBytes ?? 300));
  payload.set(content);
  return payload;
}

/** The packet in an Ethernet frame, broadcast from 0.0.0.0 unless told otherwise. */
export function clientFrame(packet: ClientPacket = {}, payload?: Uint8Array): Uint8Array {
  return udpFrame({
    ethernetSource: packet.ethernetSource ?? packet.mac ?? M1,
    ethernetDestination: packet.destinationIp === SERVER_IP ? SERVER_MAC : mac("ff:ff:ff:ff:ff:ff"),
    sourceIp: ip(packet.sourceIp ?? "0.0.0.0"),
    destinationIp: ip(packet.destinationIp ?? "255.255.255.255"),
    sourcePort: packet.sourcePort ?? 68,
    destinationPort: 67,
    payload: payload ?? clientPayload(packet),
  });
}

/** The datagram as a frame with complete checksums. */
export function udpFrame(datagram: UdpFrame): Uint8Array {
  const frame = encodeUdpHeaders(datagram, datagram.payload.length);
  frame.set(datagram.payload, UDP_PAYLOAD_OFFSET);
  sealUdpFrame(frame);
  return frame;
}
