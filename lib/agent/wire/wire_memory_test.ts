import assert from "node:assert/strict";
import {
  clientFrame,
  DECLINE,
  ip,
  leaseTable,
  M1,
  M2,
  MX,
  octets,
  OTHER_SERVER_IP,
  poolParameters,
  REQUEST,
  SERVER_IP,
  SERVER_MAC,
} from "../../../tests/support/dhcp/dhcp_packets.ts";
import { mulberry32 } from "../../../tests/support/harness/seeded_random.ts";
import { setUpWireMemory } from "../../../tests/support/dhcp/wire_memory_setup.ts";
import { answerFrame } from "../../dhcpv4/answer.ts";
import { createLeaseTable } from "../../dhcpv4/lease.ts";
import { encodeArpFrame } from "../../net/arp.ts";
import { BROADCAST_MAC, formatMacAddress, type MacAddress } from "../../net/mac_address.ts";
import { parseAgentReport, REPORT_BYTES_MAX } from "../../reconcile/agent_report.ts";

const SELECTING_OTHER = { type: REQUEST, options: [[54, octets(OTHER_SERVER_IP)]] } as const;

Deno.test("WireMemory tells when a client was last seen, with what, and what became of it", () => {
  const { wire, send } = setUpWireMemory();
  send({});
  send({ type: REQUEST, ciaddr: "192.0.2.10" });
  const { time: _, ...seen } = wire.lastSeenOf(M1)!;
  assert.deepEqual(seen, { mac: "52:54:00:12:34:56", type: "REQUEST", outcome: "ack", count: 2 });
  assert.equal(wire.lastSeenOf(M2), undefined, "it never asked");
});

Deno.test("WireMemory tells of a client whose packets cannot be read", () => {
  const { wire, send } = setUpWireMemory();
  send({ type: undefined });
  const { type, outcome } = wire.lastSeenOf(M1)!;
  assert.deepEqual([type, outcome], ["unknown", "noMessageType"]);
});

Deno.test("WireMemory shows times of the host's clock, as that is set now", async () => {
  const { clock, wire, send } = setUpWireMemory();
  send({});
  await clock.advance(90_000);
  const ageMs = clock.nowMs() - Date.parse(wire.lastSeenOf(M1)!.time);
  assert.ok(ageMs >= 90_000 && ageMs < 91_000, `${ageMs}`);
});

Deno.test("WireMemory keeps a client through an edit of the pool, and forgets one with its binding", () => {
  const { wire, send, follow } = setUpWireMemory();
  send({});
  send({ mac: M2 });
  follow(leaseTable(poolParameters({ dns: [] })));
  assert.equal(wire.lastSeenOf(M1)?.count, 1);
  follow(createLeaseTable(poolParameters(), new Map([[M1, ip("192.0.2.10")]])));
  assert.equal(wire.lastSeenOf(M1)?.count, 1);
  follow(leaseTable());
  assert.equal(wire.lastSeenOf(M2), undefined, "its binding is a new one");
  wire.forgetClients();
  assert.equal(wire.lastSeenOf(M1), undefined);
});

Deno.test("WireMemory names the clients that were seen last, and counts those without room", () => {
  const { wire, send } = setUpWireMemory();
  send({}, 1000);
  send({ mac: M2 }, 2000);
  const { lastSeen, leftOut } = wire.latest(1);
  assert.deepEqual([lastSeen.map(({ mac }) => mac), leftOut], [[formatMacAddress(M2)], 1]);
  assert.equal(wire.latest(2).leftOut, 0);
});

Deno.test("WireMemory counts clients without a binding, but not those of another pool", () => {
  const { send, report } = setUpWireMemory();
  send({ mac: MX });
  send({ mac: MX, type: REQUEST, options: [[54, octets(SERVER_IP)], [50, octets("192.0.2.10")]] });
  send({});
  assert.deepEqual(report().unknownClients, { packets: 2, clients: 1, perMinute: 2 });
  const shared = setUpWireMemory(leaseTable(poolParameters({ networkShared: true })));
  shared.send({ mac: MX });
  assert.equal(shared.report().unknownClients.packets, 0);
});

Deno.test("WireMemory reports what a client and other hosts say of its address", () => {
  const { send, report } = setUpWireMemory();
  const decline = {
    type: DECLINE,
    options: [[50, octets("192.0.2.10")], [54, octets(SERVER_IP)]],
  } as const;
  send(decline, 1000);
  send({ ...decline, ethernetSource: MX }, 2000);
  const [forged, own] = report().addressConflicts;
  assert.deepEqual([forged!.how, forged!.mac, forged!.otherMac], [
    "declined",
    formatMacAddress(M1),
    formatMacAddress(MX),
  ]);
  assert.deepEqual([own!.how, own!.mac, "otherMac" in own!], [
    "declined",
    formatMacAddress(M1),
    false,
  ]);
});

Deno.test("WireMemory reports a conflict for as long as the binding is the same", () => {
  const { wire, follow, report } = setUpWireMemory();
  const arp = encodeArpFrame({
    operation: "request",
    senderMac: MX,
    senderIp: ip("192.0.2.10"),
    targetMac: 0 as MacAddress,
    targetIp: ip("192.0.2.1"),
  }, MX);
  wire.noteArp(arp, leaseTable(), 0);
  const [conflict] = report().addressConflicts;
  assert.deepEqual([conflict!.how, conflict!.mac, conflict!.otherMac], [
    "arp",
    formatMacAddress(M1),
    formatMacAddress(MX),
  ]);
  follow(createLeaseTable(poolParameters(), new Map([[MX, ip("192.0.2.10")]])));
  assert.deepEqual(report().addressConflicts, [], "the address is that host's by now");
});

Deno.test("WireMemory takes a relay agent of the pool in option 54 for no other server", () => {
  const relays = [ip(OTHER_SERVER_IP)];
  const { send, report } = setUpWireMemory(leaseTable(poolParameters({ relays })));
  send(SELECTING_OTHER);
  assert.deepEqual(report().otherServers, []);
});

Deno.test("WireMemory reports a server that clients chose with its MAC, when it was seen in ARP", () => {
  const { wire, send, report } = setUpWireMemory();
  const senderMac = MX;
  wire.noteArp(
    encodeArpFrame({
      ...{ operation: "request", senderMac, senderIp: ip(OTHER_SERVER_IP) },
      ...{ targetMac: 0 as MacAddress, targetIp: ip("192.0.2.10") },
    }, BROADCAST_MAC),
    leaseTable(),
    0,
  );
  send(SELECTING_OTHER);
  assert.deepEqual(report().otherServers.map(({ mac, won }) => [mac, won]), [
    [formatMacAddress(MX), 1],
  ]);
});

Deno.test("WireMemory reports a server that clients chose, and its MAC once a reply was seen", () => {
  const { send, receive, report } = setUpWireMemory();
  send(SELECTING_OTHER);
  send({ ...SELECTING_OTHER, mac: MX });
  send({ type: 1, options: [[54, octets(OTHER_SERVER_IP)]] });
  const zero = "00:00:00:00:00:00";
  const summary = () =>
    report().otherServers.map(({ serverIdentifier, mac, won, seen }) =>
      `${serverIdentifier} ${mac} ${won} ${seen}`
    );
  assert.deepEqual(summary(), [`${OTHER_SERVER_IP} ${zero} 1 0`], "a bound client's REQUEST only");
  const other = leaseTable(poolParameters({ serverIp: ip(OTHER_SERVER_IP) }));
  const request = { bytes: clientFrame({ flags: 0x8000 }), packetType: 1, checksumReady: true };
  receive(answerFrame(request, { table: other, macAddress: MX, mtuBytes: 1500 }).replies[0]!);
  assert.deepEqual(summary(), [`${OTHER_SERVER_IP} ${formatMacAddress(MX)} 1 1`]);
});

Deno.test("WireMemory knows the NAK of a replica for a REQUEST that it refused itself", async () => {
  const refused = clientFrame({ type: REQUEST, ciaddr: "192.0.2.99", xid: 7 });
  const request = { bytes: refused, packetType: 1, checksumReady: true };
  const replica = { table: leaseTable(), macAddress: MX, mtuBytes: 1500 };
  const [nak] = answerFrame(request, replica).replies;
  for (const isOurs of [true, false]) {
    const { clock, wire, send, receive, report } = setUpWireMemory();
    send({ type: REQUEST, ciaddr: "192.0.2.10" });
    if (isOurs) receive(refused);
    else send({ type: REQUEST, ciaddr: "192.0.2.10", xid: 7 });
    receive(nak!);
    await clock.advance(5000);
    wire.count(leaseTable());
    assert.deepEqual(
      report().impostors.map(({ mac }) => mac),
      isOurs ? [] : [formatMacAddress(MX)],
    );
  }
});

Deno.test("WireMemory stays within its bounds, and its report can be read, whatever is received", () => {
  const seed = 2026;
  const random = mulberry32(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const { wire, receive, follow, report } = setUpWireMemory();
  const anyMac = () => pick([M1, M2, MX, SERVER_MAC, Math.floor(random() * 2 ** 48) as MacAddress]);
  const anyIp = () =>
    pick([SERVER_IP, OTHER_SERVER_IP, "192.0.2.10", `10.0.${Math.floor(random() * 256)}.9`]);
  const tables = [leaseTable(), leaseTable(poolParameters({ router: ip("192.0.2.9") }))];
  for (let round = 0; round < 20_000; round++) {
    if (round % 500 === 0) follow(pick(tables));
    if (random() < 0.3) {
      const packet = { senderMac: anyMac(), senderIp: ip(anyIp()), targetMac: anyMac() };
      const arp = { operation: "request" as const, ...packet, targetIp: ip(anyIp()) };
      wire.noteArp(encodeArpFrame(arp, anyMac()), leaseTable(), round * 10);
    } else {
      const bytes = clientFrame({
        type: pick([1, 2, 3, 4, 5, 6, 7, 8, 9, undefined]),
        op: pick([1, 1, 1, 2]),
        mac: anyMac(),
        ethernetSource: anyMac(),
        ciaddr: anyIp(),
        options: [[54, octets(anyIp())], [50, octets(anyIp())]],
      });
      // To port 68 it is a reply.
      if (random() < 0.5) bytes[37] = 68;
      receive(bytes, round * 10);
    }
  }
  const times = { pool: "default/p", instance: "agent-1", startedAt: "2026-01-31T12:00:00Z" };
  const { lastSeen, leftOut } = wire.latest(1500);
  const text = JSON.stringify({ ...times, ...report(), lastSeen, lastSeenLeftOut: leftOut });
  assert.ok(text.length < REPORT_BYTES_MAX / 4, `${text.length}`);
  const parsed = parseAgentReport(text);
  assert.ok(parsed.ok, `seed ${seed}: ${JSON.stringify(parsed)}`);
  assert.ok(lastSeen.length <= 2);
  const { addressConflicts, otherServers, impostors } = parsed.report;
  for (const list of [addressConflicts, otherServers, impostors]) {
    assert.ok(list.length > 0 && list.length <= 32, `seed ${seed}: ${list.length}`);
  }
});
