/** Damage to what carries a message: Ethernet, IPv4, UDP. */

import assert from "node:assert/strict";
import { BROADCAST_MAC } from "../../lib/net/mac_address.ts";
import { clientFrame, mac, SERVER_MAC } from "../support/dhcp/dhcp_packets.ts";
import { answerBytes } from "../support/dhcp/dhcp_requests.ts";
import { testHostile, withOctets } from "./hostile.ts";
import { repair } from "./mutations.ts";

const FRAME = clientFrame({ options: [[61, [1, 2, 3]], [55, [1, 3, 6]]] });

/** The frame with octets set and its IPv4 checksum right again, for headers of 20 octets. */
function checked(octets: Readonly<Record<number, number>>): Uint8Array {
  const frame = withOctets(FRAME, { ...octets, 24: 0, 25: 0 });
  let sum = 0;
  for (let i = 14; i < 34; i += 2) sum += (frame[i]! << 8) | frame[i + 1]!;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  frame[24] = (sum ^ 0xffff) >>> 8;
  frame[25] = (sum ^ 0xffff) & 255;
  return frame;
}

/** The frame with IPv4 options of so many words. */
function withIpOptions(words: number): Uint8Array {
  const frame = new Uint8Array(FRAME.length + words * 4);
  frame.set(FRAME.subarray(0, 34));
  frame.fill(1, 34, 34 + words * 4);
  frame.set(FRAME.subarray(34), 34 + words * 4);
  const ipBytes = frame.length - 14;
  frame.set([0x40 | (5 + words)], 14);
  frame.set([ipBytes >> 8, ipBytes & 255], 16);
  frame.set([0, 0], 24);
  let sum = 0;
  for (let i = 14; i < 34 + words * 4; i += 2) sum += (frame[i]! << 8) | frame[i + 1]!;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  frame.set([(sum ^ 0xffff) >>> 8, (sum ^ 0xffff) & 255], 24);
  return frame;
}

function udpLength(length: number): Uint8Array {
  return withOctets(FRAME, { 38: length >> 8, 39: length & 255 });
}

Deno.test("every truncation of a frame is dropped", () => {
  for (let length = 0; length < FRAME.length; length++) {
    const { outcome, replies } = answerBytes(FRAME.subarray(0, length));
    assert.deepEqual(replies, [], `${length} octets`);
    assert.equal(outcome, length < 42 ? "frameTooShort" : "badIpv4Length", `${length} octets`);
  }
});

testHostile([
  ["IPv4 length beyond the frame", [checked({ 16: 255 })], "badIpv4Length"],
  ["IPv4 length below its header", [checked({ 16: 0, 17: 19 })], "badIpv4Length"],
  ["IPv4 length without room for UDP", [checked({ 16: 0, 17: 27 })], "badUdpLength"],
  ["UDP length 0, 7, 65535, and beyond IPv4", [0, 7, 65535, 600].map(udpLength), "badUdpLength"],
  ["IPv4 header of 4 words", [withOctets(FRAME, { 14: 0x44 })], "badIpv4Header"],
  ["IP version 6", [withOctets(FRAME, { 14: 0x65 })], "badIpv4Header"],
  ["IPv4 header of 15 words in a short frame", [
    withOctets(FRAME.subarray(0, 60), { 14: 0x4f, 16: 0, 17: 46 }),
  ], "badIpv4Length"],
  ["IPv4 options", [1, 5, 10].map(withIpOptions), "offer"],
  ["first fragment", [checked({ 20: 0x20 })], "fragment"],
  ["later fragment", [checked({ 20: 0, 21: 1 }), checked({ 20: 0x1f, 21: 0xff })], "fragment"],
  ["wrong IPv4 checksum", [withOctets(FRAME, { 24: FRAME[24]! ^ 1 })], "badIpv4Checksum"],
  ["wrong UDP checksum", [withOctets(FRAME, { 40: FRAME[40]! ^ 1 })], "badUdpChecksum"],
  ["no UDP checksum", [withOctets(FRAME, { 40: 0, 41: 0 })], "offer"],
  [
    "ARP, IPv6, LLDP, VLAN tags",
    [[8, 6], [0x86, 0xdd], [0x88, 0xcc], [0x81, 0], [0x88, 0xa8]]
      .map(([high, low]) => withOctets(FRAME, { 12: high!, 13: low! })),
    "notIpv4",
  ],
  ["ICMP, TCP", [1, 6].map((protocol) => checked({ 23: protocol })), "notUdp"],
  ["the port of clients", [withOctets(FRAME, { 37: 68, 40: 0, 41: 0 })], "otherPort"],
  [
    "a jumbo frame",
    [9014, 65549].map((bytes) => clientFrame({ padToBytes: bytes - 42 })),
    "frameTooLong",
  ],
  [
    "Ethernet source of a group, of all, of this server",
    [
      mac("01:00:5e:00:00:01"),
      BROADCAST_MAC,
      SERVER_MAC,
    ].map((ethernetSource) => ({ ethernetSource })),
    "badEthernetSource",
  ],
  [
    "to a multicast group or another server",
    ["224.0.0.1", "192.0.2.3", "192.0.3.255"]
      .map((destinationIp) => ({ destinationIp })),
    "otherDestination",
  ],
  ["a message cut short in a frame that is right", [
    repair(withOctets(FRAME, { 40: 0, 41: 0 }).slice(0, 242)),
  ], "messageTooShort"],
]);
