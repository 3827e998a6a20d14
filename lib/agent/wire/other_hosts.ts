/** Other hosts of the segment that are in the way. The log names each, and goes on to name new ones. */

import { defined } from "../../base/json.ts";
import { type OtherServer, otherServerOf } from "../../dhcpv4/answer/other_server.ts";
import { Neighbours } from "../../dhcpv4/guard/neighbours.ts";
import type { SeenHost, Sighting } from "../../dhcpv4/guard/seen_hosts.ts";
import { Sightings } from "../../dhcpv4/guard/sightings.ts";
import type { LeaseTable } from "../../dhcpv4/lease.ts";
import { decodeArpFrame } from "../../net/arp.ts";
import type { ReceivedFrame } from "../../net/ethernet.ts";
import { formatIpv4Address, type Ipv4Address } from "../../net/ipv4_address.ts";
import { formatMacAddress, isHostMacAddress, type MacAddress } from "../../net/mac_address.ts";
import { specialBlockOfAddress } from "../../net/special_blocks.ts";
import type { Logger } from "../../observe/logger.ts";
import type { AgentMetrics } from "../agent_metrics.ts";
import { DoubtedReplies, VERSIONS_MS } from "./doubted_replies.ts";

/** NAKs that are remembered: of those of a moment, so that a replica's are known. */
const REFUSED_KEPT = 64;

/** What the log says of hosts of each kind; nothing of those of which it says something elsewhere. */
const SENTENCES = {
  server: "another DHCP server answers on this network",
  winner: "a client chose another DHCP server",
  impostor: "another host answers in the name of this DHCP server",
  claimant: "another host uses the address of this DHCP server",
  /** A claimant that is no replica. */
  intruder: undefined,
  conflict: "a client found its address in use by another host",
  squatter: "another host uses the address of a client",
  forger: "a host declined the address of another one",
} as const;

/** A kind of host that is in the way. */
export type OtherHostKind = keyof typeof SENTENCES;

/** What hosts are noted with. */
export interface OtherHostsOptions {
  readonly metrics: AgentMetrics;
  readonly log: Logger;
  /** Milliseconds of a clock that does not go back. */
  readonly nowMs: number;
  /** Whether this client has been told lately that it may use the address that is bound to it. */
  readonly isHolding: (mac: MacAddress) => boolean;
}

/** Hosts that answer where only this pool should, and hosts that use or deny its addresses. */
export class OtherHosts {
  readonly #options: OtherHostsOptions;
  /** Clients of the last broadcast NAKs of this server, each with the `xid`. */
  readonly #refused: { readonly mac: MacAddress; readonly xid: number }[] = [];
  #refusedNext = 0;
  readonly #sightings = new Map<OtherHostKind, Sightings>();
  readonly #doubts = new DoubtedReplies();
  readonly #neighbours = new Neighbours();
  /** The last client that chose another server. */
  #chosenBy = 0 as MacAddress;
  /** What was answered from until a moment ago. */
  #before: { readonly table: LeaseTable; readonly endMs: number } | undefined;

  constructor(options: OtherHostsOptions) {
    this.#options = options;
  }

  /** Hosts of a kind that were seen: a short list. */
  of(kind: OtherHostKind): readonly SeenHost[] {
    return this.#sightings.get(kind)?.hosts ?? [];
  }

  /** Another table is answered from. @param before The one that went. */
  followTable(before: LeaseTable | undefined, nowMs: number): void {
    this.#before = before && { table: before, endMs: nowMs + VERSIONS_MS };
  }

  /** Looks at a frame that is no request. @param table What this server answers from. */
  seeReply(frame: ReceivedFrame, table: LeaseTable, nowMs: number): void {
    this.settle(table, nowMs);
    const isRefused = (mac: MacAddress, xid: number) =>
      !this.#options.isHolding(mac) ||
      this.#refused.some((one) => one.xid === xid && one.mac === mac);
    const server = otherServerOf(frame, table, isRefused);
    if (server === undefined) return;
    const { kind, mac } = server;
    if (kind === "other") {
      this.#options.metrics.otherServerReply();
      return this.#see("server", { mac, address: server.serverIdentifier }, nowMs);
    }
    const isLate = kind === "impostor" && this.#before !== undefined &&
      otherServerOf(frame, this.#before.table, isRefused)?.kind === "replica";
    // One that serves a snapshot cannot know what the others say.
    const mayBeOutdated = table.parameters.mayBeOutdated === true;
    if (kind === "replica" || isLate || mayBeOutdated) {
      return this.#options.metrics.ownIdentifierReply("replica");
    }
    if (!this.#doubts.add(mac, frame, table, nowMs)) this.#seeImpostor(server, nowMs);
  }

  /** Judges replies that were in doubt, and lets go of what is past; called now and then. */
  settle(table: LeaseTable, nowMs: number): void {
    if (this.#before !== undefined && nowMs >= this.#before.endMs) this.#before = undefined;
    for (const doubt of this.#doubts.takeDue(nowMs)) {
      // A client with another address by now may have been refused for it.
      const isRefused = (mac: MacAddress) => doubt.table.addressOf(mac) !== table.addressOf(mac);
      const server = otherServerOf(doubt, table, isRefused);
      if (server?.kind === "impostor") this.#seeImpostor(server, nowMs, doubt.count);
      else this.#options.metrics.ownIdentifierReply("replica", doubt.count);
    }
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
    if (from === mac) this.#see("conflict", { mac, address }, nowMs);
    else this.#see("forger", { mac: from, address }, nowMs);
  }

  /**
   * Notes that a client with a binding chose this server instead. Its reply may have gone to the client
   * alone.
   */
  noteChoice(server: Ipv4Address, client: MacAddress, nowMs: number): void {
    // No server has such an address.
    if (specialBlockOfAddress(server) !== undefined) return;
    this.#options.metrics.otherServerChosen();
    this.#chosenBy = client;
    // The number of its address tells it from others, because its MAC may be unknown.
    this.#see("winner", { mac: Number(server) as MacAddress, address: server }, nowMs);
  }

  /** The host that last sent ARP from an address; it may have lied. */
  neighbourAt(address: Ipv4Address): MacAddress | undefined {
    return this.#neighbours.macOf(address);
  }

  /** Notes that a host sent ARP from the server's own address. */
  noteClaim(claim: Sighting, nowMs: number): void {
    this.#see("claimant", claim, nowMs);
  }

  /** Notes that a host that is no replica did so. */
  noteIntruder(claim: Sighting, nowMs: number): void {
    this.#see("intruder", claim, nowMs);
  }

  /** Looks at ARP: a host may use the address of a client (RFC 5227 section 2.4). */
  seeArp(
    bytes: Uint8Array,
    { table, ownMac, nowMs }: {
      readonly table: LeaseTable;
      readonly ownMac: MacAddress;
      readonly nowMs: number;
    },
  ): void {
    const decoded = decodeArpFrame(bytes);
    if (!decoded.ok) return;
    const { senderIp, senderMac } = decoded.packet;
    if (senderMac === ownMac || !isHostMacAddress(senderMac)) return;
    this.#neighbours.note(senderIp, senderMac);
    const owner = table.ownerOf(senderIp);
    if (owner === undefined || owner === senderMac) return;
    this.#options.metrics.clientAddressClaim();
    this.#see("squatter", { mac: senderMac, address: senderIp }, nowMs);
  }

  #seeImpostor({ mac, serverIdentifier }: OtherServer, nowMs: number, replies = 1): void {
    this.#options.metrics.ownIdentifierReply("impostor", replies);
    this.#see("impostor", { mac, address: serverIdentifier }, nowMs);
  }

  #see(kind: OtherHostKind, sighting: Sighting, nowMs: number): void {
    const notice = this.#sightingsOf(kind).see(sighting, nowMs);
    const sentence = SENTENCES[kind];
    if (notice === undefined || sentence === undefined) return;
    const address = formatIpv4Address(notice.address as Ipv4Address);
    const isServer = kind === "server" || kind === "impostor" || kind === "winner";
    const mac = kind === "winner" ? this.neighbourAt(notice.address as Ipv4Address) : notice.mac;
    const client = kind === "winner" && notice.address === sighting.address
      ? formatMacAddress(this.#chosenBy)
      : undefined;
    this.#options.log.log("warn", sentence, {
      ...(isServer ? { server: address } : { address }),
      ...defined({ mac: mac && formatMacAddress(mac), client }),
      // How many other sightings the line stands for.
      ...(notice.leftOut === 0 ? {} : { leftOut: notice.leftOut }),
    });
  }

  #sightingsOf(kind: OtherHostKind): Sightings {
    const known = this.#sightings.get(kind);
    if (known !== undefined) return known;
    const added = new Sightings(this.#options.nowMs);
    this.#sightings.set(kind, added);
    return added;
  }
}
