import assert from "node:assert/strict";
import {
  clientFrame,
  type ClientPacket,
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
import { FakeClock } from "../../../tests/support/clocks/fake_clock.ts";
import { mulberry32 } from "../../../tests/support/harness/seeded_random.ts";
import { RecordingLogger } from "../../../tests/support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../../tests/support/metrics/recording_registry.ts";
import { POOL } from "../../../tests/support/network/dhcp_server_setup.ts";
import { finish } from "../../base/turns.ts";
import { answerFrame } from "../../dhcpv4/answer.ts";
import { createLeaseTable, type LeaseTable } from "../../dhcpv4/lease.ts";
import { encodeArpFrame } from "../../net/arp.ts";
import { formatMacAddress, type MacAddress } from "../../net/mac_address.ts";
import { parseAgentReport, REPORT_BYTES_MAX } from "../../reconcile/agent_report.ts";
import { AgentMetrics } from "../agent_metrics.ts";
import { WireMemory } from "./wire_memory.ts";

const SELECTING_OTHER = { type: REQUEST, options: [[54, octets(OTHER_SERVER_IP)]] } as const;

function setUp(table = leaseTable()) {
  const clock = new FakeClock();
  const log = new RecordingLogger();
  const registry = new RecordingRegistry();
  const metrics = new AgentMetrics(registry, POOL);
  const wire = new WireMemory({ metrics, log, clock });
  wire.usePort({ macAddress: SERVER_MAC, interfaceName: "eth1" });
  let served = table;
  function follow(next: LeaseTable): void {
    wire.follow(finish(wire.nextInSteps(next)));
    served = next;
  }
  follow(table);
  function receive(bytes: Uint8Array, nowMs = clock.monotonicMs()): void {
    const frame = { bytes, packetType: 1, checksumReady: false, receivedMs: 0 };
    const context = { table: served, macAddress: SERVER_MAC, mtuBytes: 1500 };
    const answer = answerFrame(frame, context);
    const kind = metrics.packet(answer.messageType ?? "unknown", answer.outcome);
    wire.note(kind, answer, { frame, table: served, nowMs });
  }
  const send = (packet: ClientPacket, nowMs?: number) => receive(clientFrame(packet), nowMs);
  return { clock, log, registry, wire, follow, receive, send, report: () => wire.report(served) };
}

Deno.test("WireMemory tells when a client was last seen, with what, and what became of it", () => {
  const { wire, send } = setUp();
  send({});
  send({ type: REQUEST, ciaddr: "192.0.2.10" });
  const { time: _, ...seen } = wire.lastSeenOf(M1)!;
  assert.deepEqual(seen, { mac: "52:54:00:12:34:56", type: "REQUEST", outcome: "ack", count: 2 });
  assert.equal(wire.lastSeenOf(M2), undefined, "it never asked");
});

Deno.test("WireMemory tells of a client whose packets cannot be read", () => {
  const { wire, send } = setUp();
  send({ type: undefined });
  const { type, outcome } = wire.lastSeenOf(M1)!;
  assert.deepEqual([type, outcome], ["unknown", "noMessageType"]);
});

Deno.test("WireMemory shows times of the host's clock, as that is set now", async () => {
  const { clock, wire, send } = setUp();
  send({});
  await clock.advance(90_000);
  const ageMs = clock.nowMs() - Date.parse(wire.lastSeenOf(M1)!.time);
  assert.ok(ageMs >= 90_000 && ageMs < 91_000, `${ageMs}`);
});

Deno.test("WireMemory keeps a client through an edit of the pool, and forgets one with its binding", () => {
  const { wire, send, follow } = setUp();
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
  const { wire, send } = setUp();
  send({}, 1000);
  send({ mac: M2 }, 2000);
  const { lastSeen, leftOut } = wire.latest(1);
  assert.deepEqual([lastSeen.map(({ mac }) => mac), leftOut], [[formatMacAddress(M2)], 1]);
  assert.equal(wire.latest(2).leftOut, 0);
});

Deno.test("WireMemory counts clients without a binding, but not those of another pool", () => {
  const { send, report } = setUp();
  send({ mac: MX });
  send({ mac: MX, type: REQUEST, options: [[54, octets(SERVER_IP)], [50, octets("192.0.2.10")]] });
  send({});
  assert.deepEqual(report().unknownClients, { packets: 2, clients: 1, perMinute: 2 });
  const shared = setUp(leaseTable(poolParameters({ networkShared: true })));
  shared.send({ mac: MX });
  assert.equal(shared.report().unknownClients.packets, 0);
});

Deno.test("WireMemory reports what a client and other hosts say of its address", () => {
  const { send, report } = setUp();
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
  const { wire, follow, report } = setUp();
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

Deno.test("WireMemory reports a server that clients chose, and its MAC once a reply was seen", () => {
  const { send, receive, report } = setUp();
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
    const { clock, wire, send, receive, report } = setUp();
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
  const { wire, receive, follow, report } = setUp();
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

Deno.test("WireMemory lists the machines without a binding that ask, with what they say of themselves", async () => {
  const { clock, wire, send } = setUp();
  const name = [...new TextEncoder().encode("web-7\0")];
  send({ mac: MX, options: [[12, name], [60, [...new TextEncoder().encode("udhcp 1.36.1")]]] });
  await clock.advance(4000);
  send({ mac: MX });
  send({});
  const [machine, ...others] = wire.unknown(() => false);
  const { firstSeen, lastSeen, ...rest } = machine!;
  assert.deepEqual(rest, {
    macAddress: formatMacAddress(MX),
    count: 2,
    lastMessage: "DISCOVER",
    interface: "eth1",
    vendorClass: "udhcp 1.36.1",
    hostname: "web-7",
  });
  assert.equal(Date.parse(lastSeen) - Date.parse(firstSeen), 4000);
  assert.deepEqual(others, []);
  assert.deepEqual(wire.unknown((mac) => mac === MX), [], "it has a binding by now");
});

Deno.test("WireMemory shows no text of a machine that would steer a terminal, nor a long one as a whole", () => {
  const { wire, send } = setUp();
  send({ mac: MX, options: [[12, [27, 91, 50, 74]], [60, new Array(200).fill(65)]] });
  const [machine] = wire.unknown(() => false);
  assert.equal(machine?.hostname, undefined);
  assert.equal(machine?.vendorClass, "A".repeat(64));
});

Deno.test("WireMemory names a machine without a binding once in ten minutes, with how often it asked", async () => {
  const { clock, log, send } = setUp();
  for (let minute = 0; minute <= 21; minute++) {
    send({ mac: MX });
    await clock.advance(60_000);
  }
  const lines = log.lines.filter(({ msg }) => msg === "a machine without an address asks");
  assert.deepEqual(
    lines.map(({ level, fields }) => [level, fields?.mac, fields?.count, fields?.interface]),
    [1, 11, 21].map((count) => ["info", formatMacAddress(MX), count, "eth1"]),
  );
});

Deno.test("WireMemory names few of many made-up machines, says how many requests it left out, and names one that goes on", async () => {
  const { clock, log, wire, send } = setUp();
  const minutes = 5;
  for (let second = 0; second < minutes * 60; second++) {
    for (let i = 0; i < 1000; i++) {
      send({ mac: (0x060000000000 + second * 1000 + i) as MacAddress });
    }
    if (second % 8 === 0) send({ mac: MX });
    await clock.advance(1000);
    wire.count(undefined);
  }
  const named = log.lines.filter(({ msg }) => msg === "a machine without an address asks");
  assert.ok(named.length <= 34 + 20 * minutes, `${named.length} lines`);
  assert.equal(named.filter(({ fields }) => fields?.mac === formatMacAddress(MX)).length, 1);
  const summaries = log.lines.filter(({ msg }) => msg.startsWith("more machines"));
  assert.equal(summaries.length, minutes);
  const unnamed = summaries.map(({ fields }) => fields?.requests as number);
  assert.ok(unnamed.every((requests) => requests > 59_000 && requests < 61_000), `${unnamed}`);
  assert.equal(
    wire.unknown(() => false).filter(({ macAddress }) => macAddress === formatMacAddress(MX))
      .length,
    1,
  );
});

Deno.test("WireMemory names no machine that may be a client of another pool of the network", () => {
  const { log, wire, send } = setUp(leaseTable(poolParameters({ networkShared: true })));
  send({ mac: MX });
  assert.deepEqual(log.lines, []);
  assert.equal(wire.unknown(() => false).length, 1);
});
