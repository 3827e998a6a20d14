/** The agent's packet loop in this process, on an interface of the kernel. */

import type { LeaseTable } from "../../../lib/dhcpv4/lease.ts";
import type { LogFields, Logger, LogLevel } from "../../../lib/observe/logger.ts";
import { AgentMetrics } from "../../../lib/agent/agent_metrics.ts";
import { DhcpServer } from "../../../lib/agent/dhcp_server.ts";
import { Responder } from "../../../lib/agent/responder.ts";
import { WireMemory } from "../../../lib/agent/wire/wire_memory.ts";
import { ServedPool } from "../../../lib/agent/served_pool.ts";
import { createClock } from "../../../lib/sys/host/clock.ts";
import { createNetwork } from "../../../lib/sys/host/network.ts";
import { PacketStory, type ServedPacket, servedPacket } from "./packet_story.ts";
import { RecordingRegistry } from "../metrics/recording_registry.ts";
import { waitUntil } from "../harness/wait_until.ts";

/** A server on an interface; disposing stops it. */
export class WireServer extends PacketStory implements AsyncDisposable {
  readonly registry = new RecordingRegistry();
  readonly #log = new PacketLog();
  readonly #served = new ServedPool();
  readonly #server: DhcpServer;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  private constructor(interfaceName: string, table: LeaseTable) {
    super();
    const clock = createClock();
    const log = this.#log;
    const metrics = new AgentMetrics(this.registry, { namespace: "default", name: "pool" });
    const wire = new WireMemory({ metrics, log, clock });
    this.#served.set(table);
    this.#server = new DhcpServer({
      interfaceName,
      network: createNetwork(),
      clock,
      log,
      served: this.#served,
      respondAt: (port) =>
        new Responder({
          port,
          served: this.#served,
          metrics,
          wire,
          log,
          clock,
          logPackets: true,
          logLeases: false,
        }),
      onStatusChange: () => {},
      onBug: () => metrics.internalError(),
    });
    this.#running = this.#server.run(this.#stop.signal);
  }

  /** Starts a server and waits until it receives. */
  static async start(interfaceName: string, table: LeaseTable): Promise<WireServer> {
    const server = new WireServer(interfaceName, table);
    await waitUntil(() => server.#server.status.ready || undefined, {
      what: `a server on ${interfaceName}`,
      explain: () => server.#server.status.message,
    });
    return server;
  }

  /** Waits until the status has this reason. */
  async reaches(reason: string): Promise<void> {
    await waitUntil(() => this.#server.status.reason === reason || undefined, {
      what: `the status ${reason}`,
      explain: () => this.#server.status.message,
    });
  }

  /** Answers from this table, beginning with the next packet. */
  setTable(table: LeaseTable): void {
    this.#served.set(table);
  }

  protected override served(): readonly ServedPacket[] {
    return this.#log.packets;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }
}

/** Keeps the lines about packets. */
class PacketLog implements Logger {
  readonly packets: ServedPacket[] = [];

  log(_level: LogLevel, msg: string, fields: LogFields = {}): void {
    if (msg === "packet") this.packets.push(servedPacket(fields, performance.now()));
  }

  with(): Logger {
    return this;
  }
}
