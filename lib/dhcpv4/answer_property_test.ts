/** What holds for any input: arbitrary octets, damaged packets, any request. */

import assert from "node:assert/strict";
import fc from "fast-check";
import {
  clientFrame,
  type ClientPacket,
  ip,
  leaseTable,
  M1,
  M2,
  MX,
  octets,
  SERVER_IP,
  type WireOption,
} from "../../tests/support/dhcp/dhcp_packets.ts";
import { encodeMessage, readReply } from "../../tests/support/dhcp/dhcp_replies.ts";
import { answerContext } from "../../tests/support/dhcp/dhcp_requests.ts";
import { readHexPackets } from "../../tests/support/dhcp/hex_packets.ts";
import { formatIpv4Address, type Ipv4Address } from "../net/ipv4_address.ts";
import { type Answer, answerFrame } from "./answer.ts";
import { decodeMessage } from "./wire/decode.ts";
import type { ReplyMessage } from "./wire/message.ts";
import { createOptionRun, singleOptionsOf } from "./wire/option_encoding.ts";
import { OptionCode } from "./options/registry.ts";

const TABLE = leaseTable();
const GOLDEN = readHexPackets().map(({ bytes }) => bytes);

const anyOctets = fc.uint8Array({ maxLength: 1514 });
const anyAddress = fc.oneof(
  fc.constantFrom(
    "0.0.0.0",
    "192.0.2.10",
    "192.0.2.11",
    "192.0.2.50",
    SERVER_IP,
    "255.255.255.255",
  ),
  fc.integer({ min: 0, max: 0xffffffff }).map((number) => formatIpv4Address(number as Ipv4Address)),
);
const anyOption: fc.Arbitrary<WireOption> = fc.oneof(
  fc.tuple(fc.constantFrom(50, 54), anyAddress.map(octets)),
  fc.tuple(fc.constant(57), fc.tuple(fc.nat(255), fc.nat(255))),
  fc.tuple(fc.constantFrom(55, 61, 82, 12), fc.array(fc.nat(255), { maxLength: 255 })),
);

/** Well formed; what it says may be anything. */
const anyPacket: fc.Arbitrary<ClientPacket> = fc.record({
  type: fc.integer({ min: 1, max: 8 }),
  mac: fc.constantFrom(M1, M2, MX),
  flags: fc.constantFrom(0, 0x8000, 0x7fff),
  ciaddr: anyAddress,
  sourceIp: anyAddress,
  destinationIp: fc.constantFrom(SERVER_IP, "255.255.255.255", "192.0.2.255"),
  xid: fc.integer({ min: 0, max: 0xffffffff }),
  options: fc.uniqueArray(anyOption, { maxLength: 8, selector: ([code]) => code }),
});

function answerOf(bytes: Uint8Array, checksumReady = false): Answer {
  return answerFrame({ bytes, packetType: 0, checksumReady }, answerContext({ table: TABLE }));
}

/** Makes lengths and IPv4 checksum right again, so that damage behind them is reached. */
function repaired(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 42) return bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  bytes.set([0x08, 0x00, 0x45], 12);
  view.setUint16(16, bytes.length - 14);
  view.setUint16(20, 0);
  view.setUint16(24, 0);
  bytes[23] = 17;
  view.setUint16(38, bytes.length - 34);
  let sum = 0;
  for (let i = 14; i < 34; i += 2) sum += view.getUint16(i);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  view.setUint16(24, sum ^ 0xffff);
  return bytes;
}

/** What may be said of any answer. */
function assertSound(answer: Answer): void {
  const isAnswered = ["offer", "ack", "informAck", "nak"].includes(answer.outcome);
  assert.equal(answer.replies.length > 0, isAnswered);
  assert.ok(answer.replies.length <= (answer.outcome === "nak" ? 2 : 1));
  for (const frame of answer.replies) {
    const reply = readReply(frame);
    assert.ok(reply.payloadBytes <= 1472);
    const bound = TABLE.addressOf(answer.mac!);
    if (answer.outcome === "nak" || answer.outcome === "informAck") {
      assert.equal(reply.yiaddr, "0.0.0.0");
    } else assert.equal(ip(reply.yiaddr), bound);
    const isInformed = answer.outcome === "informAck";
    assert.ok(isInformed || reply.ciaddr === "0.0.0.0" || ip(reply.ciaddr) === bound);
    assert.doesNotMatch(reply.destination, /^(0|127|22[4-9]|23\d|24\d)\.|^192\.0\.2\.(0|1|2|255):/);
  }
}

Deno.test("answerFrame() never throws on arbitrary octets", () => {
  fc.assert(
    fc.property(anyOctets, fc.boolean(), (bytes, checksumReady) => {
      assertSound(answerOf(bytes, checksumReady));
    }),
    { numRuns: 2000 },
  );
});

Deno.test("answerFrame() never throws on arbitrary payloads", () => {
  fc.assert(
    fc.property(anyOctets, (payload) => assertSound(answerOf(clientFrame({}, payload)))),
    { numRuns: 1000 },
  );
});

Deno.test("answerFrame() gives sound answers to damaged packets of real clients", () => {
  const damage = fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { minLength: 1, maxLength: 12 });
  const length = fc.option(fc.nat(400), { nil: undefined });
  fc.assert(
    fc.property(fc.constantFrom(...GOLDEN), damage, length, (packet, octetsToSet, cut) => {
      const bytes = packet.slice(0, cut ?? packet.length);
      for (const [offset, octet] of octetsToSet) {
        if (offset < bytes.length) bytes[offset] = octet;
      }
      assertSound(answerOf(repaired(bytes)));
    }),
    { numRuns: 4000 },
  );
});

Deno.test("answerFrame() never names an address that the table does not bind to the MAC", () => {
  const outcomes = new Set<string>();
  fc.assert(
    fc.property(anyPacket, (packet) => {
      const answer = answerOf(clientFrame(packet), true);
      outcomes.add(answer.outcome);
      assertSound(answer);
    }),
    { numRuns: 4000 },
  );
  for (const outcome of ["offer", "ack", "informAck", "nak", "unknownMac", "otherServer"]) {
    assert.ok(outcomes.has(outcome), `${outcome} was reached`);
  }
});

/** Some of the options in a row as a run, or none. */
const anyRun = fc.tuple(fc.nat(10), fc.nat(10));

const anyReply: fc.Arbitrary<ReplyMessage> = fc.record({
  xid: fc.integer({ min: 0, max: 0xffffffff }),
  flags: fc.constantFrom(0, 0x8000),
  ciaddr: anyAddress.map(ip),
  yiaddr: anyAddress.map(ip),
  siaddr: anyAddress.map(ip),
  giaddr: anyAddress.map(ip),
  chaddr: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  file: fc.constant(new Uint8Array()),
  mayOverload: fc.boolean(),
  options: fc.tuple(
    anyRun,
    fc.uniqueArray(
      fc.record({
        code: fc.integer({ min: 81, max: 254 }),
        value: fc.oneof(
          fc.uint8Array({ minLength: 1, maxLength: 60 }),
          fc.uint8Array({ minLength: 1, maxLength: 700 }),
        ),
      }, { noNullPrototype: true }),
      { maxLength: 10, selector: ({ code }) => code },
    ),
  ).map(([[start, count], options]) => [
    { code: 53, value: Uint8Array.of(2) },
    ...options.slice(0, start),
    createOptionRun(options.slice(start, start + count)),
    ...options.slice(start + count),
  ]),
}, { noNullPrototype: true });

Deno.test("decodeMessage() of encodeMessage() keeps every field and option", () => {
  fc.assert(
    fc.property(anyReply, (reply) => {
      const decoded = decodeMessage(encodeMessage(reply, 10_000));
      assert.ok(decoded.ok);
      const { xid, flags, ciaddr, yiaddr, siaddr, giaddr, chaddr, options } = decoded.message;
      const kept = options.codes().map((code) => ({ code, value: options.get(code)! }));
      assert.deepEqual(
        { ...reply, xid, flags, ciaddr, yiaddr, siaddr, giaddr, chaddr, options: kept },
        { ...reply, options: singleOptionsOf(reply.options) },
      );
    }),
    { numRuns: 500 },
  );
});

Deno.test("encodeMessage() keeps its limit, and what it keeps is whole", () => {
  const limits = fc.integer({ min: 300, max: 1472 });
  let overloaded = 0;
  fc.assert(
    fc.property(anyReply, limits, (reply, limitBytes) => {
      const bytes = encodeMessage(reply, limitBytes);
      assert.ok(bytes.length <= limitBytes, `${bytes.length} of ${limitBytes}`);
      const decoded = decodeMessage(bytes);
      assert.ok(decoded.ok);
      const { options } = decoded.message;
      if (options.lengthOf(OptionCode.overload) !== undefined) overloaded++;
      for (const code of options.codes()) {
        if (code === OptionCode.overload) continue;
        const sent = singleOptionsOf(reply.options).find((option) => option.code === code);
        assert.deepEqual(options.get(code), sent?.value);
      }
    }),
    { numRuns: 1000 },
  );
  assert.ok(overloaded > 0, "some replies had options in other fields");
});

Deno.test("answerFrame() depends on the packet and the table, not on what was before or where", () => {
  fc.assert(
    fc.property(anyPacket, anyPacket, (packet, other) => {
      const bytes = clientFrame(packet);
      const first = answerOf(bytes, true);
      answerOf(clientFrame(other), true);
      const elsewhere = new Uint8Array(bytes.length + 7);
      elsewhere.set(bytes, 5);
      const copy = elsewhere.subarray(5, 5 + bytes.length);
      const context = answerContext({ table: leaseTable() });
      const again = answerFrame(
        { bytes: copy, packetType: 0, checksumReady: true },
        context,
      );
      assert.deepEqual(again, first);
    }),
    { numRuns: 500 },
  );
});
