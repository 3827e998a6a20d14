/** A DHCP server on a fake network, with everything else under the control of a test. */

import { AgentMetrics } from "../../../lib/agent/agent_metrics.ts";
import type { AgentStatus } from "../../../lib/reconcile/agent_status.ts";
import { DhcpServer } from "../../../lib/agent/dhcp_server.ts";
import { Responder } from "../../../lib/agent/responder.ts";
import { ServedPool } from "../../../lib/agent/served_pool.ts";
import { WireMemory } from "../../../lib/agent/wire/wire_memory.ts";
import { FakeClock, settle } from "../clocks/fake_clock.ts";
import { clientFrame } from "../dhcp/dhcp_packets.ts";
import { type FakeInterface, FakeNetwork } from "./fake_network.ts";
import { RecordingLogger } from "../metrics/recording_logger.ts";
import { RecordingRegistry } from "../metrics/recording_registry.ts";

/** The pool of the tests, and the labels of its metrics. */
export const POOL = { namespace: "default", name: "pool" };
export const POOL_LABELS = { ippool: "pool", pool: "default/pool" };

/** A server and its surroundings; leaving the scope stops the server. */
export interface DhcpServerSetup extends AsyncDisposable {
  readonly network: FakeNetwork;
  readonly clock: FakeClock;
  readonly log: RecordingLogger;
  readonly registry: RecordingRegistry;
  readonly served: ServedPool;
  readonly server: DhcpServer;
  /** Every status so far. */
  readonly statuses: AgentStatus[];
  /** Runs the server. */
  start(): void;
  /** Stops the server and waits for its end. */
  stop(): Promise<void>;
}

/** Makes a server on `eth1` of a network without interfaces. */
export function setUpDhcpServer(logPackets = false): DhcpServerSetup {
  const network = new FakeNetwork();
  const clock = new FakeClock();
  const log = new RecordingLogger();
  const registry = new RecordingRegistry();
  const statuses: AgentStatus[] = [];
  const served = new ServedPool();
  const metrics = new AgentMetrics(registry, POOL);
  const wire = new WireMemory({ metrics, log, clock });
  const server: DhcpServer = new DhcpServer({
    interfaceName: "eth1",
    network,
    clock,
    log,
    served,
    respondAt: (port) =>
      new Responder({ port, served, metrics, wire, log, clock, logPackets, logLeases: false }),
    onStatusChange: () => statuses.push(server.status),
    onBug: () => metrics.internalError(),
  });
  const stopped = new AbortController();
  let running: Promise<void> | undefined;
  async function stop(): Promise<void> {
    stopped.abort();
    await running;
  }
  return {
    network,
    clock,
    log,
    registry,
    served,
    server,
    statuses,
    start: () => running = server.run(stopped.signal),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/**
 * Lets the program go on until the condition holds.
 *
 * @throws {Error} when the condition still does not hold after many turns.
 */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1000; turn++) {
    if (isSo()) return;
    await settle();
  }
  throw new Error(`waited in vain for ${what}`);
}

/** DHCP replies that were sent, ARP aside. */
export function replies(eth1: FakeInterface): readonly Uint8Array[] {
  return eth1.sent.filter((frame) => frame[12] === 0x08 && frame[13] === 0x00);
}

/** Whether a DISCOVER is answered. */
export async function isServing(eth1: FakeInterface): Promise<boolean> {
  // A port that is being opened is open then.
  await settle();
  const before = replies(eth1).length;
  eth1.receive(clientFrame());
  for (let turn = 0; turn < 20 && replies(eth1).length === before; turn++) await settle();
  return replies(eth1).length === before + 1;
}
