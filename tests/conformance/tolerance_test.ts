/** What is unusual but answered, what is no DHCP, and what stays the same. */

import assert from "node:assert/strict";
import {
  clientFrame,
  type ClientPacket,
  ip,
  M1,
  octets,
  OTHER_SERVER_IP,
  type WireOption,
} from "../support/dhcp/dhcp_packets.ts";
import { answer, answerBytes } from "../support/dhcp/dhcp_requests.ts";
import {
  assertReply,
  assertSilence,
  discover,
  rebind,
  renew,
  request,
  requested,
  text,
  THIS_SERVER,
} from "./network.ts";

const MINE = requested("192.0.2.10");
const NOISE = Array.from({ length: 40 }, (_, i) => i * 37 & 255);

/** What a client may wish for or say of itself, however badly, without losing its address. */
const ADVISORY: readonly (readonly [string, readonly WireOption[]])[] = [
  ["message size of no octet", [[57, []]]],
  ["message size of one octet", [[57, [5]]]],
  ["message size of three octets", [[57, [5, 220, 0]]]],
  ["message size twice", [[57, [5, 220]], [57, [5, 220]]]],
  ["message size of 0", [[57, [0, 0]]]],
  ["lease time of no octet", [[51, []]]],
  ["lease time of two octets", [[51, [0, 60]]]],
  ["lease time twice", [[51, [0, 0, 0, 60]], [51, [0, 0, 0, 60]]]],
  ["an endless lease", [[51, [255, 255, 255, 255]]]],
  ["an empty request list", [[55, []]]],
  ["a request list of one code again and again", [[55, new Array(255).fill(6)]]],
  ["a request list in pieces", [[55, [1]], [55, [3, 6]], [55, []]]],
  ["a request list of PAD and END", [[55, [0, 255, 0, 255]]]],
  ["an empty host name", [[12, []]]],
  ["a host name that is none", [[12, NOISE]]],
  ["a host name twice", [text(12, "a"), text(12, "b")]],
  ["an empty FQDN", [[81, []]]],
  ["an FQDN that points to itself", [[81, [4, 0, 0, 0xc0, 3]]]],
  ["an empty vendor class", [[60, []]]],
  ["a vendor class that is no text", [[60, NOISE]]],
  ["a vendor class of a boot client and nothing else of one", [text(60, "PXEClient")]],
  ["a user class with lengths past its end", [[77, [200, 1, 2]]]],
  ["an empty user class", [[77, []]]],
  ["architectures of one octet", [[93, [0]]]],
  ["architectures of three octets", [[93, [0, 7, 0]]]],
  ["no architecture", [[93, []]]],
  ["an interface identifier of one octet", [[94, [1]]]],
  ["a machine identifier of one octet", [[97, [0]]]],
  ["a machine identifier of an unknown type", [[97, [9, ...NOISE]]]],
  ["vendor options with lengths past their end", [[43, [1, 99]], [124, NOISE], [125, NOISE]]],
  ["an overload of no meaning", [[52, [0]]]],
  ["an overload of two octets", [[52, [1, 1]]]],
  ["an empty relay agent information", [[82, []]]],
  ["relay agent information that runs past its end", [[82, [1, 200, 3]]]],
  ["a client identifier of no octet", [[61, []]]],
  ["a client identifier of one octet", [[61, [7]]]],
  ["a client identifier of 255 octets", [[61, new Array(255).fill(7)]]],
  ["a client identifier in pieces", [[61, [1, 2]], [61, [3]]]],
  ["rapid commit with a value", [[80, [1]]]],
  ["a message for the server", [text(56, "hello")]],
  ["options of servers", [[1, octets("255.0.0.0")], [3, octets("192.0.2.66")], [58, [1]]]],
  ["options that nobody knows", [[200, NOISE], [254, []]]],
  ["the same option ten times", new Array<WireOption>(10).fill([224, NOISE])],
];

for (const [name, options] of ADVISORY) {
  Deno.test(`a bound client gets its address with ${name}`, () => {
    const offer = assertReply(discover(options), "OFFER");
    assert.equal(offer.yiaddr, "192.0.2.10");
    assertReply(request([THIS_SERVER, MINE, ...options]), "ACK");
    assertReply(request([MINE, ...options]), "ACK");
    assertReply(renew("192.0.2.10", { options }), "ACK");
    assertReply(rebind("192.0.2.10", { options }), "ACK");
  });
}

/** Header fields, of the message and below it, that have nothing to do with whose address it is. */
const HEADERS: readonly (readonly [string, ClientPacket])[] = [
  ["seconds at their end", { secs: 65535 }],
  ["flags that must be zero", { flags: 0x7fff }],
  ["a transaction of 0", { xid: 0 }],
  ["a transaction of all ones", { xid: 0xffffffff }],
  ["hops", { hops: 16 }],
  ["a ciaddr", { ciaddr: "192.0.2.99" }],
  ["a ciaddr of all ones", { ciaddr: "255.255.255.255" }],
  ["a next server", { siaddr: OTHER_SERVER_IP }],
  ["noise in sname and file", { sname: NOISE, file: NOISE }],
  ["another source port", { sourcePort: 1068 }],
  ["a source port of 0", { sourcePort: 0 }],
  ["a source address of the network", { sourceIp: "192.0.2.200" }],
  ["a link-local source address", { sourceIp: "169.254.3.4" }],
  ["a source address of another network", { sourceIp: "198.51.100.9" }],
  ["the broadcast address of the network", { destinationIp: "192.0.2.255" }],
  ["an Ethernet source that is not its MAC", { ethernetSource: 0x020000000009 as typeof M1 }],
  ["the server unicast from 0.0.0.0", { destinationIp: "192.0.2.2" }],
  ["1,400 octets of padding", { padToBytes: 1400 }],
];

for (const [name, fields] of HEADERS) {
  Deno.test(`a bound client gets its address with ${name}`, () => {
    const offer = assertReply(discover([], fields), "OFFER");
    assert.deepEqual([offer.yiaddr, offer.ciaddr], ["192.0.2.10", "0.0.0.0"]);
    assertReply(request([THIS_SERVER, MINE], fields), "ACK");
  });
}

Deno.test("a bound client gets its address with yiaddr and the rest of chaddr full of noise", () => {
  const bytes = clientFrame();
  bytes.fill(0xa5, 42 + 16, 42 + 20);
  bytes.fill(0xa5, 42 + 34, 42 + 44);
  bytes.fill(0, 40, 42);
  const { outcome, yiaddr } = answerBytes(bytes);
  assert.deepEqual([outcome, yiaddr], ["offer", ip("192.0.2.10")]);
});

Deno.test("a frame that is longer than its packet is answered, one that is shorter is not", () => {
  const whole = clientFrame();
  const padded = new Uint8Array(whole.length + 32).fill(0xa5);
  padded.set(whole);
  assert.equal(answerBytes(padded).outcome, "offer");
  assert.equal(answerBytes(whole.subarray(0, whole.length - 1)).outcome, "badIpv4Length");
});

Deno.test("a REQUEST for 0.0.0.0 or in other words than its own is answered as the table says", () => {
  assertReply(request([THIS_SERVER, requested("0.0.0.0")]), "NAK");
  assertReply(request([THIS_SERVER, MINE], { ciaddr: "192.0.2.99" }), "ACK");
  assertReply(renew("192.0.2.10", { options: [MINE] }), "ACK");
  assertReply(renew("192.0.2.10", { options: [THIS_SERVER] }), "ACK");
  assertReply(discover([THIS_SERVER]), "OFFER");
  assertSilence(discover([[54, octets("0.0.0.0")]]));
});

Deno.test("a message without END is answered", () => {
  assertReply(discover([], { tail: [], padToBytes: 0 }), "OFFER");
});

Deno.test("a message of fewer than 300 octets is answered", () => {
  for (const padToBytes of [0, 250, 262, 284, 299]) {
    assertReply(discover([], { padToBytes }), "OFFER");
  }
});

Deno.test("whatever stands behind END is ignored", () => {
  const tail = [255, 54, 4, ...octets("192.0.2.3"), 61, 250, 1];
  assert.deepEqual(assertReply(discover([], { tail }), "OFFER"), assertReply(discover(), "OFFER"));
});

Deno.test("BOOTP gets silence, with and without a cookie", () => {
  assertSilence(discover([], { type: undefined }));
  assertSilence(discover([[1, octets("255.255.255.0")]], { type: undefined }));
});

Deno.test("lease queries and other types of other RFCs get silence", () => {
  for (let type = 9; type <= 18; type++) assertSilence(discover([], { type }));
});

Deno.test("a retransmission gets the identical reply", () => {
  const [first] = answer(discover([[61, [1, 2]]])).replies;
  for (let i = 0; i < 3; i++) assert.deepEqual(answer(discover([[61, [1, 2]]])).replies, [first]);
});
