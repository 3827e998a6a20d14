import assert from "node:assert/strict";
import {
  clientFrame,
  clientPayload,
  ip,
  M1,
  mac,
  udpFrame,
} from "../../tests/support/dhcp/dhcp_packets.ts";
import { hexOf } from "../../tests/support/dhcp/dhcp_replies.ts";
import { readHexPackets } from "../../tests/support/dhcp/hex_packets.ts";
import { decodeUdpFrame } from "./frame.ts";

/** A valid frame with some octets replaced and, if told to, the header checksum made right again. */
function frameWith(
  octets: Readonly<Record<number, number>>,
  fix: "fixIpChecksum" | "asIs" = "fixIpChecksum",
): Uint8Array {
  const bytes = clientFrame();
  for (const [offset, octet] of Object.entries(octets)) bytes[Number(offset)] = octet;
  if (fix === "fixIpChecksum") {
    let sum = 0;
    for (let i = 14; i < 34; i += 2) sum += i === 24 ? 0 : bytes[i]! * 256 + bytes[i + 1]!;
    const folded = ((sum & 0xffff) + (sum >>> 16)) ^ 0xffff;
    bytes[24] = folded >>> 8;
    bytes[25] = folded & 255;
  }
  return bytes;
}

function reasonOf(bytes: Uint8Array, checksumReady = true): string {
  const result = decodeUdpFrame(bytes, checksumReady);
  return result.ok ? "ok" : result.reason;
}

Deno.test("encodeUdpHeaders() and sealUdpFrame() write TTL 64, don't fragment, id 0, low delay and both checksums", () => {
  const bytes = udpFrame({
    ethernetSource: mac("02:00:00:00:00:02"),
    ethernetDestination: M1,
    sourceIp: ip("192.0.2.2"),
    destinationIp: ip("192.0.2.10"),
    sourcePort: 67,
    destinationPort: 68,
    payload: Uint8Array.of(1, 2, 3),
  });
  const want = "525400123456 020000000002 0800" + // Ethernet
    "4510 001f 0000 4000 4011 b6b1 c0000202 c000020a" + // IPv4
    "0043 0044 000b" + "7742" + "010203"; // UDP
  assert.equal(hexOf(bytes), want.replaceAll(" ", ""));
});

Deno.test("decodeUdpFrame() reads what encodeUdpHeaders() and sealUdpFrame() wrote", () => {
  const frame = {
    ethernetSource: mac("02:00:00:00:00:02"),
    ethernetDestination: M1,
    sourceIp: ip("192.0.2.2"),
    destinationIp: ip("255.255.255.255"),
    sourcePort: 67,
    destinationPort: 68,
    payload: Uint8Array.of(0xde, 0xad, 0xbe, 0xef, 0x01),
  };
  assert.deepEqual(decodeUdpFrame(udpFrame(frame), true), { ok: true, ...frame });
});

Deno.test("sealUdpFrame() sends 0xffff where the UDP checksum comes to 0", () => {
  const base = {
    ethernetSource: M1,
    ethernetDestination: M1,
    sourceIp: ip("0.0.0.0"),
    destinationIp: ip("0.0.0.0"),
    sourcePort: 0,
    destinationPort: 0,
  };
  // 17 + 10 + 10 is what the rest of the sum comes to.
  const complement = 0xffff - 37;
  const payload = Uint8Array.of(complement >>> 8, complement & 255);
  const bytes = udpFrame({ ...base, payload });
  assert.equal(hexOf(bytes.subarray(40, 42)), "ffff");
  assert.equal(reasonOf(bytes), "ok");
});

Deno.test("encodeUdpHeaders() refuses a payload that IPv4 cannot carry", () => {
  const result = decodeUdpFrame(clientFrame(), true);
  assert.ok(result.ok);
  assert.doesNotThrow(() => udpFrame({ ...result, payload: new Uint8Array(65507) }));
  assert.throws(() => udpFrame({ ...result, payload: new Uint8Array(65508) }), RangeError);
});

Deno.test("decodeUdpFrame() reads every captured packet", () => {
  for (const { name, fields, bytes } of readHexPackets()) {
    assert.equal(reasonOf(bytes, fields.get("checksum") !== "partial"), "ok", name);
  }
});

Deno.test("decodeUdpFrame() looks at a partial checksum only when told that it is complete", () => {
  const partial = readHexPackets().filter(({ fields }) => fields.get("checksum") === "partial");
  assert.ok(partial.length > 0);
  for (const { name, bytes } of partial) assert.equal(reasonOf(bytes), "badUdpChecksum", name);
});

Deno.test("decodeUdpFrame() ignores padding behind the IP packet", () => {
  const padded = new Uint8Array([...clientFrame(), 0xff, 0xff, 0xff]);
  const result = decodeUdpFrame(padded, true);
  assert.ok(result.ok);
  assert.deepEqual(result.payload, clientPayload());
});

Deno.test("decodeUdpFrame() steps over IPv4 options", () => {
  for (let words = 1; words <= 10; words++) {
    const plain = clientFrame();
    const bytes = new Uint8Array([
      ...plain.subarray(0, 34),
      ...new Array(words * 4).fill(1),
      ...plain.subarray(34),
    ]);
    bytes[14] = 0x45 + words;
    bytes[16] = (bytes.length - 14) >>> 8;
    bytes[17] = (bytes.length - 14) & 255;
    bytes.set([0, 0], 24);
    let sum = 0;
    for (let i = 14; i < 34 + words * 4; i += 2) sum += bytes[i]! * 256 + bytes[i + 1]!;
    const checksum = ((sum % 0xffff) || 0xffff) ^ 0xffff;
    bytes.set([checksum >>> 8, checksum & 255], 24);
    const result = decodeUdpFrame(bytes, true);
    assert.ok(result.ok, `${words} words`);
    assert.deepEqual(result.payload, clientPayload());
  }
});

Deno.test("decodeUdpFrame() names the reason against a malformed frame", () => {
  const cases: readonly (readonly [name: string, bytes: Uint8Array, want: string])[] = [
    ["empty", new Uint8Array(), "frameTooShort"],
    ["shorter than its headers", clientFrame().subarray(0, 41), "frameTooShort"],
    ["EtherType ARP", frameWith({ 13: 0x06 }), "notIpv4"],
    ["802.1Q tag", frameWith({ 12: 0x81, 13: 0x00 }), "notIpv4"],
    ["IP version 6", frameWith({ 14: 0x65 }), "badIpv4Header"],
    ["IHL 4", frameWith({ 14: 0x44 }), "badIpv4Header"],
    ["IHL 15 in a short packet", frameWith({ 14: 0x4f, 16: 0, 17: 59 }), "badIpv4Length"],
    ["total length below the header", frameWith({ 16: 0, 17: 19 }), "badIpv4Length"],
    ["total length past the frame", frameWith({ 16: 0xff, 17: 0xff }), "badIpv4Length"],
    ["total length past the frame by one", frameWith({ 17: 0x49 }), "badIpv4Length"],
    ["protocol TCP", frameWith({ 23: 6 }), "notUdp"],
    ["first fragment", frameWith({ 20: 0x20 }), "fragment"],
    ["later fragment", frameWith({ 20: 0x00, 21: 0x01 }), "fragment"],
    ["no room for UDP", frameWith({ 16: 0, 17: 27 }), "badUdpLength"],
    ["UDP length 0", frameWith({ 38: 0, 39: 0 }), "badUdpLength"],
    ["UDP length 7", frameWith({ 38: 0, 39: 7 }), "badUdpLength"],
    ["UDP length 65535", frameWith({ 38: 0xff, 39: 0xff }), "badUdpLength"],
    ["UDP length past the packet by one", frameWith({ 39: 0x35 }), "badUdpLength"],
    ["IPv4 checksum wrong", frameWith({ 24: 0, 25: 1 }, "asIs"), "badIpv4Checksum"],
    ["UDP checksum wrong", frameWith({ 40: 0, 41: 1 }), "badUdpChecksum"],
    ["payload changed", frameWith({ 100: 0x55 }), "badUdpChecksum"],
    ["UDP checksum 0 says that there is none", frameWith({ 40: 0, 41: 0, 100: 0x55 }), "ok"],
  ];
  for (const [name, bytes, want] of cases) assert.equal(reasonOf(bytes), want, name);
});

Deno.test("decodeUdpFrame() refuses every truncation of a frame", () => {
  const bytes = clientFrame();
  for (let length = 0; length < bytes.length; length++) {
    assert.notEqual(reasonOf(bytes.subarray(0, length)), "ok", `${length} octets`);
  }
});
