import assert from "node:assert/strict";
import { POOL, POOL_LABELS } from "../../tests/support/network/dhcp_server_setup.ts";
import {
  clientFrame,
  ip,
  leaseTable,
  M1,
  M2,
  OTHER_SERVER_IP,
} from "../../tests/support/dhcp/dhcp_packets.ts";
import { RecordingLogger } from "../../tests/support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../tests/support/metrics/recording_registry.ts";
import { answerFrame } from "../dhcpv4/answer.ts";
import type { Ipv4Address } from "../net/ipv4_address.ts";
import type { MacAddress } from "../net/mac_address.ts";
import { AgentMetrics } from "./agent_metrics.ts";
import { AddressConflicts, OtherServers } from "./other_hosts.ts";

/** An OFFER that a server with this Ethernet address broadcasts. */
function offerOf(macAddress: number) {
  const request = { bytes: clientFrame({ flags: 0x8000 }), packetType: 1, checksumReady: true };
  const context = {
    table: leaseTable(),
    macAddress: macAddress as MacAddress,
    mtuBytes: 1500,
  };
  return { ...request, bytes: answerFrame(request, context).replies[0]!, receivedMs: 0 };
}

Deno.test("OtherServers names 16 servers once each and counts the replies of all", () => {
  const registry = new RecordingRegistry();
  const log = new RecordingLogger();
  const servers = new OtherServers(new AgentMetrics(registry, POOL), log);
  for (let round = 0; round < 2; round++) {
    for (let host = 1; host <= 20; host++) servers.see(offerOf(host), ip(OTHER_SERVER_IP));
  }
  assert.equal(registry.value("vmdhcpagent_other_server_replies_total", POOL_LABELS), 40);
  assert.deepEqual(
    log.lines.map(({ fields }) => Number(`0x${String(fields["mac"]).slice(-2)}`)),
    Array.from({ length: 16 }, (_, index) => index + 1),
  );
});

Deno.test("AddressConflicts names each client and address once", () => {
  const log = new RecordingLogger();
  const conflicts = new AddressConflicts(log);
  for (const address of ["192.0.2.10", "192.0.2.10", "192.0.2.11"]) conflicts.note(M1, ip(address));
  conflicts.note(M2, ip("192.0.2.11"));
  assert.deepEqual(log.lines.map(({ fields }) => fields["address"]), [
    "192.0.2.10",
    "192.0.2.11",
    "192.0.2.11",
  ]);
});

Deno.test("AddressConflicts names 256 clients, and those again when they get other addresses", () => {
  const log = new RecordingLogger();
  const conflicts = new AddressConflicts(log);
  for (let host = 1; host <= 300; host++) {
    conflicts.note(host as MacAddress, ip("192.0.2.10"));
  }
  assert.equal(log.lines.length, 256);
  conflicts.note(1 as MacAddress, (ip("192.0.2.10") + 1) as Ipv4Address);
  assert.equal(log.lines.length, 257);
});
