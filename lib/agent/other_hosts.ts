/** Other hosts of the segment that are in the way. The log names each, and goes on to name new ones. */

import { type OtherServer, otherServerOf } from "../dhcpv4/answer/other_server.ts";
import { Sightings } from "../dhcpv4/guard/sightings.ts";
import type { LeaseTable } from "../dhcpv4/lease.ts";
import { formatIpv4Address, type Ipv4Address } from "../net/ipv4_address.ts";
import { formatMacAddress, type MacAddress } from "../net/mac_address.ts";
import type { Logger } from "../observe/logger.ts";
import type { ReceivedFrame } from "../net/ethernet.ts";
import type { AgentMetrics } from "./agent_metrics.ts";

/** What hosts are noted with. */
export interface OtherHostsOptions {
  readonly metrics: AgentMetrics;
  readonly log: Logger;
  /** Milliseconds of a clock that does not go back. */
  readonly nowMs: number;
}

/** Hosts that answer where only this pool should, and hosts that use or deny its addresses. */
export class OtherHosts {
  readonly #metrics: AgentMetrics;
  readonly #log: Logger;
  readonly #servers: Sightings;
  readonly #impostors: Sightings;
  readonly #conflicts: Sightings;
  readonly #forgers: Sightings;

  constructor({ metrics, log, nowMs }: OtherHostsOptions) {
    this.#metrics = metrics;
    this.#log = log;
    this.#servers = new Sightings(nowMs);
    this.#impostors = new Sightings(nowMs);
    this.#conflicts = new Sightings(nowMs);
    this.#forgers = new Sightings(nowMs);
  }

  /** Looks at a frame that is no request. @param table What this server answers from. */
  seeReply(frame: ReceivedFrame, table: LeaseTable, nowMs: number): void {
    const server = otherServerOf(frame, table);
    if (server === undefined) return;
    if (server.kind === "other") return this.#noteServer(server, nowMs);
    this.#metrics.ownIdentifierReply(server.kind);
    if (server.kind === "impostor") this.#noteImpostor(server, nowMs);
  }

  /**
   * Notes that a client declined the address that is bound to it.
   *
   * @param from Where the DECLINE came from: another host can send one in the name of a client.
   */
  noteDecline(
    { mac, from, address }: {
      readonly mac: MacAddress;
      readonly from: MacAddress;
      readonly address: Ipv4Address;
    },
    nowMs: number,
  ): void {
    if (from !== mac) return this.#noteForger({ mac: from, address }, nowMs);
    const notice = this.#conflicts.see({ mac, address }, nowMs);
    if (notice === undefined) return;
    this.#log.log("warn", "a client found its address in use by another host", {
      address: formatIpv4Address(notice.address as Ipv4Address),
      mac: formatMacAddress(notice.mac),
      ...leftOutOf(notice),
    });
  }

  #noteServer({ mac, serverIdentifier }: OtherServer, nowMs: number): void {
    this.#metrics.otherServerReply();
    const notice = this.#servers.see({ mac, address: serverIdentifier }, nowMs);
    if (notice === undefined) return;
    this.#log.log("warn", "another DHCP server answers on this network", {
      server: formatIpv4Address(notice.address as Ipv4Address),
      mac: formatMacAddress(notice.mac),
      ...leftOutOf(notice),
    });
  }

  #noteImpostor({ mac, serverIdentifier }: OtherServer, nowMs: number): void {
    const notice = this.#impostors.see({ mac, address: serverIdentifier }, nowMs);
    if (notice === undefined) return;
    this.#log.log("warn", "another host answers in the name of this DHCP server", {
      server: formatIpv4Address(notice.address as Ipv4Address),
      mac: formatMacAddress(notice.mac),
      ...leftOutOf(notice),
    });
  }

  #noteForger(
    sighting: { readonly mac: MacAddress; readonly address: Ipv4Address },
    nowMs: number,
  ) {
    const notice = this.#forgers.see(sighting, nowMs);
    if (notice === undefined) return;
    this.#log.log("warn", "a host declined the address of another one", {
      address: formatIpv4Address(notice.address as Ipv4Address),
      mac: formatMacAddress(notice.mac),
      ...leftOutOf(notice),
    });
  }
}

/** How many other sightings the line stands for, where there are any. */
function leftOutOf({ leftOut }: { readonly leftOut: number }): { readonly leftOut?: number } {
  return leftOut === 0 ? {} : { leftOut };
}
