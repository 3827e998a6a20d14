/** A client in SELECTING or INIT-REBOOT: what is acknowledged, refused, and left alone. */

import assert from "node:assert/strict";
import { MX, octets } from "../support/dhcp/dhcp_packets.ts";
import { optionOf } from "../support/dhcp/dhcp_replies.ts";
import {
  assertReplies,
  assertReply,
  assertSilence,
  codesOf,
  EVERYBODY,
  host,
  OTHER_SERVER,
  request,
  requested,
  secondsOf,
  THIS_SERVER,
} from "./network.ts";

const ACK = { type: "ACK", yiaddr: "192.0.2.10", to: host("192.0.2.10") } as const;
const NAK = { type: "NAK", to: EVERYBODY } as const;

Deno.test("SELECTING: the bound address is acknowledged, with its lease and renewal times", () => {
  const [reply] = assertReplies(request([THIS_SERVER, requested("192.0.2.10")]), [ACK]);
  assert.equal(secondsOf(reply!, 51), 300);
  assert.ok(secondsOf(reply!, 58) > 0);
  assert.ok(secondsOf(reply!, 58) < secondsOf(reply!, 59));
  assert.ok(secondsOf(reply!, 59) < 300);
});

Deno.test("SELECTING: another address is refused, with type, server, message and echoes only", () => {
  const packet = request([THIS_SERVER, requested("192.0.2.11"), [55, [1, 3, 6]], [61, [1, 2]]]);
  const [reply] = assertReplies(packet, [NAK]);
  assert.deepEqual(codesOf(reply!), [53, 54, 56, 61]);
  assert.equal(reply!.siaddr, "0.0.0.0");
  const bare = assertReply(request([THIS_SERVER, requested("192.0.2.11")]), "NAK");
  assert.deepEqual(codesOf(bare), [53, 54, 56]);
});

Deno.test("SELECTING: a client that chose another server is left alone", () => {
  assertSilence(request([OTHER_SERVER, requested("192.0.2.10")]));
  assertSilence(request([OTHER_SERVER, requested("192.0.2.11")]));
});

Deno.test("SELECTING: boot firmware that leaves option 50 out gets the bound address", () => {
  assertReplies(request([THIS_SERVER]), [ACK]);
  assertReplies(request([THIS_SERVER], { ciaddr: "192.0.2.10" }), [ACK]);
  assertReplies(request([THIS_SERVER], { ciaddr: "192.0.2.11" }), [NAK]);
});

Deno.test("SELECTING: a client whose binding vanished since the OFFER is refused", () => {
  assertReplies(request([THIS_SERVER, requested("192.0.2.50")], { mac: MX }), [NAK]);
});

Deno.test("INIT-REBOOT: the bound address is acknowledged", () => {
  assertReplies(request([requested("192.0.2.10")]), [ACK]);
});

Deno.test("INIT-REBOOT: an address of another network is refused by broadcast", () => {
  assertReplies(request([requested("185.0.50.0")]), [NAK]);
});

Deno.test("INIT-REBOOT: an unknown client that remembers a free address is left alone", () => {
  const packet = request([requested("192.0.2.50")], { mac: MX });
  assertSilence(packet);
  assertReplies(packet, [NAK], { authoritative: true });
});

Deno.test("INIT-REBOOT: an unknown client that remembers another's address is refused", () => {
  assertReplies(request([requested("192.0.2.10")], { mac: MX }), [NAK]);
});

Deno.test("a REQUEST that names no address at all gets silence", () => {
  assertSilence(request([]));
  assertSilence(request([[61, octets("1.2.3.4")]]));
});

Deno.test("a NAK says why", () => {
  const reply = assertReply(request([requested("192.0.2.99")]), "NAK");
  const reason = String.fromCharCode(...optionOf(reply, 56)!);
  assert.equal(reason, "requested address is not bound to this client");
});

Deno.test("SELECTING: a client without an address may be another pool's, where several serve its network", () => {
  const packet = request([THIS_SERVER, requested("192.0.2.50")], { mac: MX });
  assertReply(packet, "NAK");
  assertSilence(packet, { networkShared: true });
  assertReplies(request([THIS_SERVER, requested("192.0.2.11")]), [NAK], { networkShared: true });
});
