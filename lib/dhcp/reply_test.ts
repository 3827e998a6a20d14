import assert from "node:assert/strict";
import {
  type ClientPacket,
  ip,
  octets,
  poolParameters,
  REQUEST,
  SERVER_IP,
  type WireOption,
} from "../../tests/support/dhcp_packets.ts";
import { requestOf } from "../../tests/support/dhcp_requests.ts";
import type { PoolParameters } from "./lease.ts";
import type { ReplyMessage } from "./message.ts";
import { composeReply, type ReplyDecision } from "./reply.ts";

const OFFER: ReplyDecision = { kind: "offer", yiaddr: ip("192.0.2.10") };
const ACK: ReplyDecision = { kind: "ack", yiaddr: ip("192.0.2.10") };
const NAK: ReplyDecision = { kind: "nak", reason: "notBoundToClient" };
const SELECTING: ClientPacket = { type: REQUEST, options: [[54, octets(SERVER_IP)]] };

function compose(
  decision: ReplyDecision,
  packet: ClientPacket = {},
  parameters: PoolParameters = poolParameters(),
): ReplyMessage {
  return composeReply(decision, requestOf(packet), parameters);
}

function codesOf(reply: ReplyMessage): number[] {
  return reply.options.map(({ code }) => code);
}

function valueOf(reply: ReplyMessage, code: number): number[] | undefined {
  const option = reply.options.find((candidate) => candidate.code === code);
  return option && [...option.value];
}

Deno.test("composeReply() copies xid, chaddr and the broadcast flag, and no hint", () => {
  const packet = { xid: 0xfffefdfc, flags: 0xffff, siaddr: "192.0.2.77", ciaddr: "192.0.2.99" };
  for (const decision of [OFFER, ACK, NAK]) {
    const { options: _options, ...fields } = compose(decision, packet);
    const { chaddr } = requestOf(packet).message;
    const leases = decision.kind !== "nak";
    assert.deepEqual(fields, {
      xid: 0xfffefdfc,
      flags: 0x8000,
      ciaddr: ip("0.0.0.0"),
      yiaddr: ip(leases ? "192.0.2.10" : "0.0.0.0"),
      siaddr: ip(leases ? SERVER_IP : "0.0.0.0"),
      giaddr: ip("0.0.0.0"),
      chaddr,
    });
  }
});

Deno.test("composeReply() clears the flags that must be zero", () => {
  assert.equal(compose(OFFER, { flags: 0x7fff }).flags, 0);
});

Deno.test("composeReply() returns ciaddr only to a client that keeps its address", () => {
  const cases: readonly (readonly [string, ClientPacket, string])[] = [
    ["renewing", { type: REQUEST, ciaddr: "192.0.2.10", destinationIp: SERVER_IP }, "192.0.2.10"],
    ["rebinding", { type: REQUEST, ciaddr: "192.0.2.10" }, "192.0.2.10"],
    ["selecting", { ...SELECTING, ciaddr: "192.0.2.10" }, "0.0.0.0"],
    ["initReboot", { type: REQUEST, options: [[50, octets("192.0.2.10")]] }, "0.0.0.0"],
  ];
  for (const [name, packet, want] of cases) {
    assert.equal(compose(ACK, packet).ciaddr, ip(want), name);
  }
});

Deno.test("composeReply() puts the lease first: type, server, times, mask", () => {
  for (const [decision, type] of [[OFFER, 2], [ACK, 5]] as const) {
    const reply = compose(decision);
    assert.deepEqual(codesOf(reply).slice(0, 6), [53, 54, 51, 58, 59, 1]);
    assert.deepEqual(valueOf(reply, 53), [type]);
    assert.deepEqual(valueOf(reply, 54), octets(SERVER_IP));
    assert.deepEqual(valueOf(reply, 51), [0, 0, 1, 44]);
    assert.deepEqual(valueOf(reply, 1), octets("255.255.255.0"));
    const seconds = (code: number) =>
      valueOf(reply, code)!.reduce((sum, octet) => sum * 256 + octet);
    assert.ok(seconds(58) > 0 && seconds(58) < seconds(59) && seconds(59) < 300);
  }
});

Deno.test("composeReply() leaves out renewal times that do not fit into the lease", () => {
  const reply = compose(OFFER, {}, poolParameters({ leaseSeconds: 2 }));
  assert.deepEqual(codesOf(reply).slice(0, 4), [53, 54, 51, 1]);
});

Deno.test("composeReply() follows the client's list and adds what every client needs", () => {
  const cases: readonly (readonly [string, readonly WireOption[], readonly number[]])[] = [
    ["no list", [], [3, 6, 15, 28, 42, 119]],
    ["an empty list", [[55, []]], [3, 6, 15, 28, 42, 119]],
    ["its order", [[55, [119, 15, 6, 3]]], [119, 15, 6, 3, 28]],
    ["mask before router whatever the list", [[55, [3, 1, 15]]], [3, 15, 6, 28]],
    ["neither router nor mask", [[55, [42]]], [42, 3, 6, 15, 28]],
    ["a code again and again", [[55, new Array(255).fill(6)]], [6, 3, 15, 28]],
    ["codes that only the server sets", [[55, [53, 54, 51, 82, 61]]], [3, 6, 15, 28]],
    ["codes 0 and 255", [[55, [0, 255, 42]]], [42, 3, 6, 15, 28]],
    ["a list in two pieces", [[55, [42]], [55, [15]]], [42, 15, 3, 6, 28]],
    ["only the first 255 entries", [[55, new Array(255).fill(6)], [55, [42]]], [6, 3, 15, 28]],
  ];
  for (const [name, options, want] of cases) {
    assert.deepEqual(codesOf(compose(OFFER, { options })).slice(6), want, name);
  }
});

Deno.test("composeReply() sends no option that is not configured, asked for or not", () => {
  const { router: _router, ...rest } = poolParameters({ dns: [], ntpServers: [] });
  for (const options of [[], [[55, [1, 3, 6, 42, 66, 67, 121, 252]]]] as WireOption[][]) {
    const codes = codesOf(compose(OFFER, { options }, rest));
    for (const code of [3, 6, 42, 66, 67, 121, 252]) assert.ok(!codes.includes(code), `${code}`);
  }
});

Deno.test("composeReply() echoes client identifier and relay information unchanged, last", () => {
  const options: WireOption[] = [[82, [9, 200, 1, 0]], [61, [0xff, 0, 1, 2, 3]], [55, [42, 119]]];
  for (const decision of [OFFER, ACK, NAK]) {
    const reply = compose(decision, { options });
    assert.deepEqual(codesOf(reply).slice(-2), [61, 82]);
    assert.deepEqual(valueOf(reply, 61), [0xff, 0, 1, 2, 3]);
    assert.deepEqual(valueOf(reply, 82), [9, 200, 1, 0]);
  }
});

Deno.test("composeReply() echoes pieces of a client identifier as one value", () => {
  const options: WireOption[] = [[61, [1, 2]], [12, [97]], [61, [3]]];
  assert.deepEqual(valueOf(compose(OFFER, { options }), 61), [1, 2, 3]);
});

Deno.test("composeReply() echoes nothing empty", () => {
  const codes = codesOf(compose(OFFER, { options: [[61, []], [82, []]] }));
  assert.ok(!codes.includes(61) && !codes.includes(82));
});

Deno.test("composeReply() gives a NAK type, server, message and echoes, and nothing else", () => {
  const reply = compose(NAK, { options: [[55, [1, 3, 6]], [61, [1]]] });
  assert.deepEqual(codesOf(reply), [53, 54, 56, 61]);
  assert.deepEqual(valueOf(reply, 53), [6]);
});

Deno.test("composeReply() says in a NAK why, in short ASCII", () => {
  const reasons = ["notBoundToClient", "boundToAnotherClient", "noBinding"] as const;
  const texts = reasons.map((reason) => {
    const value = valueOf(compose({ kind: "nak", reason }), 56)!;
    return String.fromCharCode(...value);
  });
  assert.equal(new Set(texts).size, 3);
  for (const text of texts) assert.match(text, /^[ -~]{10,60}$/);
});
