/** Well-formed messages of those who are up to something, and far too many of them. */

import assert from "node:assert/strict";
import { answerFrame } from "../../lib/dhcpv4/answer.ts";
import { ClientGuard } from "../../lib/dhcpv4/guard/client_guard.ts";
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
import { answer, answerContext, protectedAnswer } from "../support/dhcp/dhcp_requests.ts";
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

Deno.test("a spoofed DECLINE or RELEASE of every client leaves every binding as it is", () => {
  const guard = new ClientGuard(0);
  for (const [client, address] of [[M1, "192.0.2.10"], [M2, "192.0.2.11"]] as const) {
    const declined = decline([THIS_SERVER, requested(address)], { mac: client });
    assert.equal(protectedAnswer(declined, { guard, nowMs: 0 }).outcome, "declined");
    const released = release(address, { mac: client });
    assert.equal(protectedAnswer(released, { guard, nowMs: 0 }).outcome, "released");
    const renewal = protectedAnswer(renew(address, { mac: client }), { guard, nowMs: 1 });
    assert.equal(renewal.yiaddr, ip(address));
    const later = protectedAnswer({ mac: client }, { guard, nowMs: 10_000 });
    assert.equal(later.yiaddr, ip(address));
  }
});

Deno.test("a flood of unknown clients costs a bound one nothing, and no memory", () => {
  const guard = new ClientGuard(0);
  const frames = 200_000;
  const heap = new HeapWatch(frames);
  const random = new SeededRandom(1);
  const bytes = clientFrame({ mac: MX });
  bytes.fill(0, 40, 42);
  let lines = 0;
  for (let i = 0; i < frames; i++) {
    writeMacAddress(0x020000000000 + random.below(2 ** 32) as MacAddress, bytes, 70);
    const protection = { guard, nowMs: i / 100 };
    const { outcome, isWorthALine } = answerFrame(
      { bytes, packetType: 1, checksumReady: true },
      answerContext(),
      protection,
    );
    assert.equal(outcome, "unknownMac");
    if (isWorthALine) lines++;
    if (i % 1000 === 0) {
      assert.equal(protectedAnswer({}, protection).outcome, "offer");
      heap.sample(i);
    }
  }
  assert.ok(lines <= 200 + 2 * 200, `${lines} lines in two seconds`);
  assert.equal(guard.size, 1);
  assert.ok(!heap.hasGrown(), `the heap grew by ${heap.growthMb()} MB`);
});

Deno.test("a flood of one bound client is answered a hundred times a second", () => {
  const guard = new ClientGuard(0);
  let offers = 0;
  for (let i = 0; i < 100_000; i++) {
    const { outcome } = protectedAnswer({}, { guard, nowMs: i / 10 });
    if (outcome === "offer") offers++;
  }
  assert.ok(offers >= 200 + 999 && offers <= 200 + 1000, `${offers} offers in ten seconds`);
  assert.equal(protectedAnswer({ mac: M2 }, { guard, nowMs: 10_000 }).outcome, "offer");
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
