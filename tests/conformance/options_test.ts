/** Which options a reply holds, in which order, and how many fit. */

import assert from "node:assert/strict";
import type { StaticRoute } from "../../lib/dhcpv4/options/routes.ts";
import { parseCidr } from "../../lib/net/cidr.ts";
import {
  clientPayload,
  ip,
  M1,
  mac,
  octets,
  type WireOption,
} from "../support/dhcp/dhcp_packets.ts";
import { optionOf, type Reply } from "../support/dhcp/dhcp_replies.ts";
import {
  asksFor,
  assertReply,
  codesOf,
  discover,
  type Pool,
  relayed,
  request,
  takes,
  THIS_SERVER,
  WITH_RELAY,
} from "./network.ts";

const LEASE = [53, 54, 51, 58, 59, 1];
const DUID: WireOption = [61, [0xff, 1, 2, 3, 4, 5, 6]];

const LARGE: Pool = {
  routes: Array.from({ length: 40 }, (_, i): StaticRoute => ({
    destination: parseCidr(`10.${i}.0.0/16`)!,
    gateway: ip("192.0.2.9"),
  })),
  domainSearch: Array.from({ length: 10 }, (_, i) => `department-${i}.example.com`),
};

function offer(options: readonly WireOption[], pool: Pool = {}): Reply {
  return assertReply(discover(options), "OFFER", pool);
}

Deno.test("options come in the client's order behind the lease and the subnet mask", () => {
  assert.deepEqual(codesOf(offer([asksFor(15, 6, 3, 1)])), [...LEASE, 15, 6, 3, 28]);
  assert.deepEqual(codesOf(offer([asksFor(42, 15)])), [...LEASE, 42, 15, 3, 6, 28]);
});

Deno.test("router and subnet mask go to clients that do not ask for them, too", () => {
  const codes = codesOf(offer([asksFor(6, 15)]));
  assert.ok(codes.includes(1) && codes.includes(3));
});

Deno.test("an option that is asked for 255 times comes once", () => {
  const reply = offer([[55, new Array<number>(255).fill(6)]]);
  assert.deepEqual(codesOf(reply).filter((code) => code === 6), [6]);
});

Deno.test("a client that asks for nothing in particular gets all that is configured", () => {
  assert.deepEqual(codesOf(offer([])), [...LEASE, 3, 6, 15, 28, 42, 119]);
});

Deno.test("a reply fits into 576 octets of IP packet, whatever is configured", () => {
  for (const options of [[takes(576)], []]) {
    const reply = offer([...options, asksFor(121, 119, 42), DUID], LARGE);
    assert.ok(reply.payloadBytes <= 548);
    for (const code of [53, 54, 51, 1, 61]) assert.ok(optionOf(reply, code), `option ${code}`);
  }
});

Deno.test("options move to file and sname when they do not fit, for clients that have a list", () => {
  const pool: Pool = { domainSearch: LARGE.domainSearch!.slice(0, 6), mtu: 1400 };
  const wishes = asksFor(119, 42, 26, 252, 43);
  const options = [
    { code: 252, value: new Uint8Array(110).fill(104) },
    { code: 43, value: new Uint8Array(50).fill(1) },
  ];
  const reply = offer([wishes], { ...pool, options });
  assert.deepEqual(optionOf(reply, 52), [1]);
  for (const code of [119, 42, 26, 252, 43]) assert.ok(optionOf(reply, code), `option ${code}`);
  assert.equal(optionOf(offer([], { ...pool, options }), 52), undefined);
});

Deno.test("a client that takes 1472 octets gets all in one packet", () => {
  const reply = offer([takes(1472), asksFor(121, 119, 42), DUID], LARGE);
  assert.equal(optionOf(reply, 121)!.length, 40 * 7 + 5);
  for (const code of [3, 6, 42, 61, 119]) assert.ok(optionOf(reply, code), `option ${code}`);
  assert.equal(optionOf(reply, 52), undefined);
});

Deno.test("a client that says it takes less than 576 octets is not believed", () => {
  const options = [asksFor(121, 119), DUID];
  const believed = offer([takes(576), ...options], LARGE);
  assert.deepEqual(offer([takes(100), ...options], LARGE).options, believed.options);
});

Deno.test("a client that says it takes 65535 octets gets no more than the MTU", () => {
  const domainSearch = Array.from({ length: 200 }, (_, i) => `d${i}.organisation-${i}.example`);
  assert.ok(offer([takes(65535)], { domainSearch }).payloadBytes <= 1472);
});

Deno.test("a reply that another than the sender gets is at most 600 octets larger", () => {
  const fields = { ethernetSource: mac("02:00:00:00:00:09"), padToBytes: 0 };
  const packet = discover([takes(1472), asksFor(119, 121)], fields);
  const pool: Pool = {
    ...LARGE,
    domainSearch: Array.from({ length: 25 }, (_, i) => `d${i}.organisation-${i}.example`),
  };
  const requestBytes = clientPayload(packet).length;
  assert.ok(assertReply(packet, "OFFER", pool).payloadBytes <= requestBytes + 600);
  const byRelay = relayed(packet, { ethernetSource: M1 });
  const relayedOffer = assertReply(byRelay, "OFFER", { ...pool, ...WITH_RELAY });
  assert.ok(relayedOffer.payloadBytes <= requestBytes + 600, "nor by a relay agent");
  const own = assertReply({ ...packet, ethernetSource: M1 }, "OFFER", pool);
  assert.ok(own.payloadBytes > requestBytes + 600, "the sender itself gets all");
});

Deno.test("a value of more than 255 octets comes in pieces that join to one value", () => {
  const domainSearch = Array.from({ length: 20 }, (_, i) => `d${i}.organisation-${i}.example`);
  const reply = offer([takes(1472), asksFor(119)], { domainSearch });
  const pieces = reply.options.filter(([code]) => code === 119);
  assert.ok(pieces.length >= 2);
  assert.ok(pieces.slice(0, -1).every(([, value]) => value.length === 255));
  assert.deepEqual(readNames(optionOf(reply, 119)!), domainSearch);
});

Deno.test("a client identifier that comes in two pieces goes back as one value", () => {
  const reply = offer([[61, [0xff, 1]], [12, [97]], [61, [2, 3]]]);
  assert.deepEqual(reply.options.filter(([code]) => code === 61), [[61, [0xff, 1, 2, 3]]]);
});

Deno.test("a requested address in file counts", () => {
  const file = [50, 4, ...octets("192.0.2.10"), 255];
  assertReply(request([THIS_SERVER, [52, [1]]], { file }), "ACK");
  const wrong = [50, 4, ...octets("192.0.2.11"), 255];
  assertReply(request([THIS_SERVER, [52, [1]]], { file: wrong }), "NAK");
});

Deno.test("options in both file and sname count", () => {
  const file = [50, 4, ...octets("192.0.2.10"), 255];
  const sname = [54, 4, ...octets("192.0.2.2"), 255];
  assertReply(request([[52, [3]]], { file, sname }), "ACK");
  const wrong = [50, 4, ...octets("192.0.2.11"), 255];
  assertReply(request([[52, [3]]], { file: wrong, sname }), "NAK");
});

/** Reads a search list with its compression, pointers across pieces included (RFC 3397). */
function readNames(bytes: readonly number[]): string[] {
  const names: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const { name, end } = readName(bytes, at);
    names.push(name);
    at = end;
  }
  return names;
}

function readName(bytes: readonly number[], start: number): { name: string; end: number } {
  const length = bytes[start]!;
  if (length === 0) return { name: "", end: start + 1 };
  if (length >= 0xc0) {
    const target = ((length & 0x3f) << 8) | bytes[start + 1]!;
    assert.ok(target < start, "pointers go back");
    return { name: readName(bytes, target).name, end: start + 2 };
  }
  const label = String.fromCharCode(...bytes.slice(start + 1, start + 1 + length));
  const rest = readName(bytes, start + 1 + length);
  return { name: rest.name === "" ? label : `${label}.${rest.name}`, end: rest.end };
}
