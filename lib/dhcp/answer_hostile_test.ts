/** Packets that no decent client sends. Many are modelled on published faults of DHCP servers. */

import assert from "node:assert/strict";
import {
  clientFrame,
  type ClientPacket,
  mac,
  octets,
  SERVER_MAC,
  type WireOption,
} from "../../tests/support/dhcp_packets.ts";
import { optionOf, readReply } from "../../tests/support/dhcp_replies.ts";
import { answer, answerBytes } from "../../tests/support/dhcp_requests.ts";
import { BROADCAST_MAC, type MacAddress } from "../net/mac_address.ts";

function repeat(value: number, times: number): number[] {
  return new Array<number>(times).fill(value);
}

function option(code: number, value: readonly number[]): ClientPacket {
  return { options: [[code, value]] };
}

/** Every packet gets the outcome, and after each of them a proper client is still served. */
function check(
  rows: readonly (readonly [name: string, packet: ClientPacket, want: string])[],
): void {
  for (const [name, packet, want] of rows) {
    const { outcome, replies } = answer(packet);
    assert.equal(outcome, want, name);
    assert.equal(replies.length, want === "offer" ? 1 : 0, name);
    for (const frame of replies) assert.ok(readReply(frame).payloadBytes <= 1472, name);
    assert.equal(answer({}).outcome, "offer", `a proper client after: ${name}`);
  }
}

Deno.test("answerFrame() drops every truncation of a frame", () => {
  const bytes = clientFrame({ options: [[61, [1, 2, 3]], [55, [1, 3, 6]]] });
  for (let length = 0; length < bytes.length; length++) {
    const { outcome, replies } = answerBytes(bytes.subarray(0, length));
    assert.deepEqual(replies, [], `${length} octets`);
    assert.ok(outcome === "frameTooShort" || outcome === "badIpv4Length", `${length} octets`);
  }
});

Deno.test("answerFrame() bears every truncation of a payload", () => {
  const payload = clientFrame({ options: [[61, [1, 2, 3]]], padToBytes: 0 }).subarray(42);
  const outcomes = Array.from({ length: payload.length }, (_, length) => {
    return answerBytes(clientFrame({}, payload.subarray(0, length))).outcome;
  });
  assert.deepEqual(new Set(outcomes.slice(0, 241)), new Set(["messageTooShort"]));
  // Option 53 whole, then option 61 cut, then only END missing.
  assert.deepEqual(outcomes.slice(241), [
    ...repeat(0, 2).map(() => "optionOverrun"),
    "offer",
    ...repeat(0, 4).map(() => "optionOverrun"),
    "offer",
  ]);
});

Deno.test("answerFrame() drops what is no request of an Ethernet client", () => {
  const group = mac("01:00:5e:00:00:01");
  check([
    ...[0, 2, 3, 255].map((op) => [`op ${op}`, { op }, "notARequest"] as const),
    ...[0, 1, 5, 7, 16, 17, 255].map((hlen) => [`hlen ${hlen}`, { hlen }, "notEthernet"] as const),
    ...[0, 6, 32, 44, 255].map((htype) => [`htype ${htype}`, { htype }, "notEthernet"] as const),
    ["chaddr zero", { mac: 0 as MacAddress, ethernetSource: group }, "badEthernetSource"],
    [
      "chaddr zero from a host",
      { mac: 0 as MacAddress, ethernetSource: mac("02:00:00:00:00:07") },
      "badClientMac",
    ],
    ["chaddr multicast", { mac: group, ethernetSource: mac("02:00:00:00:00:07") }, "badClientMac"],
    ["chaddr ours", { mac: SERVER_MAC, ethernetSource: mac("02:00:00:00:00:07") }, "badClientMac"],
    ["Ethernet source multicast", { ethernetSource: group }, "badEthernetSource"],
    ["Ethernet source broadcast", { ethernetSource: BROADCAST_MAC }, "badEthernetSource"],
    ["Ethernet source ours", { ethernetSource: SERVER_MAC }, "badEthernetSource"],
    ["hops 17", { hops: 17 }, "tooManyHops"],
    ["hops 255", { hops: 255 }, "tooManyHops"],
    ["OFFER with op 1", { type: 2 }, "serverMessage"],
    ["ACK with op 1", { type: 5 }, "serverMessage"],
    ["NAK with op 1", { type: 6 }, "serverMessage"],
    ["DISCOVER with op 2", { op: 2, type: 1 }, "notARequest"],
  ]);
});

Deno.test("answerFrame() sends nothing to relays, real or made up", () => {
  const addresses = [
    "192.0.2.2",
    "127.0.0.1",
    "255.255.255.255",
    "224.0.0.1",
    "0.0.0.1",
    "8.8.8.8",
  ];
  check(addresses.map((giaddr) => [`giaddr ${giaddr}`, { giaddr }, "relayed"] as const));
});

Deno.test("answerFrame() drops malformed message types and options that overrun", () => {
  const none: ClientPacket = { type: undefined };
  check([
    ["no option 53", none, "noMessageType"],
    ["option 53 empty", { ...none, options: [[53, []]] }, "badMessageType"],
    ["option 53 of two octets", { ...none, options: [[53, [1, 1]]] }, "badMessageType"],
    ["two options 53", { ...none, options: [[53, [1]], [53, [1]]] }, "badMessageType"],
    ["type 0", { type: 0 }, "badMessageType"],
    ["type 255", { type: 255 }, "badMessageType"],
    ["a code as last octet", { tail: [61], padToBytes: 0 }, "optionOverrun"],
    ["a length past the end by one", { tail: [61, 3, 1, 2], padToBytes: 0 }, "optionOverrun"],
    ["a length past the end by 255", { tail: [61, 255], padToBytes: 0 }, "optionOverrun"],
    ["no END", { tail: [], padToBytes: 0 }, "offer"],
    ["all PAD", { ...none, tail: repeat(0, 60) }, "noMessageType"],
    ["all END", { ...none, tail: repeat(255, 60) }, "noMessageType"],
    ["600 empty options", { tail: new Array(600).fill([1, 0]).flat(), padToBytes: 0 }, "offer"],
  ]);
});

Deno.test("answerFrame() drops numbers and addresses of a wrong length", () => {
  const rows = [50, 54, 51].flatMap((code) =>
    [0, 1, 3, 5, 8, 16].map((length) =>
      [`option ${code} of ${length}`, option(code, repeat(1, length)), "badOptionLength"] as const
    )
  );
  check([...rows, ["two options 50", {
    options: [[50, octets("192.0.2.10")], [50, octets("192.0.2.10")]],
  }, "badOptionLength"]]);
});

Deno.test("answerFrame() bears strange values of options that it does not need", () => {
  const many: WireOption[] = Array.from({ length: 40 }, () => [12, repeat(97, 20)]);
  const text = (value: string) => [...new TextEncoder().encode(value)];
  check([
    ["client identifier empty", option(61, []), "offer"],
    ["host name empty", option(12, []), "offer"],
    ["host name of 0xff", option(12, repeat(255, 255)), "offer"],
    ["host name with NUL and escapes", option(12, text("a\0b\n\x1b[31m")), "offer"],
    ["host name of broken UTF-8", option(12, [0xc3, 0x28, 0xff]), "offer"],
    ["many host names", { options: many }, "offer"],
    ["message size 0", option(57, [0, 0]), "offer"],
    ["message size 1", option(57, [0, 1]), "offer"],
    ["message size 27", option(57, [0, 27]), "offer"],
    ["message size 263", option(57, [1, 7]), "offer"],
    ["message size 65535", option(57, [255, 255]), "offer"],
    ["request list empty", option(55, []), "offer"],
    ["request list of 53", option(55, repeat(53, 255)), "offer"],
    ["request list of 82", option(55, repeat(82, 255)), "offer"],
    ["request list of 0 and 255", option(55, [0, 255, 0, 255]), "offer"],
    ["overload 0", option(52, [0]), "offer"],
    ["overload 4", option(52, [4]), "offer"],
    ["overload 255", option(52, [255]), "offer"],
    ["overload inside file", { ...option(52, [1]), file: [52, 1, 3, 255] }, "offer"],
    ["overload of areas of PAD", option(52, [3]), "offer"],
    ["broadcast flag and no option", { flags: 0x8000 }, "offer"],
    ["secs 65535, flags that must be zero", { secs: 65535, flags: 0x7fff }, "offer"],
    ["xid 0", { xid: 0 }, "offer"],
    ["xid of ones", { xid: 0xffffffff }, "offer"],
  ]);
});

Deno.test("answerFrame() echoes what fits, whole, and leaves out the rest", () => {
  const huge: WireOption[] = Array.from({ length: 5 }, () => [61, repeat(7, 255)]);
  const relay: WireOption[] = Array.from({ length: 10 }, () => [82, repeat(9, 100)]);
  const cases: readonly (readonly [string, readonly WireOption[], number, number | undefined])[] = [
    ["61 of 1", [[61, [7]]], 61, 1],
    ["61 of 254", [[61, repeat(7, 254)]], 61, 254],
    ["61 of 255", [[61, repeat(7, 255)]], 61, 255],
    ["61 of 1275", huge, 61, undefined],
    ["61 of 1275, large replies taken", [...huge, [57, [5, 220]]], 61, undefined],
    ["82 empty", [[82, []]], 82, undefined],
    ["82 of 1", [[82, [1]]], 82, 1],
    ["82 of 255", [[82, repeat(9, 255)]], 82, 255],
    ["82 with a sub-option past its end", [[82, [1, 200, 3]]], 82, 3],
    ["82 ten times", relay, 82, undefined],
    ["82 ten times, large replies taken", [...relay, [57, [5, 220]]], 82, 1000],
    ["82 without room beside 61", [[61, repeat(7, 200)], [82, repeat(9, 200)]], 82, undefined],
    ["61 beside 82 without room", [[61, repeat(7, 200)], [82, repeat(9, 200)]], 61, 200],
  ];
  for (const [name, options, code, length] of cases) {
    const { replies, outcome } = answer({ options });
    assert.equal(outcome, "offer", name);
    const reply = readReply(replies[0]!);
    assert.equal(optionOf(reply, code)?.length, length, name);
    for (const needed of [1, 51, 53, 54]) assert.notEqual(optionOf(reply, needed), undefined, name);
  }
});
