import assert from "node:assert/strict";
import { POOL, POOL_LABELS } from "../../../tests/support/network/dhcp_server_setup.ts";
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
  SERVER_MAC,
} from "../../../tests/support/dhcp/dhcp_packets.ts";
import { RecordingLogger } from "../../../tests/support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../../tests/support/metrics/recording_registry.ts";
import { answerFrame } from "../../dhcpv4/answer.ts";
import { createLeaseTable } from "../../dhcpv4/lease.ts";
import { encodeArpFrame } from "../../net/arp.ts";
import type { Ipv4Address } from "../../net/ipv4_address.ts";
import { BROADCAST_MAC, formatMacAddress, type MacAddress } from "../../net/mac_address.ts";
import { AgentMetrics } from "../agent_metrics.ts";
import { OtherHosts } from "./other_hosts.ts";

/** When it is known whether a reply in our name came from a replica. */
const VERDICT_MS = 5000;

const OURS = leaseTable(poolParameters({ serverIp: ip(OTHER_SERVER_IP) }));

function setUp(isHolding = true) {
  const registry = new RecordingRegistry();
  const log = new RecordingLogger();
  const metrics = new AgentMetrics(registry, POOL);
  const hosts = new OtherHosts({ metrics, log, nowMs: 0, isHolding: () => isHolding });
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
  hosts.settle(leaseTable(), VERDICT_MS);
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
  hosts.settle(leaseTable(), VERDICT_MS);
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
  hosts.settle(leaseTable(), VERDICT_MS);
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

const MOVED = createLeaseTable(poolParameters(), new Map([[M1, ip("192.0.2.50")]]));
const EDITED = leaseTable(poolParameters({ router: ip("192.0.2.66") }));
const NAK: ClientPacket = { type: REQUEST, ciaddr: "192.0.2.10", xid: 7 };

/** What a replica sends while it and we have different versions of the pool. */
const REPLICAS = [
  { what: "an edited option, before we have it", reply: offerOf(2, EDITED), later: EDITED },
  { what: "another address, before we have it", reply: offerOf(2, MOVED), later: MOVED },
  { what: "a NAK by the next version", reply: offerOf(2, MOVED, NAK), later: MOVED },
  { what: "an option of before", reply: offerOf(2, EDITED), before: EDITED, later: leaseTable() },
  { what: "an address of before", reply: offerOf(2, MOVED), before: MOVED, later: leaseTable() },
] as const;

for (const { what, reply, later, ...rest } of REPLICAS) {
  Deno.test(`OtherHosts takes no replica for an impostor that sends ${what}`, () => {
    const { registry, log, hosts } = setUp();
    if ("before" in rest) hosts.followTable(rest.before, 0);
    hosts.seeReply(reply, leaseTable(), 100);
    if (later === EDITED || later === MOVED) hosts.followTable(leaseTable(), 200);
    hosts.settle(later, 100 + VERDICT_MS);
    assert.deepEqual(log.lines, []);
    assert.deepEqual(hosts.of("impostor"), []);
    const labels = { ...POOL_LABELS, sender: "replica" };
    assert.equal(registry.value("vmdhcpagent_own_identifier_replies_total", labels), 1);
  });
}

Deno.test("OtherHosts judges what was said before an earlier version by the versions of now", () => {
  const { hosts } = setUp();
  hosts.followTable(EDITED, 0);
  hosts.settle(leaseTable(), VERDICT_MS);
  hosts.seeReply(offerOf(2, EDITED), leaseTable(), VERDICT_MS);
  hosts.settle(leaseTable(), 2 * VERDICT_MS);
  assert.equal(hosts.of("impostor").length, 1);
});

Deno.test("OtherHosts leaves a NAK alone to a client that holds no address of ours", () => {
  const { hosts } = setUp(false);
  hosts.seeReply(offerOf(2, MOVED, NAK), leaseTable(), 0);
  hosts.settle(leaseTable(), VERDICT_MS);
  assert.deepEqual(hosts.of("impostor"), []);
});

Deno.test("OtherHosts names impostors, however many there are in doubt", () => {
  const { registry, hosts } = setUp();
  for (let host = 1; host <= 40; host++) hosts.seeReply(offerOf(host, EDITED), leaseTable(), 0);
  hosts.settle(leaseTable(), VERDICT_MS);
  assert.equal(hosts.of("impostor").length, 32);
  const labels = { ...POOL_LABELS, sender: "impostor" };
  assert.equal(registry.value("vmdhcpagent_own_identifier_replies_total", labels), 40);
});

Deno.test("OtherHosts leaves the agent of another pool of the network alone", () => {
  const { hosts } = setUp();
  const parameters = poolParameters({ serverIp: ip(OTHER_SERVER_IP), networkShared: true });
  const ours = createLeaseTable(parameters, new Map([[M2, ip("192.0.2.11")]]));
  hosts.seeReply(offerOf(2), ours, 0);
  assert.deepEqual(hosts.of("server"), []);
  hosts.seeReply(offerOf(2, leaseTable(), { mac: M2 }), ours, 0);
  assert.equal(hosts.of("server").length, 1, "it offers something to a client of ours");
});

Deno.test("OtherHosts names each server that clients chose instead, and one of the clients", () => {
  const { registry, log, hosts } = setUp();
  for (let i = 0; i < 3; i++) hosts.noteChoice(ip("192.0.2.66"), M1, i);
  const lines = log.lines.map(({ msg, fields }) => [msg, fields]);
  const client = formatMacAddress(M1);
  assert.deepEqual(lines, [
    ["a client chose another DHCP server", { server: "192.0.2.66", client }],
  ]);
  assert.equal(registry.value("vmdhcpagent_other_server_chosen_total", POOL_LABELS), 3);
});

Deno.test("OtherHosts knows the MAC of a server that clients chose from its ARP", () => {
  const { log, hosts } = setUp();
  const mac = 0x020000000066 as MacAddress;
  hosts.seeArp(arpOf("192.0.2.66", mac), { table: OURS, ownMac: SERVER_MAC, nowMs: 0 });
  hosts.noteChoice(ip("192.0.2.66"), M1, 1);
  assert.deepEqual(log.lines.map(({ fields }) => fields.mac), [formatMacAddress(mac)]);
  assert.equal(hosts.neighbourAt(ip("192.0.2.66")), mac);
  assert.equal(hosts.neighbourAt(ip("192.0.2.67")), undefined);
});

Deno.test("OtherHosts takes no server for chosen that cannot be one, and few of those that are made up", () => {
  const { registry, log, hosts } = setUp();
  for (const address of ["0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255"]) {
    hosts.noteChoice(ip(address), M1, 0);
  }
  assert.equal(registry.value("vmdhcpagent_other_server_chosen_total", POOL_LABELS), 0);
  for (let i = 0; i < 100_000; i++) hosts.noteChoice(ip("10.0.0.1") + i as Ipv4Address, M1, i);
  assert.equal(hosts.of("winner").length, 32);
  assert.ok(log.lines.length <= 16 + 4 + 2 + 100 / 5, `${log.lines.length} lines`);
});

/** ARP of a host, a request for the router. */
function arpOf(senderIp: string, senderMac: MacAddress): Uint8Array {
  return encodeArpFrame({
    operation: "request",
    senderMac,
    senderIp: ip(senderIp),
    targetMac: 0 as MacAddress,
    targetIp: ip("192.0.2.1"),
  }, BROADCAST_MAC);
}

const ARP: readonly { what: string; frame: Uint8Array; found: number }[] = [
  { what: "of the client itself", frame: arpOf("192.0.2.10", M1), found: 0 },
  { what: "of another host with the client's address", frame: arpOf("192.0.2.10", M2), found: 1 },
  { what: "of an address that nobody has", frame: arpOf("192.0.2.99", M2), found: 0 },
  { what: "that asks whether an address is free", frame: arpOf("0.0.0.0", M2), found: 0 },
  { what: "of this host", frame: arpOf("192.0.2.10", SERVER_MAC), found: 0 },
  { what: "of a group", frame: arpOf("192.0.2.10", BROADCAST_MAC), found: 0 },
  { what: "that is cut off", frame: arpOf("192.0.2.10", M2).subarray(0, 30), found: 0 },
];

for (const { what, frame, found } of ARP) {
  Deno.test(`OtherHosts finds ${found === 0 ? "no conflict" : "a conflict"} in ARP ${what}`, () => {
    const { hosts, registry, log } = setUp();
    hosts.seeArp(frame, { table: leaseTable(), ownMac: SERVER_MAC, nowMs: 0 });
    assert.equal(hosts.of("squatter").length, found);
    assert.equal(registry.value("vmdhcpagent_client_address_claims_total", POOL_LABELS), found);
    assert.equal(log.lines.length, found);
  });
}
