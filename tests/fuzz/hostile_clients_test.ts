/** Well-formed messages of those who are up to something, and far too many of them. */

import assert from "node:assert/strict";
import { answerFrame } from "../../lib/dhcpv4/answer.ts";
import { type MacAddress, writeMacAddress } from "../../lib/net/mac_address.ts";
import {
  decline,
  inform,
  rebind,
  relayed,
  release,
  renew,
  request,
  requested,
  THIS_SERVER,
} from "../conformance/network.ts";
import {
  clientFrame,
  ip,
  leaseTable,
  M1,
  M2,
  mac,
  MX,
  poolParameters,
  SERVER_IP,
} from "../support/dhcp/dhcp_packets.ts";
import { answer, answerContext } from "../support/dhcp/dhcp_requests.ts";
import { HeapWatch } from "./heap_watch.ts";
import { testHostile } from "./hostile.ts";
import { SeededRandom } from "./random.ts";

const UNUSABLE = [SERVER_IP, "192.0.2.1", "192.0.2.0", "192.0.2.255", "127.0.0.1"];
const ABROAD = { destinationIp: SERVER_IP, sourceIp: "198.51.100.9" };
const NOBODYS_RELAYS = [
  SERVER_IP,
  "127.0.0.1",
  "255.255.255.255",
  "224.0.0.1",
  "0.0.0.1",
  "203.0.113.9",
];

testHostile([
  ["renewal of an address that was never leased", [renew("192.0.2.50", { mac: MX })], "unknownMac"],
  [
    "an address of a foreign network",
    [request([requested("10.0.0.1")]), rebind("10.0.0.1")],
    "nak",
  ],
  ["broadcast INFORM of an unknown host", [
    inform("192.0.2.200", { mac: MX, destinationIp: "255.255.255.255" }),
  ], "unknownMac"],
  ["unicast from a foreign network with odd options", [
    { ...ABROAD, options: [[55, [1]], [82, [1, 0]]] },
    { ...request([THIS_SERVER, requested("192.0.2.10")]), ...ABROAD },
    { ...request([]), ...ABROAD, options: [[118, [198, 51, 100, 0]]] },
    { ...inform("198.51.100.9"), mac: MX },
  ], "foreignSource"],
  [
    "giaddr of this server, a loop, a group, a victim",
    NOBODYS_RELAYS
      .map((giaddr) => relayed({}, { giaddr })),
    "relayed",
  ],
  [
    "renewal of an address that no client can have",
    UNUSABLE.map((ciaddr) => renew(ciaddr, { sourceIp: "0.0.0.0" })),
    "nak",
  ],
  [
    "INFORM from an address that no client can have",
    UNUSABLE
      .map((ciaddr) => inform("0.0.0.0", { ciaddr })),
    "informIgnored",
  ],
  ["a victim's chaddr", [{ ethernetSource: mac("02:00:00:00:00:09") }], "offer"],
]);

testHostile(
  [["a victim's chaddr where these are compared", [
    { ethernetSource: mac("02:00:00:00:00:09") },
  ], "chaddrMismatch"]],
  { table: leaseTable(poolParameters({ strictChaddr: true })) },
);

Deno.test("INFORM to an empty pool gets options, and breaks nothing", () => {
  const empty = {
    table: { ...leaseTable(), addressOf: () => undefined, ownerOf: () => undefined },
  };
  assert.equal(answer(inform("192.0.2.200"), empty).outcome, "informAck");
});

Deno.test("a spoofed DECLINE or RELEASE, again and again, keeps no client from its OFFER", () => {
  for (let round = 0; round < 100; round++) {
    for (const [client, address] of [[M1, "192.0.2.10"], [M2, "192.0.2.11"]] as const) {
      const from = { mac: client, ethernetSource: round % 2 === 0 ? MX : client };
      const declined = decline([THIS_SERVER, requested(address)], from);
      assert.equal(answer(declined).outcome, "declined");
      assert.equal(answer(release(address, from)).outcome, "released");
      assert.equal(answer(renew(address, { mac: client })).yiaddr, ip(address));
      assert.equal(answer({ mac: client }).yiaddr, ip(address));
    }
  }
});

Deno.test("a forged REQUEST never has the server refuse a bound client", () => {
  const forged = { mac: M1, ethernetSource: MX };
  const packets = [
    request([THIS_SERVER, requested("192.0.2.11")], forged),
    request([THIS_SERVER, requested("10.0.0.1")], forged),
    request([THIS_SERVER], { ...forged, ciaddr: "192.0.2.99" }),
    request([requested("192.0.2.11")], forged),
    request([requested("10.0.0.1")], forged),
    renew("192.0.2.11", forged),
    renew("192.0.2.99", { ...forged, sourceIp: "192.0.2.200" }),
    rebind("192.0.2.11", forged),
    rebind("10.0.0.1", forged),
  ];
  for (const authoritative of [false, true]) {
    const table = leaseTable(poolParameters({ authoritative }));
    for (const packet of packets) {
      const { outcome, replies } = answer(packet, { table });
      assert.deepEqual([outcome, replies], ["nakWithheld", []]);
      assert.equal(answer({ ...packet, ethernetSource: M1 }, { table }).outcome, "nak");
    }
  }
});

Deno.test("a flood of unknown clients costs a bound one nothing, and no memory", () => {
  const frames = 200_000;
  const heap = new HeapWatch(frames);
  const random = new SeededRandom(1);
  const bytes = clientFrame({ mac: MX });
  bytes.fill(0, 40, 42);
  for (let i = 0; i < frames; i++) {
    writeMacAddress(0x020000000000 + random.below(2 ** 32) as MacAddress, bytes, 70);
    const { outcome } = answerFrame({ bytes, packetType: 1, checksumReady: true }, answerContext());
    assert.equal(outcome, "unknownMac");
    if (i % 1000 === 0) {
      assert.equal(answer({}).outcome, "offer");
      heap.sample(i);
    }
  }
  assert.ok(!heap.hasGrown(), `the heap grew by ${heap.growthMb()} MB`);
});

Deno.test("a flood with the MAC of a bound client takes nothing from that client", () => {
  const sources = [MX, M1].map((ethernetSource) => ({ mac: M1, ethernetSource }));
  const lease = { ciaddr: "192.0.2.10" };
  for (let i = 0; i < 100_000; i++) {
    const from = sources[i % 4 >> 1]!;
    const packet = i % 2 === 0 ? from : inform("192.0.2.10", from);
    assert.notDeepEqual(answer(packet).replies, []);
    if (i % 10_000 !== 0) continue;
    assert.equal(answer({}).outcome, "offer");
    assert.equal(answer(renew("192.0.2.10")).outcome, "ack");
    assert.equal(answer(inform("192.0.2.10", lease)).outcome, "informAck");
  }
});

Deno.test("one malformed packet again and again leaves nothing behind", () => {
  const repetitions = 300_000;
  const heap = new HeapWatch(repetitions);
  const bytes = clientFrame({ tail: [61, 255], padToBytes: 0 });
  const frame = { bytes, packetType: 1, checksumReady: true };
  const context = answerContext();
  for (let i = 0; i < repetitions; i++) {
    assert.equal(answerFrame(frame, context).outcome, "optionOverrun");
    if (i % 1000 === 0) heap.sample(i);
  }
  assert.ok(!heap.hasGrown(), `the heap grew by ${heap.growthMb()} MB`);
});
