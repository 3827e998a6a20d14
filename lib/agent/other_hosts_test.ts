import assert from "node:assert/strict";
import { POOL, POOL_LABELS } from "../../tests/support/network/dhcp_server_setup.ts";
import {
  clientFrame,
  type ClientPacket,
  ip,
  leaseTable,
  M1,
  M2,
  OTHER_SERVER_IP,
  poolParameters,
  REQUEST,
  SERVER_IP,
} from "../../tests/support/dhcp/dhcp_packets.ts";
import { RecordingLogger } from "../../tests/support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../tests/support/metrics/recording_registry.ts";
import { answerFrame } from "../dhcpv4/answer.ts";
import type { MacAddress } from "../net/mac_address.ts";
import { AgentMetrics } from "./agent_metrics.ts";
import { OtherHosts } from "./other_hosts.ts";

const OURS = leaseTable(poolParameters({ serverIp: ip(OTHER_SERVER_IP) }));

function setUp() {
  const registry = new RecordingRegistry();
  const log = new RecordingLogger();
  const hosts = new OtherHosts({ metrics: new AgentMetrics(registry, POOL), log, nowMs: 0 });
  return { registry, log, hosts };
}

/** The answer, an OFFER mostly, that a server with this Ethernet address broadcasts. */
function offerOf(macAddress: number, table = leaseTable(), packet: ClientPacket = {}) {
  const bytes = clientFrame({ flags: 0x8000, ...packet });
  const request = { bytes, packetType: 1, checksumReady: true };
  const context = { table, macAddress: macAddress as MacAddress, mtuBytes: 1500 };
  return { ...request, bytes: answerFrame(request, context).replies[0]!, receivedMs: 0 };
}

Deno.test("OtherHosts names each server once and counts the replies of all", () => {
  const { registry, log, hosts } = setUp();
  for (let round = 0; round < 2; round++) {
    for (let host = 1; host <= 10; host++) hosts.seeReply(offerOf(host), OURS, 0);
  }
  assert.equal(registry.value("vmdhcpagent_other_server_replies_total", POOL_LABELS), 20);
  assert.deepEqual(
    log.lines.map(({ fields }) => Number(`0x${String(fields["mac"]).slice(-2)}`)),
    Array.from({ length: 10 }, (_, index) => index + 1),
  );
});

Deno.test("OtherHosts names a server that goes on although 5,000 a second are made up", () => {
  const { log, hosts } = setUp();
  const invented = offerOf(0x020000000000);
  const rogue = offerOf(0x060000000001);
  function isNamed(): boolean {
    return log.lines.some(({ fields }) => fields["mac"] === "06:00:00:00:00:01");
  }
  for (let i = 0; i < 600_000 && !isNamed(); i++) {
    const nowMs = i / 5;
    new DataView(invented.bytes.buffer, invented.bytes.byteOffset).setUint32(8, i);
    hosts.seeReply(invented, OURS, nowMs);
    if (i % 5000 === 4999) hosts.seeReply(rogue, OURS, nowMs);
  }
  assert.ok(isNamed(), "not within two minutes");
  assert.ok(log.lines.length < 60, `${log.lines.length} lines`);
});

Deno.test("OtherHosts tells a replica from a host that gives other answers in our name", () => {
  const { registry, log, hosts } = setUp();
  hosts.seeReply(offerOf(1), leaseTable(), 0);
  assert.deepEqual(log.lines, []);
  const lie = leaseTable(poolParameters({ router: ip("192.0.2.66") }));
  hosts.seeReply(offerOf(2, lie), leaseTable(), 0);
  hosts.seeReply(offerOf(2, lie), leaseTable(), 0);
  assert.deepEqual(log.lines.map(({ msg, fields }) => [msg, fields["mac"]]), [
    ["another host answers in the name of this DHCP server", "00:00:00:00:00:02"],
  ]);
  const name = "vmdhcpagent_own_identifier_replies_total";
  const counts = ["replica", "impostor"].map((sender) =>
    registry.value(name, { ...POOL_LABELS, sender })
  );
  assert.deepEqual(counts, [1, 2]);
});

Deno.test("OtherHosts tells a replica's NAK from one that only another host sent in our name", () => {
  const { log, hosts } = setUp();
  const nak = offerOf(2, leaseTable(), { type: REQUEST, ciaddr: "192.0.2.99", xid: 7 });
  hosts.noteNak(M1, 7);
  hosts.seeReply(nak, leaseTable(), 0);
  assert.deepEqual(log.lines, []);
  for (let xid = 100; xid < 164; xid++) hosts.noteNak(M1, xid);
  hosts.seeReply(nak, leaseTable(), 0);
  assert.deepEqual(log.lines.map(({ fields }) => fields["mac"]), ["00:00:00:00:00:02"]);
});

Deno.test("OtherHosts names who refuses a client with the xid with which it was refused itself", () => {
  const { log, hosts } = setUp();
  hosts.noteNak(M2, 7);
  hosts.seeReply(
    offerOf(2, leaseTable(), { type: REQUEST, ciaddr: "192.0.2.99", xid: 7 }),
    leaseTable(),
    0,
  );
  assert.deepEqual(log.lines.map(({ fields }) => fields["mac"]), ["00:00:00:00:00:02"]);
});

Deno.test("OtherHosts names each client that declines and each of its addresses", () => {
  const { log, hosts } = setUp();
  for (const address of ["192.0.2.10", "192.0.2.10", "192.0.2.11"].map(ip)) {
    hosts.noteDecline({ mac: M1, from: M1, address }, 0);
  }
  hosts.noteDecline({ mac: M2, from: M2, address: ip("192.0.2.11") }, 0);
  assert.deepEqual(log.lines.map(({ fields }) => fields["address"]), [
    "192.0.2.10",
    "192.0.2.11",
    "192.0.2.11",
  ]);
});

Deno.test("OtherHosts names who sent a DECLINE in the name of a client, and no conflict", () => {
  const { log, hosts } = setUp();
  hosts.noteDecline({ mac: M1, from: M2, address: ip("192.0.2.10") }, 0);
  const [line] = log.lines;
  assert.match(line!.msg, /declined the address of another/);
  assert.deepEqual(line!.fields, { address: "192.0.2.10", mac: "52:54:00:12:34:57" });
});

Deno.test("OtherHosts names each host that claims the server's address once", () => {
  const { log, hosts } = setUp();
  for (const mac of [M1, M1, M2]) hosts.noteClaim({ mac, address: ip(SERVER_IP) }, 0);
  assert.deepEqual(log.lines.map(({ fields }) => [fields["address"], fields["mac"]]), [
    [SERVER_IP, "52:54:00:12:34:56"],
    [SERVER_IP, "52:54:00:12:34:57"],
  ]);
});
