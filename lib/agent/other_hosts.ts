/** Other hosts of the segment that are in the way. The log names each, and goes on to name new ones. */

import { otherServerOf } from "../dhcpv4/answer/other_server.ts";
import { type Sighting, Sightings } from "../dhcpv4/guard/sightings.ts";
import type { LeaseTable } from "../dhcpv4/lease.ts";
import { formatIpv4Address, type Ipv4Address } from "../net/ipv4_address.ts";
import { formatMacAddress, type MacAddress } from "../net/mac_address.ts";
import type { Logger } from "../observe/logger.ts";
import type { ReceivedFrame } from "../net/ethernet.ts";
import type { AgentMetrics } from "./agent_metrics.ts";
import type { AddressClaim } from "./server_address.ts";

/** NAKs that are remembered: of those of a moment, so that a replica's are known. */
const REFUSED_KEPT = 64;

/** What the log says of hosts of each kind. */
const SENTENCES = {
  server: "another DHCP server answers on this network",
  impostor: "another host answers in the name of this DHCP server",
  claimant: "another host uses the address of this DHCP server",
  conflict: "a client found its address in use by another host",
  forger: "a host declined the address of another one",
} as const;

type Kind = keyof typeof SENTENCES;

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
  /** Clients of the last broadcast NAKs of this server, each with the `xid`. */
  readonly #refused: { readonly mac: MacAddress; readonly xid: number }[] = [];
  #refusedNext = 0;
  readonly #sightings: Readonly<Record<Kind, Sightings>>;

  constructor({ metrics, log, nowMs }: OtherHostsOptions) {
    this.#metrics = metrics;
    this.#log = log;
    this.#sightings = {
      server: new Sightings(nowMs),
      impostor: new Sightings(nowMs),
      claimant: new Sightings(nowMs),
      conflict: new Sightings(nowMs),
      forger: new Sightings(nowMs),
    };
  }

  /** Looks at a frame that is no request. @param table What this server answers from. */
  seeReply(frame: ReceivedFrame, table: LeaseTable, nowMs: number): void {
    const server = otherServerOf(
      frame,
      table,
      (mac, xid) => this.#refused.some((one) => one.xid === xid && one.mac === mac),
    );
    if (server === undefined) return;
    const { kind, mac, serverIdentifier } = server;
    const sighting = { mac, address: serverIdentifier };
    if (kind === "other") {
      this.#metrics.otherServerReply();
      return this.#warn("server", sighting, nowMs);
    }
    this.#metrics.ownIdentifierReply(kind);
    if (kind === "impostor") this.#warn("impostor", sighting, nowMs);
  }

  /**
   * Notes a broadcast NAK of this server. It excuses one to the same client only: otherwise a host
   * would have itself refused with the `xid` of another one, and could refuse that one unnoticed.
   */
  noteNak(mac: MacAddress, xid: number): void {
    this.#refused[this.#refusedNext++ % REFUSED_KEPT] = { mac, xid };
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
    if (from === mac) this.#warn("conflict", { mac, address }, nowMs);
    else this.#warn("forger", { mac: from, address }, nowMs);
  }

  /** Notes that a host sent ARP from the server's own address. */
  noteClaim(claim: AddressClaim, nowMs: number): void {
    this.#warn("claimant", claim, nowMs);
  }

  #warn(kind: Kind, sighting: Sighting, nowMs: number): void {
    const notice = this.#sightings[kind].see(sighting, nowMs);
    if (notice === undefined) return;
    const address = formatIpv4Address(notice.address as Ipv4Address);
    this.#log.log("warn", SENTENCES[kind], {
      ...(kind === "server" || kind === "impostor" ? { server: address } : { address }),
      mac: formatMacAddress(notice.mac),
      // How many other sightings the line stands for.
      ...(notice.leftOut === 0 ? {} : { leftOut: notice.leftOut }),
    });
  }
}
