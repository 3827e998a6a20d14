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
  SERVER_IP,
} from "../../tests/support/dhcp/dhcp_packets.ts";
import { POOL, POOL_LABELS } from "../../tests/support/network/dhcp_server_setup.ts";
import { FakeClock } from "../../tests/support/clocks/fake_clock.ts";
import { FakeNetwork } from "../../tests/support/network/fake_network.ts";
import { RecordingLogger } from "../../tests/support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../tests/support/metrics/recording_registry.ts";
import type { LeaseTable } from "../dhcpv4/lease.ts";
import { type ArpPacket, decodeArpFrame, encodeArpFrame } from "../net/arp.ts";
import type { Ipv4Address } from "../net/ipv4_address.ts";
import { BROADCAST_MAC, type MacAddress } from "../net/mac_address.ts";
import { ErrnoError } from "../sys/contract.ts";
import { AgentMetrics } from "./agent_metrics.ts";
import { Responder } from "./responder.ts";
import { ServedPool } from "./served_pool.ts";
import { WireMemory } from "./wire/wire_memory.ts";

function setUp(logPackets = false, logLeases = false) {
  const eth1 = new FakeNetwork().add("eth1");
  const log = new RecordingLogger();
  const registry = new RecordingRegistry();
  const metrics = new AgentMetrics(registry, POOL);
  const clock = new FakeClock();
  const port = eth1.openPort();
  const served = new ServedPool();
  const wire = new WireMemory({ metrics, log, clock });
  const responder = new Responder({
    ...{ port, served, metrics, wire, log, clock, logPackets, logLeases },
  });
  function update(table: LeaseTable | undefined, ownAddresses: readonly Ipv4Address[] = []): void {
    served.set(table);
    responder.update(ownAddresses);
  }
  function answer(bytes: Uint8Array): void {
    responder.begin();
    responder.answer({ bytes, packetType: 1, checksumReady: true, receivedMs: port.stampMs() });
    responder.flush();
  }
  function packets(type: string, outcome: string): number {
    return registry.value("vmdhcpagent_packets_total", { ...POOL_LABELS, type, outcome });
  }
  return { eth1, log, registry, served, responder, update, answer, packets, clock };
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

Deno.test("Responder announces the server's address when it learns it, and not again", () => {
  const { eth1, update } = setUp();
  update(leaseTable());
  update(leaseTable());
  assert.equal(eth1.sent.length, 1);
  const announced = arpOf(eth1.sent[0]);
  assert.deepEqual(
    [announced?.operation, announced?.senderIp, announced?.targetIp, announced?.senderMac],
    ["request", ip(SERVER_IP), ip(SERVER_IP), eth1.macAddress],
  );
});

Deno.test("Responder announces the address that an edit of the pool gave the server", () => {
  const { eth1, update } = setUp();
  update(leaseTable());
  update(leaseTable(poolParameters({ serverIp: ip(OTHER_SERVER_IP) })));
  assert.equal(arpOf(eth1.sent[1])?.senderIp, ip(OTHER_SERVER_IP));
});

Deno.test("Responder answers ARP for the server's address only", () => {
  const { eth1, answer, packets, update } = setUp();
  update(leaseTable());
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
  Deno.test(`Responder neither announces nor answers ARP ${when}`, () => {
    const { eth1, answer, update } = setUp();
    update(table, own.map(ip));
    answer(arpRequest());
    assert.deepEqual(eth1.sent, []);
  });
}

Deno.test("Responder counts packets by type and outcome", () => {
  const { answer, packets, update } = setUp();
  answer(clientFrame());
  update(leaseTable());
  answer(clientFrame());
  answer(clientFrame({ mac: MX }));
  answer(new Uint8Array(20));
  assert.equal(packets("unknown", "noTable"), 1);
  assert.equal(packets("DISCOVER", "offer"), 1);
  assert.equal(packets("DISCOVER", "unknownMac"), 1);
  assert.equal(packets("unknown", "frameTooShort"), 1);
});

Deno.test("Responder counts frames that the kernel does not take, and goes on", () => {
  const { eth1, registry, answer, packets, update } = setUp();
  update(leaseTable());
  eth1.sendError = new ErrnoError("send", 105, "ENOBUFS");
  answer(clientFrame());
  answer(clientFrame());
  const errors = registry.value("vmdhcpagent_send_errors_total", {
    ...POOL_LABELS,
    errno: "ENOBUFS",
  });
  assert.equal(errors, 2);
  assert.equal(packets("DISCOVER", "offer"), 2);
});

Deno.test("Responder counts every frame of a batch that the kernel does not take", () => {
  const { eth1, registry, responder, update } = setUp();
  update(leaseTable());
  eth1.sendError = new ErrnoError("send", 105, "ENOBUFS");
  responder.begin();
  for (const mac of [M1, M2]) {
    const bytes = clientFrame({ mac });
    responder.answer({ bytes, packetType: 1, checksumReady: true, receivedMs: 1_000_000 });
  }
  responder.flush();
  const labels = { ...POOL_LABELS, errno: "ENOBUFS" };
  assert.equal(registry.value("vmdhcpagent_send_errors_total", labels), 2);
});

Deno.test("Responder survives a fault of its own, counts each and logs the first", () => {
  const { log, registry, answer, update } = setUp();
  const faulty: LeaseTable = {
    ...leaseTable(),
    addressOf: () => {
      throw new TypeError("planted");
    },
  };
  update(faulty);
  answer(clientFrame());
  answer(clientFrame());
  assert.equal(registry.value("vmdhcpagent_internal_errors_total", POOL_LABELS), 2);
  assert.deepEqual(log.lines.map(({ level }) => level), ["error"]);
});

Deno.test("Responder names the boot file that it told of when it logs packets", () => {
  const { log, answer, update } = setUp(true);
  const boot = { files: [{ vendorClass: "U-Boot", file: "boot.scr.uimg" }] };
  update(leaseTable(poolParameters({ boot })));
  answer(clientFrame({ options: [[60, [...new TextEncoder().encode("U-Boot.armv8")]]] }));
  answer(clientFrame());
  assert.deepEqual(log.lines.map(({ fields }) => fields.bootFile), ["boot.scr.uimg", undefined]);
});

Deno.test("Responder logs leases only where it was asked to", () => {
  for (const logLeases of [false, true]) {
    const { log, answer, update } = setUp(false, logLeases);
    update(leaseTable());
    answer(clientFrame());
    assert.deepEqual(
      log.lines.map(({ msg, fields }) => [msg, fields.event, fields.interface]),
      logLeases ? ["DISCOVER", "OFFER"].map((event) => ["lease event", event, "eth1"]) : [],
    );
  }
});

Deno.test("Responder logs packets only where it was asked to", () => {
  for (const logPackets of [false, true]) {
    const { log, answer, update } = setUp(logPackets);
    update(leaseTable());
    answer(clientFrame());
    const expected = {
      type: "DISCOVER",
      outcome: "offer",
      mac: "52:54:00:12:34:56",
      state: undefined,
      yiaddr: "192.0.2.10",
      leftOut: undefined,
    };
    assert.deepEqual(log.lines.map(({ fields }) => fields), logPackets ? [expected] : []);
  }
});

Deno.test("Responder answers a bound client each time, however often its MAC is in packets", () => {
  const { answer, packets, update } = setUp();
  update(leaseTable());
  for (let packet = 0; packet < 5000; packet++) answer(clientFrame({ ethernetSource: MX }));
  answer(clientFrame());
  assert.equal(packets("DISCOVER", "offer"), 5001);
});

Deno.test("Responder offers a declined address at once, and tells of the conflict once", () => {
  const { answer, packets, log, update } = setUp();
  update(leaseTable());
  const options = [[50, octets("192.0.2.10")], [54, octets(SERVER_IP)]] as const;
  answer(clientFrame({ type: DECLINE, options }));
  answer(clientFrame({ type: DECLINE, options }));
  const told = log.lines.filter(({ msg }) => msg.includes("in use by another host"));
  assert.deepEqual(told.map(({ level, fields }) => [level, fields["address"]]), [
    ["warn", "192.0.2.10"],
  ]);
  answer(clientFrame());
  assert.equal(packets("DISCOVER", "offer"), 1);
});

Deno.test("Responder tells a DECLINE of the client from one that another host sent for it", () => {
  const { answer, packets, log, update } = setUp();
  update(leaseTable());
  const options = [[50, octets("192.0.2.10")], [54, octets(SERVER_IP)]] as const;
  answer(clientFrame({ type: DECLINE, options, ethernetSource: M2 }));
  assert.deepEqual(log.lines.map(({ msg, fields }) => [msg, fields["mac"]]), [
    ["a host declined the address of another one", "52:54:00:12:34:57"],
  ]);
  answer(clientFrame());
  assert.equal(packets("DISCOVER", "offer"), 1);
});

Deno.test("Responder limits the lines about packets, and says how many it left out", async () => {
  const { log, answer, update, clock } = setUp(true);
  update(leaseTable());
  for (let packet = 0; packet < 5000; packet++) answer(clientFrame());
  assert.equal(log.lines.length, 200);
  await clock.advance(1000);
  answer(clientFrame());
  assert.equal(log.lines.at(-1)?.fields["leftOut"], 4800);
});

Deno.test("Responder names the client of a message that it cannot read further", () => {
  const { log, answer, update } = setUp(true);
  update(leaseTable());
  answer(clientFrame({ tail: [12, 250] }));
  assert.deepEqual([log.lines[0]?.fields["outcome"], log.lines[0]?.fields["mac"]], [
    "optionOverrun",
    "52:54:00:12:34:56",
  ]);
});

Deno.test("Responder tells of no conflict when a client declines an address that it does not have", () => {
  const { answer, packets, log, update } = setUp();
  update(leaseTable());
  const options = [[50, octets("192.0.2.11")], [54, octets(SERVER_IP)]] as const;
  for (const mac of [M1, MX]) answer(clientFrame({ type: DECLINE, mac, options }));
  assert.equal(packets("DECLINE", "declineIgnored"), 2);
  assert.deepEqual(log.lines, []);
});

Deno.test("Responder counts replies of another server and names it once", () => {
  const { eth1, log, registry, answer, update } = setUp();
  const other = leaseTable(poolParameters({ serverIp: ip(OTHER_SERVER_IP) }));
  update(other);
  answer(clientFrame({ flags: 0x8000 }));
  const offer = eth1.sent.at(-1)!.slice();
  update(leaseTable());
  answer(offer);
  answer(offer);
  assert.equal(registry.value("vmdhcpagent_other_server_replies_total", POOL_LABELS), 2);
  const lines = log.lines.filter(({ msg }) => msg.startsWith("another DHCP server"));
  assert.deepEqual(lines.map(({ fields }) => fields?.["server"]), [OTHER_SERVER_IP]);
});

Deno.test("Responder counts requests from another address than their chaddr, dropped or not", () => {
  for (const strictChaddr of [false, true]) {
    const { registry, answer, packets, update } = setUp();
    update(leaseTable(poolParameters({ strictChaddr })));
    answer(clientFrame({ ethernetSource: MX }));
    assert.equal(registry.value("vmdhcpagent_foreign_chaddr_total", POOL_LABELS), 1);
    assert.equal(packets("DISCOVER", strictChaddr ? "chaddrMismatch" : "offer"), 1);
  }
});
