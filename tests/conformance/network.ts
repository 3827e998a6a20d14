/**
 * The network of the scenarios: 192.0.2.0/24 with this server at .2, another one at .3, the router
 * at .1 and a relay agent at .7. M1 is bound to .10 and M2 to .11; MX is not bound. Packets are
 * put together from the words below and go through the whole engine, frame in, frames out.
 */

import assert from "node:assert/strict";
import type { PoolParameters } from "../../lib/dhcpv4/pool.ts";
import { formatMacAddress, type MacAddress } from "../../lib/net/mac_address.ts";
import {
  type ClientPacket,
  DECLINE,
  DISCOVER,
  INFORM,
  ip,
  leaseTable,
  M1,
  octets,
  OTHER_SERVER_IP,
  poolParameters,
  RELEASE,
  REQUEST,
  SERVER_IP,
  type WireOption,
} from "../support/dhcp/dhcp_packets.ts";
import { optionOf, readReply, type Reply } from "../support/dhcp/dhcp_replies.ts";
import { answer } from "../support/dhcp/dhcp_requests.ts";

/** Differences from the pool of the network. */
export type Pool = Partial<PoolParameters>;

/** Message types of replies. */
export type ReplyType = "OFFER" | "ACK" | "NAK";

const REPLY_TYPES: Readonly<Record<number, ReplyType>> = { 2: "OFFER", 5: "ACK", 6: "NAK" };

/** Option 54: this server, or another. */
export const THIS_SERVER: WireOption = [54, octets(SERVER_IP)];
export const OTHER_SERVER: WireOption = [54, octets(OTHER_SERVER_IP)];

/** Option 50. */
export function requested(address: string): WireOption {
  return [50, octets(address)];
}

/** Option 55. */
export function asksFor(...codes: number[]): WireOption {
  return [55, codes];
}

/** Option 57. */
export function takes(octetCount: number): WireOption {
  return [57, [octetCount >> 8, octetCount & 255]];
}

/** An option that holds text. */
export function text(code: number, value: string): WireOption {
  return [code, [...new TextEncoder().encode(value)]];
}

/** A first message, broadcast from 0.0.0.0, of M1 where nothing else is said. */
export function discover(options: readonly WireOption[] = [], fields: ClientPacket = {}) {
  return { type: DISCOVER, options, ...fields };
}

/** A REQUEST broadcast from 0.0.0.0: what it is depends on its options. */
export function request(options: readonly WireOption[], fields: ClientPacket = {}): ClientPacket {
  return { type: REQUEST, options, ...fields };
}

/** A REQUEST that a client unicasts from the address it has. */
export function renew(ciaddr: string, fields: ClientPacket = {}): ClientPacket {
  return { type: REQUEST, ciaddr, sourceIp: ciaddr, destinationIp: SERVER_IP, ...fields };
}

/** A REQUEST that a client broadcasts from the address it has. */
export function rebind(ciaddr: string, fields: ClientPacket = {}): ClientPacket {
  return { ...renew(ciaddr), destinationIp: "255.255.255.255", ...fields };
}

/** A DECLINE, broadcast from 0.0.0.0. */
export function decline(options: readonly WireOption[], fields: ClientPacket = {}): ClientPacket {
  return { type: DECLINE, options, ...fields };
}

/** A RELEASE, unicast from the address that is given back. */
export function release(ciaddr: string, fields: ClientPacket = {}): ClientPacket {
  return { ...renew(ciaddr), type: RELEASE, options: [THIS_SERVER], ...fields };
}

/** An INFORM, unicast to this server from the address that the client has. */
export function inform(sourceIp: string, fields: ClientPacket = {}): ClientPacket {
  return { type: INFORM, sourceIp, destinationIp: SERVER_IP, ...fields };
}

export const RELAY_IP = "192.0.2.7";

/** The packet as the relay agent passes it on. */
export function relayed(packet: ClientPacket, fields: ClientPacket = {}): ClientPacket {
  return {
    ...packet,
    giaddr: RELAY_IP,
    hops: 1,
    sourceIp: RELAY_IP,
    sourcePort: 67,
    destinationIp: SERVER_IP,
    ethernetSource: RELAY_MAC,
    ...fields,
  };
}

export const RELAY_MAC = 0x020000000007 as MacAddress;
export const WITH_RELAY: Pool = { relays: [ip(RELAY_IP)] };

/** Everybody on the link, at the port of clients. */
export const EVERYBODY = "255.255.255.255:68 at ff:ff:ff:ff:ff:ff";

/** One host, at the port of clients. */
export function host(address: string, mac: MacAddress = M1): string {
  return `${address}:68 at ${formatMacAddress(mac)}`;
}

/** The relay agent. */
export const RELAY = `${RELAY_IP}:67 at ${formatMacAddress(RELAY_MAC)}`;

/** What is expected of a reply. */
export interface Expected {
  readonly type: ReplyType;
  /** 0.0.0.0 where nothing is said. */
  readonly yiaddr?: string;
  readonly ciaddr?: string;
  /** `address:port at MAC`. */
  readonly to: string;
}

/**
 * Sends the packet and checks each reply against what is expected, and against what holds for all
 * replies to it.
 */
export function assertReplies(
  packet: ClientPacket,
  expected: readonly Expected[],
  pool: Pool = {},
): readonly Reply[] {
  const replies = send(packet, pool);
  const got = replies.map((reply): Expected => ({
    type: typeOf(reply),
    yiaddr: reply.yiaddr,
    ciaddr: reply.ciaddr,
    to: `${reply.destination} at ${reply.ethernetDestination}`,
  }));
  assert.deepEqual(got, expected.map((one) => ({ yiaddr: "0.0.0.0", ciaddr: "0.0.0.0", ...one })));
  for (const reply of replies) assertStandard(reply, packet);
  return replies;
}

/** Sends the packet and checks that exactly one reply of the type comes. */
export function assertReply(packet: ClientPacket, type: ReplyType, pool: Pool = {}): Reply {
  const replies = send(packet, pool);
  assert.deepEqual(replies.map(typeOf), [type]);
  assertStandard(replies[0]!, packet);
  return replies[0]!;
}

/** Sends the packet and checks that nothing comes. */
export function assertSilence(packet: ClientPacket, pool: Pool = {}): void {
  assert.deepEqual(send(packet, pool).map(typeOf), []);
}

/** Codes of the options of a reply, in order. */
export function codesOf(reply: Reply): readonly number[] {
  return reply.options.map(([code]) => code);
}

/** An option of four octets as a number. */
export function secondsOf(reply: Reply, code: number): number {
  return optionOf(reply, code)!.reduce((sum, octet) => sum * 256 + octet, 0);
}

function send(packet: ClientPacket, pool: Pool): readonly Reply[] {
  const table = leaseTable(poolParameters(pool));
  return answer(packet, { table }).replies.map(readReply);
}

function typeOf(reply: Reply): ReplyType {
  return REPLY_TYPES[optionOf(reply, 53)![0]!]!;
}

function assertStandard(reply: Reply, packet: ClientPacket): void {
  const { op, htype, hlen, hops, secs, xid, chaddr, giaddr } = reply;
  const mac = formatMacAddress(packet.mac ?? M1).replaceAll(":", "");
  assert.deepEqual({ op, htype, hlen, hops, secs, xid, chaddr, giaddr }, {
    op: 2,
    htype: 1,
    hlen: 6,
    hops: 0,
    secs: 0,
    xid: packet.xid ?? 0x3903f326,
    chaddr: mac.padEnd(32, "0"),
    giaddr: packet.giaddr ?? "0.0.0.0",
  });
  assert.equal(reply.source, `${SERVER_IP}:67`);
  assert.equal(reply.options[0]![0], 53, "option 53 is the first");
  assert.notEqual(optionOf(reply, 54), undefined, "option 54 is there");
}
