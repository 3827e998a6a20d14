import assert from "node:assert/strict";
import { ip, M1, mac, SERVER_IP, SERVER_MAC } from "../../tests/support/dhcp/dhcp_packets.ts";
import { hexOf } from "../../tests/support/dhcp/dhcp_replies.ts";
import {
  answerArpFrame,
  type ArpPacket,
  decodeArpFrame,
  encodeArpFrame,
  encodeGratuitousArp,
} from "./arp.ts";
import { BROADCAST_MAC, type MacAddress } from "./mac_address.ts";

const IDENTITY = { serverIp: ip(SERVER_IP), macAddress: SERVER_MAC };

const REQUEST: ArpPacket = {
  operation: "request",
  senderMac: M1,
  senderIp: ip("192.0.2.10"),
  targetMac: 0 as MacAddress,
  targetIp: ip(SERVER_IP),
};

function requestWith(changes: Partial<ArpPacket>): Uint8Array {
  return encodeArpFrame({ ...REQUEST, ...changes }, BROADCAST_MAC);
}

function withOctets(octets: Readonly<Record<number, number>>): Uint8Array {
  const bytes = requestWith({});
  for (const [offset, octet] of Object.entries(octets)) bytes[Number(offset)] = octet;
  return bytes;
}

Deno.test("answerArpFrame() answers a request for the server to its sender", () => {
  const reply = answerArpFrame(requestWith({}), IDENTITY);
  const want = "525400123456 020000000002 0806 0001 0800 06 04 0002" +
    "020000000002 c0000202 525400123456 c000020a";
  assert.equal(hexOf(reply!), want.replaceAll(" ", ""));
});

Deno.test("answerArpFrame() answers an address probe, whose sender is 0.0.0.0", () => {
  const reply = answerArpFrame(requestWith({ senderIp: ip("0.0.0.0") }), IDENTITY);
  const decoded = decodeArpFrame(reply!);
  assert.ok(decoded.ok);
  assert.deepEqual(decoded.packet, {
    operation: "reply",
    senderMac: SERVER_MAC,
    senderIp: ip(SERVER_IP),
    targetMac: M1,
    targetIp: ip("0.0.0.0"),
  });
});

Deno.test("answerArpFrame() ignores Ethernet padding", () => {
  const padded = new Uint8Array(60);
  padded.set(requestWith({}));
  assert.deepEqual(answerArpFrame(padded, IDENTITY), answerArpFrame(requestWith({}), IDENTITY));
});

Deno.test("answerArpFrame() stays silent on everything else", () => {
  const cases: readonly (readonly [name: string, bytes: Uint8Array])[] = [
    ["another address", requestWith({ targetIp: ip("192.0.2.3") })],
    ["a reply", requestWith({ operation: "reply" })],
    ["our own request", requestWith({ senderMac: SERVER_MAC })],
    ["an announcement of our address by a replica", requestWith({ senderIp: ip(SERVER_IP) })],
    ["a sender that is a group", requestWith({ senderMac: mac("01:00:5e:00:00:01") })],
    ["the broadcast address as sender", requestWith({ senderMac: BROADCAST_MAC })],
    ["no sender", requestWith({ senderMac: 0 as MacAddress })],
    ["our own announcement", encodeGratuitousArp(IDENTITY)],
    ["a malformed frame", requestWith({}).subarray(0, 41)],
  ];
  for (const [name, bytes] of cases) {
    assert.equal(answerArpFrame(bytes, IDENTITY), undefined, name);
  }
});

Deno.test("encodeGratuitousArp() broadcasts a request from and for the server's address", () => {
  const want = "ffffffffffff 020000000002 0806 0001 0800 06 04 0001" +
    "020000000002 c0000202 000000000000 c0000202";
  assert.equal(hexOf(encodeGratuitousArp(IDENTITY)), want.replaceAll(" ", ""));
});

Deno.test("decodeArpFrame() reads what encodeArpFrame() wrote", () => {
  const decoded = decodeArpFrame(requestWith({ targetMac: SERVER_MAC }));
  assert.deepEqual(decoded, { ok: true, packet: { ...REQUEST, targetMac: SERVER_MAC } });
});

Deno.test("decodeArpFrame() names the reason against a malformed frame", () => {
  const cases: readonly (readonly [name: string, bytes: Uint8Array, want: string])[] = [
    ["empty", new Uint8Array(), "frameTooShort"],
    ["an octet short", requestWith({}).subarray(0, 41), "frameTooShort"],
    ["EtherType IPv4", withOctets({ 13: 0x00 }), "notArp"],
    ["hardware type 6", withOctets({ 15: 6 }), "notIpv4OverEthernet"],
    ["protocol type IPv6", withOctets({ 16: 0x86, 17: 0xdd }), "notIpv4OverEthernet"],
    ["hardware length 8", withOctets({ 18: 8 }), "notIpv4OverEthernet"],
    ["protocol length 16", withOctets({ 19: 16 }), "notIpv4OverEthernet"],
    ["operation 0", withOctets({ 21: 0 }), "badOperation"],
    ["operation 3, reverse ARP", withOctets({ 21: 3 }), "badOperation"],
    ["operation 257", withOctets({ 20: 1 }), "badOperation"],
  ];
  for (const [name, bytes, want] of cases) {
    assert.deepEqual(decodeArpFrame(bytes), { ok: false, reason: want }, name);
  }
});
