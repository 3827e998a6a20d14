/**
 * What an agent remembers of its wire, for people who ask: when each client was last seen, how many unknown
 * clients asked, and which other hosts are in the way. The memory is bounded, and outlives ports and tables. No answer
 * depends on it, for it is made of what any host can send.
 */

import type { Clock } from "../../base/clock.ts";
import { defined } from "../../base/json.ts";
import { formatInstant } from "../../base/rfc3339.ts";
import type { Steps } from "../../base/turns.ts";
import type { Answer } from "../../dhcpv4/answer.ts";
import { LastSeen, type NextTable, type SeenClient } from "../../dhcpv4/guard/last_seen.ts";
import type { UnknownMachine } from "../../dhcpv4/guard/unknown_list.ts";
import type { LeaseTable } from "../../dhcpv4/lease.ts";
import { FieldOffset } from "../../dhcpv4/wire/message_layout.ts";
import { readUint32 } from "../../net/bytes.ts";
import type { ReceivedFrame } from "../../net/ethernet.ts";
import { UDP_PAYLOAD_OFFSET } from "../../net/frame.ts";
import {
  BROADCAST_MAC,
  formatMacAddress,
  type MacAddress,
  macAddressFromBytes,
} from "../../net/mac_address.ts";
import type { Logger } from "../../observe/logger.ts";
import type { AskingMachine, LastSeen as ReportedLastSeen } from "../../reconcile/agent_report.ts";
import type { AgentMetrics } from "../agent_metrics.ts";
import { OtherHosts } from "./other_hosts.ts";
import { UnknownMachines } from "./unknown_machines.ts";
import { type WireReport, wireReportOf } from "./wire_report.ts";

export interface WireMemoryOptions {
  readonly metrics: AgentMetrics;
  readonly log: Logger;
  readonly clock: Pick<Clock, "monotonicMs" | "nowMs">;
}

/** A frame, what was answered from, and when. */
export interface Receipt {
  readonly frame: ReceivedFrame;
  readonly table: LeaseTable;
  /** Milliseconds of a clock that does not go back. */
  readonly nowMs: number;
}

/** The memory of one agent. */
export class WireMemory {
  readonly #clock: Pick<Clock, "monotonicMs" | "nowMs">;
  readonly #metrics: AgentMetrics;
  readonly #lastSeen = new LastSeen();
  readonly #log: Logger;
  readonly #unknown: UnknownMachines;
  /** Hosts that are in the way. */
  readonly hosts: OtherHosts;
  #ownMac = 0 as MacAddress;
  #interfaceName = "";
  /** Made when somebody asks, so that a packet costs no object. */
  #dumpVersion: object | undefined;

  constructor({ metrics, log, clock }: WireMemoryOptions) {
    this.#clock = clock;
    this.#metrics = metrics;
    this.#log = log;
    this.#unknown = new UnknownMachines(clock.monotonicMs());
    this.hosts = new OtherHosts({
      metrics,
      log,
      nowMs: clock.monotonicMs(),
      isHolding: (mac) => {
        const seen = this.#lastSeen.of(mac);
        return seen !== undefined && metrics.kinds.at(seen.kind).outcome === "ack";
      },
    });
  }

  /** A port is answered at from now on. */
  usePort(
    { macAddress, interfaceName }: {
      readonly macAddress: MacAddress;
      readonly interfaceName: string;
    },
  ): void {
    this.#ownMac = macAddress;
    this.#interfaceName = interfaceName;
  }

  /** Prepares for the next table; see {@link LastSeen.nextInSteps}. */
  nextInSteps(table: LeaseTable): Steps<NextTable> {
    return this.#lastSeen.nextInSteps(table);
  }

  /** The next table is answered from. */
  follow(next: NextTable): void {
    this.#dumpVersion = undefined;
    this.#lastSeen.follow(next);
    this.hosts.followTable(next.before, this.#clock.monotonicMs());
  }

  /** The pool is gone, and its clients with it. */
  forgetClients(): void {
    this.#dumpVersion = undefined;
    this.#lastSeen.clear();
  }

  /** Notes what became of a frame. @param kind Its number in the metrics. */
  note(kind: number, answer: Answer, { frame, table, nowMs }: Receipt): void {
    const { outcome, mac, messageType } = answer;
    if (outcome === "otherPort") return this.hosts.seeReply(frame, table, nowMs);
    if (mac === undefined || outcome === "notARequest") return;
    this.#dumpVersion = undefined;
    const index = table.indexOf(mac);
    if (index < 0) return this.#noteUnknown(kind, answer, mac, { table, nowMs });
    this.#lastSeen.note(table, index, kind, nowMs);
    if (outcome === "nak") this.#noteNak(answer, mac);
    else if (outcome === "declined") {
      const from = answer.isForeignChaddr ? macAddressFromBytes(frame.bytes, 6) : mac;
      this.hosts.noteDecline({ mac, from, address: table.addressOf(mac)! }, nowMs);
    } else if (outcome === "otherServer" && messageType === "REQUEST") {
      const server = answer.serverIdentifier!;
      // A relay agent of this pool puts itself into its clients' option 54 (RFC 5107).
      if (!table.parameters.relays?.includes(server)) this.hosts.noteChoice(server, mac, nowMs);
    }
  }

  /** Looks at a frame with ARP. */
  noteArp(bytes: Uint8Array, table: LeaseTable, nowMs: number): void {
    this.hosts.seeArp(bytes, { table, ownMac: this.#ownMac, nowMs });
  }

  /** Brings up to date what changes with time alone; called now and then. */
  count(table: LeaseTable | undefined): void {
    const nowMs = this.#clock.monotonicMs();
    if (table !== undefined) this.hosts.settle(table, nowMs);
    this.#metrics.unknownClients(this.#unknown.counts(nowMs).clients);
    this.#sayUnnamed(nowMs);
  }

  /** The part of the report that is about the wire. */
  report(table: LeaseTable | undefined): WireReport {
    return {
      ...(this.#ownMac === 0 ? {} : { macAddress: formatMacAddress(this.#ownMac) }),
      ...wireReportOf(this.hosts, table, (atMs) => this.#instantOf(atMs)),
      unknownClients: this.#unknown.counts(this.#clock.monotonicMs()),
    };
  }

  /** When the client was last seen; `undefined` when it has no binding or never asked. */
  lastSeenOf(mac: MacAddress): ReportedLastSeen | undefined {
    const client = this.#lastSeen.of(mac);
    return client && this.#show(client);
  }

  /** The clients that were seen last, and how many were seen besides. */
  latest(
    most: number,
  ): { readonly lastSeen: readonly ReportedLastSeen[]; readonly leftOut: number } {
    const lastSeen = this.#lastSeen.latest(most).map((client) => this.#show(client));
    return { lastSeen, leftOut: this.#lastSeen.size - lastSeen.length };
  }

  /** Machines that ask and have no binding by now, the one that asked last first. */
  unknown(isBound: (mac: MacAddress) => boolean): readonly AskingMachine[] {
    return this.#unknown.list(isBound).map((machine) => this.#showUnknown(machine));
  }

  /** The same object until a client asks or the table changes. */
  dumpVersion(): object {
    return this.#dumpVersion ??= {};
  }

  #noteUnknown(
    kind: number,
    answer: Answer,
    mac: MacAddress,
    { table, nowMs }: Pick<Receipt, "table" | "nowMs">,
  ): void {
    const { outcome, message } = answer;
    if (outcome === "nak") this.#noteNak(answer, mac);
    if (outcome !== "unknownMac" && outcome !== "nak") return;
    // It may be a client of another pool of the network.
    const isShared = table.parameters.networkShared === true;
    const machine = this.#unknown.note({ mac, kind, message: message!, nowMs }, isShared);
    if (machine === undefined) return;
    const { macAddress, ...rest } = this.#showUnknown(machine);
    this.#log.log("info", "a machine without an address asks", { mac: macAddress, ...rest });
  }

  #sayUnnamed(nowMs: number): void {
    const requests = this.#unknown.takeUnnamed(nowMs);
    if (requests === 0) return;
    const { clients } = this.#unknown.counts(nowMs);
    const fields = { requests, clients, interface: this.#interfaceName };
    this.#log.log("info", "more machines without an address ask than the log names", fields);
  }

  #noteNak({ replies }: Answer, mac: MacAddress): void {
    const reply = replies[0]!;
    if (macAddressFromBytes(reply) !== BROADCAST_MAC) return;
    this.hosts.noteNak(mac, readUint32(reply, UDP_PAYLOAD_OFFSET + FieldOffset.xid));
  }

  #showUnknown(machine: UnknownMachine): AskingMachine {
    const { mac, count, firstMs, lastMs, kind, hostname, vendorClass } = machine;
    return {
      macAddress: formatMacAddress(mac),
      count,
      firstSeen: this.#instantOf(firstMs),
      lastSeen: this.#instantOf(lastMs),
      lastMessage: this.#metrics.kinds.at(kind).type,
      interface: this.#interfaceName,
      ...defined({ vendorClass, hostname }),
    };
  }

  #show({ mac, atMs, kind, count }: SeenClient): ReportedLastSeen {
    const time = this.#instantOf(atMs);
    return { mac: formatMacAddress(mac), time, ...this.#metrics.kinds.at(kind), count };
  }

  /** By the host's clock of now, which may have been set since. */
  #instantOf(atMs: number): string {
    return formatInstant(this.#clock.nowMs() - (this.#clock.monotonicMs() - atMs));
  }
}
