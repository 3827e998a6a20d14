/** What options of requests do to replies, on the wire. */

import assert from "node:assert/strict";
import {
  type ClientPacket,
  leaseTable,
  M2,
  octets,
  poolParameters,
  REQUEST,
  SERVER_IP,
  type WireOption,
} from "../../tests/support/dhcp_packets.ts";
import { optionOf, type Reply } from "../../tests/support/dhcp_replies.ts";
import { answer, replyTo } from "../../tests/support/dhcp_requests.ts";

const US: WireOption = [54, octets(SERVER_IP)];
const DUID: WireOption = [61, [0xff, 0, 0, 0, 1, 0, 1, 0x2a, 0x2b, 0x2c, 0x2d, 0x52, 0x54, 0, 1]];

function codesOf(reply: Reply): number[] {
  return reply.options.map(([code]) => code);
}

Deno.test("a client identifier comes back unchanged in OFFER, ACK and NAK", () => {
  const packets: readonly ClientPacket[] = [
    { options: [DUID] },
    { type: REQUEST, options: [US, DUID] },
    { type: REQUEST, options: [[50, octets("192.0.2.99")], DUID] },
  ];
  for (const packet of packets) assert.deepEqual(optionOf(replyTo(packet), 61), DUID[1]);
});

Deno.test("the MAC alone chooses the binding, not the client identifier", () => {
  assert.equal(replyTo({ options: [DUID] }).yiaddr, "192.0.2.10");
  assert.equal(replyTo({ mac: M2, options: [DUID] }).yiaddr, "192.0.2.11");
  assert.equal(replyTo({ options: [[61, [1, 2, 3]]] }).yiaddr, "192.0.2.10");
});

Deno.test("requested options come in the client's order, behind the lease and the mask", () => {
  const head = [53, 54, 51, 58, 59, 1];
  const cases: readonly (readonly [readonly WireOption[], readonly number[]])[] = [
    [[[55, [15, 6, 3, 1]]], [...head, 15, 6, 3, 28]],
    [[[55, [15, 42]]], [...head, 15, 42, 3, 6, 28]],
    [[[55, new Array(255).fill(6)]], [...head, 6, 3, 15, 28]],
    [[], [...head, 3, 6, 15, 28, 42, 119]],
  ];
  for (const [options, want] of cases) assert.deepEqual(codesOf(replyTo({ options })), want);
});

Deno.test("a pool without router sends no option 3", () => {
  const { router: _router, ...parameters } = poolParameters();
  const reply = replyTo({ options: [[55, [1, 3]]] }, { table: leaseTable(parameters) });
  assert.equal(optionOf(reply, 3), undefined);
});

Deno.test("long search lists are cut into pieces and reach clients that take them", () => {
  const names = Array.from({ length: 20 }, (_, i) => `department-${i}.organisation-${i}.example`);
  const table = leaseTable(poolParameters({ domainSearch: names }));
  const reply = replyTo({ options: [[57, [5, 192]], [55, [119]]] }, { table });
  const pieces = reply.options.filter(([code]) => code === 119);
  assert.ok(pieces.length >= 2);
  assert.ok(pieces.slice(0, -1).every(([, value]) => value.length === 255));
  assert.ok(reply.payloadBytes <= 1472 - 28);
});

Deno.test("a reply never passes option 57, the MTU or the default of 576", () => {
  const names = Array.from({ length: 60 }, (_, i) => `department-${i}.organisation-${i}.example`);
  const table = leaseTable(poolParameters({ domainSearch: names }));
  const cases: readonly (readonly [name: string, options: readonly WireOption[], limit: number])[] =
    [
      ["no option 57", [], 548],
      ["576", [[57, [2, 64]]], 548],
      ["100 counts as 576", [[57, [0, 100]]], 548],
      ["0 counts as 576", [[57, [0, 0]]], 548],
      ["65535 is cut to the MTU", [[57, [255, 255]]], 1472],
    ];
  for (const [name, options, limit] of cases) {
    const reply = replyTo({ options: [...options, DUID, [82, [1, 1, 7]]] }, { table });
    assert.ok(reply.payloadBytes <= limit, name);
    assert.deepEqual([1, 51, 53, 54, 61, 82].filter((code) => !optionOf(reply, code)), [], name);
    assert.equal(optionOf(reply, 119), undefined, `${name}: too long whatever the client takes`);
    assert.notEqual(optionOf(reply, 3), undefined, name);
  }
  const jumbo = replyTo({ options: [[57, [255, 255]]] }, { table, mtuBytes: 9000 });
  assert.notEqual(optionOf(jumbo, 119), undefined);
});

Deno.test("a client identifier in two pieces comes back as one value", () => {
  const reply = replyTo({ options: [[61, [0xff, 1]], [12, [97]], [61, [2, 3]]] });
  assert.deepEqual(reply.options.filter(([code]) => code === 61), [[61, [0xff, 1, 2, 3]]]);
});

Deno.test("options in file and sname count", () => {
  const file = [50, 4, ...octets("192.0.2.10"), 255];
  const sname = [54, 4, ...octets(SERVER_IP), 255];
  const inFile: ClientPacket = { type: REQUEST, options: [US, [52, [1]]], file };
  assert.equal(answer(inFile).outcome, "ack");
  const wrong = [50, 4, ...octets("192.0.2.11"), 255];
  assert.equal(answer({ ...inFile, file: wrong }).outcome, "nak");
  const both = answer({ type: REQUEST, options: [[52, [3]]], file, sname });
  assert.equal(both.outcome, "ack");
  assert.equal(both.state, "selecting");
});

Deno.test("relay information in a direct packet comes back last, verbatim", () => {
  const information = [1, 2, 0xaa, 0xbb, 151, 9, 0];
  const reply = replyTo({ options: [[82, information], DUID] });
  assert.deepEqual(reply.options.at(-1), [82, information]);
});

Deno.test("clients that are no boot clients get this server as siaddr and no option 60", () => {
  const reply = replyTo({ options: [[60, [...new TextEncoder().encode("udhcp 1.35.0")]]] });
  assert.equal(reply.siaddr, SERVER_IP);
  assert.equal(optionOf(reply, 60), undefined);
});

Deno.test("unusual but valid messages are answered", () => {
  const cases: readonly (readonly [string, ClientPacket])[] = [
    ["no END", { tail: [], padToBytes: 0 }],
    ["244 octets", { padToBytes: 0 }],
    ["262 octets", { padToBytes: 262 }],
    ["299 octets", { padToBytes: 299 }],
    ["junk behind END", { tail: [255, 54, 4, ...octets("192.0.2.3"), 61, 250, 1] }],
    ["PAD between options", { tail: [0, 0, 0, 61, 1, 7, 0, 255] }],
  ];
  for (const [name, packet] of cases) assert.equal(answer(packet).outcome, "offer", name);
});

Deno.test("BOOTP and lease queries get silence", () => {
  assert.equal(answer({ type: undefined }).outcome, "noMessageType");
  for (let type = 9; type <= 18; type++) {
    const { outcome, replies } = answer({ type });
    assert.deepEqual([outcome, replies], ["badMessageType", []]);
  }
});
