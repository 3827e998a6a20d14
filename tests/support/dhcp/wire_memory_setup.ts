/** The memory of an agent, with frames that are answered before it. */

import { AgentMetrics } from "../../../lib/agent/agent_metrics.ts";
import { WireMemory } from "../../../lib/agent/wire/wire_memory.ts";
import { finish } from "../../../lib/base/turns.ts";
import { answerFrame } from "../../../lib/dhcpv4/answer.ts";
import type { LeaseTable } from "../../../lib/dhcpv4/lease.ts";
import { FakeClock } from "../clocks/fake_clock.ts";
import { RecordingLogger } from "../metrics/recording_logger.ts";
import { RecordingRegistry } from "../metrics/recording_registry.ts";
import { POOL } from "../network/dhcp_server_setup.ts";
import { clientFrame, type ClientPacket, leaseTable, SERVER_MAC } from "./dhcp_packets.ts";

/** Makes a memory that follows a table, on interface eth1. */
export function setUpWireMemory(table = leaseTable()) {
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
