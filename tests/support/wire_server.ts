/** The agent's packet loop in this process, on an interface of the kernel. */

import type { LeaseTable } from "../../lib/dhcp/lease.ts";
import type { LogFields, Logger, LogLevel } from "../../lib/observe/logger.ts";
import { AgentMetrics } from "../../lib/server/agent_metrics.ts";
import { DhcpServer } from "../../lib/server/dhcp_server.ts";
import { createClock } from "../../lib/sys/clock.ts";
import { createNetwork } from "../../lib/sys/network.ts";
import { RecordingRegistry } from "./recording_registry.ts";
import { waitUntil } from "./wait_until.ts";

/** A packet that the server has dealt with. */
export interface ServedPacket {
  /** By `performance.now()`. */
  readonly atMs: number;
  readonly mac: string;
  /** Message, state of the client, outcome: `REQUEST renewing: ack`. */
  readonly text: string;
}

/** A server on an interface; disposing stops it. */
export class WireServer implements AsyncDisposable {
  readonly registry = new RecordingRegistry();
  readonly #log = new PacketLog();
  readonly #server: DhcpServer;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  private constructor(interfaceName: string, table: LeaseTable) {
    this.#server = new DhcpServer({
      interfaceName,
      network: createNetwork(),
      clock: createClock(),
      log: this.#log,
      metrics: new AgentMetrics(this.registry, "default/pool"),
      logPackets: true,
      onStatusChange: () => {},
    });
    this.#server.setTable(table);
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

  /** Answers from this table from the next packet on. */
  setTable(table: LeaseTable): void {
    this.#server.setTable(table);
  }

  /** What it has dealt with so far, of one client or of all. */
  packets(mac?: string): readonly ServedPacket[] {
    return this.#log.packets.filter((packet) => mac === undefined || packet.mac === mac);
  }

  /** The same in words, each turn of events once however often the client said it. */
  story(mac: string): readonly string[] {
    return this.packets(mac).map(({ text }) => text)
      .filter((text, index, all) => text !== all[index - 1]);
  }

  /** Waits for a packet of a client, also one of the past. */
  waitFor(mac: string, text: string, limitMs?: number): Promise<ServedPacket> {
    return waitUntil(() => this.packets(mac).find((packet) => packet.text === text), {
      what: `"${text}" of ${mac}`,
      explain: () => this.story(mac).join("\n"),
      ...(limitMs === undefined ? {} : { limitMs }),
    });
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
    if (msg !== "packet") return;
    const { mac, type, state, outcome } = fields;
    const said = [type, state].filter((word) => word !== undefined).join(" ");
    const text = `${said}: ${outcome}`;
    this.packets.push({ atMs: performance.now(), mac: String(mac), text });
  }

  with(): Logger {
    return this;
  }
}
