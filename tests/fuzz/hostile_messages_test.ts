/** Messages that no decent client sends. Many are modelled on published faults of DHCP software. */

import assert from "node:assert/strict";
import { BROADCAST_MAC, type MacAddress } from "../../lib/net/mac_address.ts";
import {
  clientFrame,
  type ClientPacket,
  mac,
  octets,
  SERVER_MAC,
  type WireOption,
} from "../support/dhcp/dhcp_packets.ts";
import { optionOf, readReply } from "../support/dhcp/dhcp_replies.ts";
import { answer, answerBytes } from "../support/dhcp/dhcp_requests.ts";
import { repeat, testHostile, withOption } from "./hostile.ts";
import { SeededRandom } from "./random.ts";

const NO_TYPE: ClientPacket = { type: undefined };
const GROUP = mac("01:00:5e:00:00:01");
const SENDER = mac("02:00:00:00:00:07");
const MINE: WireOption = [50, octets("192.0.2.10")];

function text(value: string): number[] {
  return [...new TextEncoder().encode(value)];
}

function bootp(): Uint8Array {
  const frame = clientFrame(NO_TYPE);
  const random = new SeededRandom(951);
  for (let i = 42 + 236; i < frame.length; i++) frame[i] = random.below(99);
  frame.fill(0, 40, 42);
  return frame;
}

testHostile([
  [
    "hlen is not that of Ethernet",
    [0, 1, 5, 7, 16, 17, 255].map((hlen) => ({ hlen })),
    "notEthernet",
  ],
  ["htype is not Ethernet", [0, 6, 32, 44, 255].map((htype) => ({ htype })), "notEthernet"],
  [
    "chaddr is nobody's, everybody's, a group's, ours",
    [0, BROADCAST_MAC, GROUP, SERVER_MAC]
      .map((chaddr) => ({ mac: chaddr as MacAddress, ethernetSource: SENDER })),
    "badClientMac",
  ],
  ["op is no request", [0, 2, 3, 255].map((op) => ({ op })), "notARequest"],
  [
    "cookie is wrong",
    [0, 1, 2, 3].map((at) => {
      const frame = clientFrame();
      frame[42 + 236 + at]! ^= 1;
      frame.fill(0, 40, 42);
      return frame;
    }),
    "badMagicCookie",
  ],
  [
    "cookie is cut",
    [236, 237, 238, 239, 240].map((bytes) =>
      clientFrame({}, clientFrame().subarray(42, 42 + bytes))
    ),
    "messageTooShort",
  ],
  ["plain BOOTP", [bootp()], "badMagicCookie"],
  ["option 53 is missing", [NO_TYPE], "noMessageType"],
  ["option 53 is empty, too long, or there twice", [
    { ...NO_TYPE, options: [[53, []]] },
    { ...NO_TYPE, options: [[53, [1, 1]]] },
    { ...NO_TYPE, options: [[53, [1]], [53, [1]]] },
  ], "badMessageType"],
  ["option 53 is no type", [0, 9, 19, 255].map((type) => ({ type })), "badMessageType"],
  ["a code is the last octet", [{ tail: [61], padToBytes: 0 }], "optionOverrun"],
  ["an option runs past the end", [
    { tail: [61, 3, 1, 2], padToBytes: 0 },
    { tail: [61, 255], padToBytes: 0 },
  ], "optionOverrun"],
  ["no END", [{ tail: [], padToBytes: 0 }], "offer"],
  [
    "all PAD, all END",
    [0, 255].map((octet) => ({ ...NO_TYPE, tail: repeat(octet, 1200) })),
    "noMessageType",
  ],
  ["600 empty options", [{ tail: new Array(600).fill([1, 0]).flat(), padToBytes: 0 }], "offer"],
  ["client identifier empty, long, in many pieces", [
    ...withOption(61, [[], [7], repeat(7, 254), repeat(7, 255), repeat(0xfe, 255)]),
    { options: Array.from({ length: 4 }, (): WireOption => [61, repeat(7, 255)]) },
  ], "offer"],
  ["host name empty, of 0xff, with NUL, escapes and broken UTF-8, many", [
    ...withOption(12, [[], repeat(255, 255), text("a\0b\n\x1b[31m"), [0xc3, 0x28, 0xff]]),
    { options: Array.from({ length: 40 }, (): WireOption => [12, repeat(97, 20)]) },
  ], "offer"],
  [
    "FQDN with labels too long, past the end, in a loop, of flags only",
    withOption(81, [
      [4, 0, 0, 64, ...repeat(97, 64)],
      [4, 0, 0, 20, 97],
      [4, 0, 0, 0xc0, 3],
      [4],
    ]),
    "offer",
  ],
  [
    "maximum message size of any number",
    withOption(57, [
      [0, 0],
      [0, 1],
      [0, 27],
      [1, 7],
      [1, 8],
      [255, 255],
    ]),
    "offer",
  ],
  [
    "an address of a wrong length",
    [50, 54].flatMap((code) =>
      withOption(code, [0, 1, 3, 5, 8, 16].map((length) => repeat(1, length)))
    ),
    "badOptionLength",
  ],
  [
    "maximum message size or lease time of a wrong length",
    [
      ...withOption(57, [[], [1], [1, 2, 3]]),
      ...withOption(51, [0, 1, 3, 5, 8, 16].map((length) => repeat(1, length))),
    ],
    "offer",
  ],
  ["requested address twice", [{ options: [MINE, MINE] }], "badOptionLength"],
  ["overload of no meaning", withOption(52, [[0], [4], [255], [], [1, 1]]), "offer"],
  ["overload inside the other fields, without END", [
    { options: [[52, [1]]], file: [52, 1, 3, 255] },
    { options: [[52, [3]]], file: repeat(0, 128), sname: repeat(0, 64) },
    { options: [[52, [2]]], sname: [52, 1, 1, 255] },
  ], "offer"],
  ["overload of fields that run past their end", [
    { options: [[52, [1]]], file: repeat(1, 128) },
    { options: [[52, [2]]], sname: repeat(255, 0).concat([12, 200]) },
  ], "optionOverrun"],
  [
    "request list empty, of 53, of 82, of 0 and 255",
    withOption(55, [
      [],
      repeat(53, 255),
      repeat(82, 255),
      [0, 255, 0, 255],
    ]),
    "offer",
  ],
  ["relay information empty, overrunning, nested, ten times, without room", [
    ...withOption(82, [[], [1], [1, 200, 3], [82, 3, 82, 1, 0], repeat(9, 255)]),
    { options: Array.from({ length: 10 }, (): WireOption => [82, repeat(9, 100)]) },
    { options: [[61, repeat(7, 200)], [82, repeat(9, 200)]] },
  ], "offer"],
  [
    "vendor options with inner lengths past the end and of zero",
    [43, 60, 77, 124, 125].flatMap(
      (code) =>
        withOption(code, [[0, 0, 0, 0], [1, 255], [0, 0, 1, 55, 255, 1, 2], repeat(0, 255)]),
    ),
    "offer",
  ],
  ["strings of 0xff and 0xfe, an empty domain name, a long architecture", [
    ...withOption(12, [repeat(0xff, 255)]),
    ...withOption(61, [repeat(0xfe, 255)]),
    ...withOption(15, [[]]),
    ...withOption(92, [repeat(1, 255)]),
    ...withOption(93, [repeat(1, 255), [], [0]]),
  ], "offer"],
  ["17 and 255 hops", [17, 255].map((hops) => ({ hops })), "tooManyHops"],
  ["secs of 65535 and flags that must be zero", [{ secs: 65535, flags: 0x7fff }], "offer"],
  ["xid 0 and of ones", [0, 0xffffffff].map((xid) => ({ xid })), "offer"],
  ["the broadcast flag and nothing else", [{ flags: 0x8000, padToBytes: 0 }], "offer"],
  ["lease queries", [10, 11, 12, 13, 14, 15, 16, 17].map((type) => ({ type })), "badMessageType"],
  ["OFFER, ACK and NAK with op 1", [2, 5, 6].map((type) => ({ type })), "serverMessage"],
  ["DISCOVER with op 2", [{ op: 2 }], "notARequest"],
]);

testHostile([["40 pieces of one option that make 8 kilobytes", [
  { options: Array.from({ length: 40 }, (): WireOption => [43, repeat(1, 210)]) },
], "offer"]], { mtuBytes: 9000 });

Deno.test("every truncation of a message is borne", () => {
  const payload = clientFrame({ options: [[61, [1, 2, 3]]], padToBytes: 0 }).subarray(42);
  const outcomes = Array.from(
    { length: payload.length },
    (_, length) => answerBytes(clientFrame({}, payload.subarray(0, length))).outcome,
  );
  assert.deepEqual(new Set(outcomes.slice(0, 241)), new Set(["messageTooShort"]));
  // Option 53 whole, then option 61 cut, then only END missing.
  const cut = "optionOverrun";
  assert.deepEqual(outcomes.slice(241), [cut, cut, "offer", cut, cut, cut, cut, "offer"]);
});

Deno.test("echoes go back whole or not at all, and never push the lease out", () => {
  const huge: WireOption[] = Array.from({ length: 4 }, () => [61, repeat(7, 255)]);
  const relay: WireOption[] = Array.from({ length: 10 }, () => [82, repeat(9, 100)]);
  const large: WireOption = [57, [5, 220]];
  const both: WireOption[] = [[61, repeat(7, 200)], [82, repeat(9, 200)]];
  const cases: readonly (readonly [string, readonly WireOption[], number, number | undefined])[] = [
    ["61 empty", [[61, []]], 61, undefined],
    ["61 of 1", [[61, [7]]], 61, 1],
    ["61 of 255", [[61, repeat(7, 255)]], 61, 255],
    ["61 of 1020", huge, 61, undefined],
    ["61 of 1020, large replies taken", [...huge, large], 61, 1020],
    ["82 empty", [[82, []]], 82, undefined],
    ["82 of 255", [[82, repeat(9, 255)]], 82, 255],
    ["82 with a sub-option past its end", [[82, [1, 200, 3]]], 82, 3],
    ["82 ten times", relay, 82, undefined],
    ["82 ten times, large replies taken", [...relay, large], 82, 1000],
    ["82 without room beside 61", both, 82, undefined],
    ["61 beside 82 without room", both, 61, 200],
  ];
  for (const [name, options, code, length] of cases) {
    const { replies, outcome } = answer({ options });
    assert.equal(outcome, "offer", name);
    const reply = readReply(replies[0]!);
    assert.equal(optionOf(reply, code)?.length, length, name);
    for (const needed of [1, 51, 53, 54]) assert.notEqual(optionOf(reply, needed), undefined, name);
  }
});
