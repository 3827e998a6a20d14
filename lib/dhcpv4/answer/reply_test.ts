import assert from "node:assert/strict";
import {
  type ClientPacket,
  DISCOVER,
  INFORM,
  ip,
  leaseTable,
  M1,
  octets,
  poolParameters,
  REQUEST,
  SERVER_IP,
  type WireOption,
} from "../../../tests/support/dhcp/dhcp_packets.ts";
import { requestOf } from "../../../tests/support/dhcp/dhcp_requests.ts";
import { parseCidr } from "../../net/cidr.ts";
import type { PoolParameters } from "../pool.ts";
import type { ReplyMessage } from "../wire/message.ts";
import { singleOptionsOf } from "../wire/option_encoding.ts";
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
  return composeReply(decision, requestOf(packet), leaseTable(parameters));
}

function codesOf(reply: ReplyMessage): number[] {
  return singleOptionsOf(reply.options).map(({ code }) => code);
}

function valueOf(reply: ReplyMessage, code: number): number[] | undefined {
  const option = singleOptionsOf(reply.options).find((candidate) => candidate.code === code);
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
      file: new Uint8Array(),
      mayOverload: false,
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
    ["all of 255 entries", [[55, [...new Array(254).fill(6), 42]]], [6, 42, 3, 15, 28]],
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
  for (const [decision, type] of [[OFFER, DISCOVER], [ACK, REQUEST], [NAK, REQUEST]] as const) {
    const reply = compose(decision, { type, options });
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

Deno.test("composeReply() answers an INFORM with options, and with nothing of a lease", () => {
  const informAck: ReplyDecision = { kind: "informAck", clientIp: ip("192.0.2.200") };
  const options: WireOption[] = [[55, [42, 6, 51, 58, 59]], [61, [1, 2]]];
  const reply = compose(informAck, { type: INFORM, ciaddr: "192.0.2.200", options });
  assert.deepEqual(codesOf(reply), [53, 54, 1, 42, 6, 3, 15, 28, 61]);
  assert.deepEqual(valueOf(reply, 53), [5]);
  assert.deepEqual([reply.ciaddr, reply.yiaddr], [ip("192.0.2.200"), 0]);
  assert.equal(compose(informAck, { type: INFORM, sourceIp: "192.0.2.200" }).ciaddr, 0);
});

Deno.test("composeReply() has a relay agent broadcast what it cannot address", () => {
  const relayed: ClientPacket = { giaddr: "192.0.2.7", sourceIp: "192.0.2.7" };
  const nowhere: ReplyDecision = { kind: "informAck", clientIp: ip("0.0.0.0") };
  const somewhere: ReplyDecision = { kind: "informAck", clientIp: ip("192.0.2.200") };
  const cases: readonly (readonly [string, ReplyDecision, ClientPacket, number])[] = [
    ["NAK", NAK, { ...relayed, type: REQUEST }, 0x8000],
    ["NAK, direct", NAK, { type: REQUEST }, 0],
    ["INFORM without address", nowhere, { ...relayed, type: INFORM }, 0x8000],
    ["INFORM", somewhere, { ...relayed, type: INFORM, ciaddr: "192.0.2.200" }, 0],
    ["OFFER", OFFER, relayed, 0],
    ["OFFER, broadcast flag", OFFER, { ...relayed, flags: 0x8000 }, 0x8000],
  ];
  for (const [name, decision, packet, flags] of cases) {
    const reply = compose(decision, packet);
    assert.equal(reply.flags, flags, name);
    assert.equal(reply.giaddr, ip(packet.giaddr ?? "0.0.0.0"), name);
  }
});

Deno.test("composeReply() calls itself what the relay agent wants it to be called", () => {
  const options: WireOption[] = [[82, [11, 4, ...octets("192.0.2.9")]]];
  const relayed: ClientPacket = { giaddr: "192.0.2.7", sourceIp: "192.0.2.7", options };
  for (const decision of [OFFER, NAK]) {
    assert.deepEqual(valueOf(compose(decision, relayed), 54), octets("192.0.2.9"));
    const spoofed = compose(decision, { ...relayed, sourceIp: "192.0.2.8" });
    assert.deepEqual(valueOf(spoofed, 54), octets(SERVER_IP));
  }
});

Deno.test("composeReply() confirms a rapid commit, in front of the relay information only", () => {
  const reply = compose(ACK, { options: [[80, []], [61, [1]], [82, [1, 0]]] });
  assert.deepEqual(codesOf(reply).slice(-3), [61, 80, 82]);
  assert.ok(!codesOf(compose(ACK, { ...SELECTING, options: [[80, []]] })).includes(80));
});

Deno.test("composeReply() echoes the subnet selection between the other echoes", () => {
  const options: WireOption[] = [[82, [1, 0]], [118, octets("192.0.2.0")], [61, [1]]];
  assert.deepEqual(codesOf(compose(OFFER, { options })).slice(-3), [61, 118, 82]);
});

Deno.test("composeReply() sends options that change a client only to those that name them", () => {
  const parameters = poolParameters({
    captivePortal: "https://example.com/",
    ipv6OnlyWait: 1800,
    routes: [{ destination: parseCidr("10.0.0.0/8")!, gateway: ip("192.0.2.9") }],
    hostNames: new Map([[M1, "vm-1"]]),
  });
  const cases: readonly (readonly [string, readonly WireOption[], readonly number[]])[] = [
    ["no list", [], [3, 6, 15, 28, 121, 42, 119, 12]],
    ["nothing of these", [[55, [3]]], [3, 6, 15, 28]],
    ["108", [[55, [108]]], [108, 3, 6, 15, 28]],
    ["114", [[55, [114]]], [114, 3, 6, 15, 28]],
    ["12", [[55, [12]]], [12, 3, 6, 15, 28]],
    ["121", [[55, [121]]], [121, 3, 6, 15, 28]],
    ["249", [[55, [249]]], [249, 3, 6, 15, 28]],
    ["249 and 121", [[55, [249, 121]]], [249, 121, 3, 6, 15, 28]],
    ["33", [[55, [33]]], [33, 3, 6, 15, 28]],
    ["33 and 121", [[55, [33, 121]]], [121, 3, 6, 15, 28]],
  ];
  for (const [name, options, want] of cases) {
    assert.deepEqual(codesOf(compose(OFFER, { options }, parameters)).slice(6), want, name);
  }
});

Deno.test("composeReply() tells boot clients where to boot from, and others nothing of it", () => {
  const boot = { nextServer: ip("192.0.2.80"), files: [{ file: "ipxe.efi" }] };
  const parameters = poolParameters({ boot });
  const options: WireOption[] = [[60, [...new TextEncoder().encode("PXEClient:Arch:00007")]]];
  const reply = compose(OFFER, { options: [...options, [55, [3]]] }, parameters);
  assert.equal(reply.siaddr, ip("192.0.2.80"));
  assert.equal(new TextDecoder().decode(reply.file), "ipxe.efi");
  assert.deepEqual(codesOf(reply).slice(6), [3, 6, 15, 28, 66, 67]);
  const other = compose(OFFER, { options: [[55, [3, 66, 67]]] }, parameters);
  assert.equal(other.siaddr, ip(SERVER_IP));
  assert.deepEqual([...other.file, ...codesOf(other).slice(6)], [3, 6, 15, 28]);
});

Deno.test("composeReply() lets options move to other fields only for a client that asked", () => {
  assert.equal(compose(OFFER).mayOverload, false);
  assert.equal(compose(OFFER, { options: [[55, []]] }).mayOverload, false);
  assert.equal(compose(OFFER, { options: [[55, [3]]] }).mayOverload, true);
  assert.equal(compose(NAK, { options: [[55, [3]]] }).mayOverload, false);
  for (const firmware of [[93, [0, 7]], [175, [19, 1, 1]]] as const) {
    assert.equal(compose(OFFER, { options: [[55, [3]], firmware] }).mayOverload, false);
  }
});

Deno.test("composeReply() takes from the lease table what was encoded for it once", () => {
  const table = leaseTable();
  const packet: ClientPacket = { options: [[55, [42, 6]]] };
  const [first, again] = [0, 1].map(() => composeReply(OFFER, requestOf(packet), table).options);
  const runs = first!.filter((option) => "octets" in option);
  assert.equal(runs.length, 2, "the head and what was asked for");
  for (const run of runs) assert.ok(again!.includes(run));
});
