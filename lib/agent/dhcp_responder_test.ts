import assert from "node:assert/strict";
import {
  clientFrame,
  DECLINE,
  ip,
  leaseTable,
  M1,
  MX,
  octets,
  OTHER_SERVER_IP,
  poolParameters,
  SERVER_IP,
} from "../../tests/support/dhcp/dhcp_packets.ts";
import { FakeClock } from "../../tests/support/clocks/fake_clock.ts";
import { FakeNetwork } from "../../tests/support/network/fake_network.ts";
import { RecordingLogger } from "../../tests/support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../tests/support/metrics/recording_registry.ts";
import { CLIENT_LIMITS_DEFAULT } from "../dhcpv4/guard/client_guard.ts";
import { createLeaseTable, type LeaseTable } from "../dhcpv4/lease.ts";
import { type ArpPacket, decodeArpFrame, encodeArpFrame } from "../net/arp.ts";
import { BROADCAST_MAC, type MacAddress } from "../net/mac_address.ts";
import { ErrnoError } from "../sys/contract.ts";
import { AgentMetrics } from "./agent_metrics.ts";
import { DhcpResponder } from "./dhcp_responder.ts";

const POOL = { ippool: "default/pool" };

function setUp(logPackets = false) {
  const eth1 = new FakeNetwork().add("eth1");
  const log = new RecordingLogger();
  const registry = new RecordingRegistry();
  const metrics = new AgentMetrics(registry, POOL.ippool);
  const clock = new FakeClock();
  const port = eth1.openPort();
  const limits = CLIENT_LIMITS_DEFAULT;
  const responder = new DhcpResponder({ port, metrics, log, clock, limits, logPackets });
  function answer(bytes: Uint8Array): void {
    responder.begin();
    responder.begin();
    responder.answer({ bytes, packetType: 1, checksumReady: true, receivedMs: port.stampMs() });
    responder.flush();
  }
  function packets(type: string, outcome: string): number {
    return registry.value("vmdhcpagent_packets_total", { ...POOL, type, outcome });
  }
  return { eth1, log, registry, responder, answer, packets, clock };
}

function arpRequest(targetIp = SERVER_IP): Uint8Array {
  const packet: ArpPacket = {
    operation: "request",
    senderMac: M1,
    senderIp: ip("192.0.2.10"),
    targetMac: 0 as MacAddress,
    targetIp: ip(targetIp),
  };
  return encodeArpFrame(packet, BROADCAST_MAC);
}

function arpOf(frame: Uint8Array | undefined): ArpPacket | undefined {
  const decoded = frame && decodeArpFrame(frame);
  return decoded?.ok ? decoded.packet : undefined;
}

Deno.test("DhcpResponder announces the server's address when it learns it, and not again", () => {
  const { eth1, responder } = setUp();
  responder.update(leaseTable(), []);
  responder.update(leaseTable(), []);
  assert.equal(eth1.sent.length, 1);
  const announced = arpOf(eth1.sent[0]);
  assert.deepEqual(
    [announced?.operation, announced?.senderIp, announced?.targetIp, announced?.senderMac],
    ["request", ip(SERVER_IP), ip(SERVER_IP), eth1.macAddress],
  );
});

Deno.test("DhcpResponder announces the address that an edit of the pool gave the server", () => {
  const { eth1, responder } = setUp();
  responder.update(leaseTable(), []);
  responder.update(leaseTable(poolParameters({ serverIp: ip(OTHER_SERVER_IP) })), []);
  assert.equal(arpOf(eth1.sent[1])?.senderIp, ip(OTHER_SERVER_IP));
});

Deno.test("DhcpResponder answers ARP for the server's address only", () => {
  const { eth1, responder, answer, packets } = setUp();
  responder.update(leaseTable(), []);
  answer(arpRequest());
  answer(arpRequest(OTHER_SERVER_IP));
  assert.equal(eth1.sent.length, 2);
  assert.equal(arpOf(eth1.sent[1])?.operation, "reply");
  assert.deepEqual([packets("ARP", "reply"), packets("ARP", "ignored")], [1, 1]);
});

const SILENT_TO_ARP: readonly {
  readonly when: string;
  readonly table: LeaseTable | undefined;
  readonly own: readonly string[];
}[] = [
  { when: "without a table", table: undefined, own: [] },
  { when: "of a paused pool", table: leaseTable(poolParameters(), true), own: [] },
  { when: "while the kernel owns the address", table: leaseTable(), own: [SERVER_IP] },
];

for (const { when, table, own } of SILENT_TO_ARP) {
  Deno.test(`DhcpResponder neither announces nor answers ARP ${when}`, () => {
    const { eth1, responder, answer } = setUp();
    responder.update(table, own.map(ip));
    answer(arpRequest());
    assert.deepEqual(eth1.sent, []);
  });
}

Deno.test("DhcpResponder counts packets by type and outcome", () => {
  const { responder, answer, packets } = setUp();
  answer(clientFrame());
  responder.update(leaseTable(), []);
  answer(clientFrame());
  answer(clientFrame({ mac: MX }));
  answer(new Uint8Array(20));
  assert.equal(packets("unknown", "noTable"), 1);
  assert.equal(packets("DISCOVER", "offer"), 1);
  assert.equal(packets("DISCOVER", "unknownMac"), 1);
  assert.equal(packets("unknown", "frameTooShort"), 1);
});

Deno.test("DhcpResponder counts frames that the kernel does not take, and goes on", () => {
  const { eth1, registry, responder, answer, packets } = setUp();
  responder.update(leaseTable(), []);
  eth1.sendError = new ErrnoError("send", 105, "ENOBUFS");
  answer(clientFrame());
  answer(clientFrame());
  const errors = registry.value("vmdhcpagent_send_errors_total", { ...POOL, errno: "ENOBUFS" });
  assert.equal(errors, 2);
  assert.equal(packets("DISCOVER", "offer"), 2);
});

Deno.test("DhcpResponder survives a fault of its own, counts each and logs the first", () => {
  const { log, registry, responder, answer } = setUp();
  const faulty: LeaseTable = {
    ...leaseTable(),
    addressOf: () => {
      throw new TypeError("planted");
    },
  };
  responder.update(faulty, []);
  answer(clientFrame());
  answer(clientFrame());
  assert.equal(registry.value("vmdhcpagent_internal_errors_total", POOL), 2);
  assert.deepEqual(log.lines.map(({ level }) => level), ["error"]);
});

Deno.test("DhcpResponder logs packets only where it was asked to", () => {
  for (const logPackets of [false, true]) {
    const { log, responder, answer } = setUp(logPackets);
    responder.update(leaseTable(), []);
    answer(clientFrame());
    const expected = {
      type: "DISCOVER",
      outcome: "offer",
      mac: "52:54:00:12:34:56",
      state: undefined,
      yiaddr: "192.0.2.10",
    };
    assert.deepEqual(log.lines.map(({ fields }) => fields), logPackets ? [expected] : []);
  }
});

Deno.test("DhcpResponder answers a bound client no more than its bucket holds, and again later", async () => {
  const { eth1, responder, answer, packets, clock } = setUp();
  responder.update(leaseTable(), []);
  for (let packet = 0; packet < 250; packet++) answer(clientFrame());
  assert.equal(packets("DISCOVER", "offer"), 200);
  assert.equal(packets("DISCOVER", "rateLimited"), 50);
  const sent = eth1.sent.length;
  await clock.advance(1000);
  answer(clientFrame());
  assert.equal(eth1.sent.length, sent + 1);
});

Deno.test("DhcpResponder forgets what it counted of a client that is no longer bound", () => {
  const { responder, answer, packets } = setUp();
  responder.update(leaseTable(), []);
  for (let packet = 0; packet < 200; packet++) answer(clientFrame());
  responder.update(createLeaseTable(poolParameters(), new Map()), []);
  responder.update(leaseTable(), []);
  answer(clientFrame());
  assert.equal(packets("DISCOVER", "offer"), 201);
});

Deno.test("DhcpResponder applies other limits from the next packet on", () => {
  const { responder, answer, packets } = setUp();
  responder.update(leaseTable(), []);
  responder.limit({ ...CLIENT_LIMITS_DEFAULT, boundClient: { perSecond: 1, burst: 1 } });
  answer(clientFrame());
  answer(clientFrame());
  assert.equal(packets("DISCOVER", "offer"), 1);
  assert.equal(packets("DISCOVER", "rateLimited"), 1);
});

Deno.test("DhcpResponder offers a declined address again only after ten seconds", async () => {
  const { responder, answer, packets, clock, log } = setUp();
  responder.update(leaseTable(), []);
  const options = [[50, octets("192.0.2.10")], [54, octets(SERVER_IP)]] as const;
  answer(clientFrame({ type: DECLINE, options }));
  answer(clientFrame({ type: DECLINE, options }));
  const told = log.lines.filter(({ msg }) => msg.includes("in use by another host"));
  assert.deepEqual(told.map(({ level, fields }) => [level, fields["address"]]), [
    ["warn", "192.0.2.10"],
  ]);
  answer(clientFrame());
  assert.equal(packets("DISCOVER", "heldOff"), 1);
  await clock.advance(10_000);
  answer(clientFrame());
  assert.equal(packets("DISCOVER", "offer"), 1);
});

Deno.test("DhcpResponder counts replies of another server and names it once", () => {
  const { eth1, log, registry, responder, answer } = setUp();
  const other = leaseTable(poolParameters({ serverIp: ip(OTHER_SERVER_IP) }));
  responder.update(other, []);
  answer(clientFrame({ flags: 0x8000 }));
  const offer = eth1.sent.at(-1)!.slice();
  responder.update(leaseTable(), []);
  answer(offer);
  answer(offer);
  assert.equal(registry.value("vmdhcpagent_other_server_replies_total", POOL), 2);
  const lines = log.lines.filter(({ msg }) => msg.startsWith("another DHCP server"));
  assert.deepEqual(lines.map(({ fields }) => fields?.["server"]), [OTHER_SERVER_IP]);
});

Deno.test("DhcpResponder counts requests that come from another address than their chaddr", () => {
  const { registry, responder, answer } = setUp();
  responder.update(leaseTable(), []);
  answer(clientFrame({ ethernetSource: MX }));
  assert.equal(registry.value("vmdhcpagent_foreign_chaddr_total", POOL), 1);
});
