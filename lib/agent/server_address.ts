/**
 * The pool's serverIP on one interface. The agent answers ARP and ping for it unless the kernel owns
 * it, announces it when another agent of the pool falls silent, names another one when it ends, and notices
 * other hosts that claim it.
 */

import { TokenBucket } from "../base/token_bucket.ts";
import type { LeaseTable } from "../dhcpv4/lease.ts";
import {
  answerArpFrame,
  type ArpPacket,
  decodeArpFrame,
  encodeArpHandover,
  encodeArpProbe,
  encodeGratuitousArp,
} from "../net/arp.ts";
import { answerEchoRequest, type EchoIdentity } from "../net/icmp.ts";
import { type Ipv4Address, UNSPECIFIED_IPV4 } from "../net/ipv4_address.ts";
import { isHostMacAddress, type MacAddress, macAddressFromBytes } from "../net/mac_address.ts";
import type { PacketPort } from "../sys/contract.ts";
import type { AgentMetrics } from "./agent_metrics.ts";
import { Replicas } from "./replicas.ts";

/** How long another host counts as a user of the address after its last ARP packet. */
const CLAIM_MS = 300_000;

/** Where an Ethernet frame says where it comes from. */
const FRAME_SOURCE_OFFSET = 6;

/**
 * Announcements in a minute that may come from replicas: each sends one as it starts, again when its
 * interface or its pool comes back, and two when another replica falls silent. A host that uses the address
 * also asks for those of its neighbours.
 */
const REPLICA_ANNOUNCEMENTS = { perSecond: 10 / 60, burst: 10 };

export interface ServerAddressOptions {
  readonly port: PacketPort;
  readonly metrics: AgentMetrics;
  /** Called with each claim of a host that {@link ServerAddress.claim} does not name. */
  readonly onFurtherClaim: (claim: AddressClaim, nowMs: number) => void;
  /** Called with each claim that a replica of this agent would not make. */
  readonly onIntruder: (claim: AddressClaim, nowMs: number) => void;
  /** Called when a replica no longer answers. */
  readonly onLostReplica: (mac: MacAddress) => void;
}

/** Another host that uses the address. */
export interface AddressClaim {
  readonly address: Ipv4Address;
  readonly mac: MacAddress;
}

/** Answers for the address; silent until there is one. */
export class ServerAddress {
  readonly #options: ServerAddressOptions;
  #identity: EchoIdentity | undefined;
  #isOwnedByKernel = false;
  /** The host that is named, and the last one that was seen. */
  #claim: AddressClaim | undefined;
  #latest: AddressClaim | undefined;
  /** When an ARP packet of either last came from the address. */
  #claimedMs = 0;
  #latestMs = 0;
  /** Made with the first announcement. */
  #announcements: TokenBucket | undefined;
  readonly #replicas = new Replicas();

  constructor(options: ServerAddressOptions) {
    this.#options = options;
  }

  /**
   * Takes the address of a table, and queues its announcement when it is new.
   *
   * @param table `undefined` or paused for silence.
   * @param ownAddresses Addresses of the interface, for which the kernel answers.
   */
  update(table: LeaseTable | undefined, ownAddresses: readonly Ipv4Address[]): void {
    const { port } = this.#options;
    const before = this.#identity?.serverIp;
    const wasSilent = before === undefined || this.#isOwnedByKernel;
    if (table === undefined || table.paused) {
      this.#identity = undefined;
      this.#forgetClaims();
      return;
    }
    const { serverIp, cidr } = table.parameters;
    if (this.#latest?.address !== serverIp) this.#forgetClaims();
    this.#identity = { serverIp, cidr, macAddress: port.macAddress };
    this.#isOwnedByKernel = ownAddresses.includes(serverIp);
    if (!this.#isOwnedByKernel && (wasSilent || serverIp !== before)) {
      this.#replicas.clear();
      port.send(encodeGratuitousArp(this.#identity));
    }
  }

  /** Queues what the replicas are asked, and an announcement when one is silent; called twice a second. */
  watchReplicas(): void {
    const { port, onLostReplica } = this.#options;
    const identity = this.#identity;
    if (identity === undefined || this.#isOwnedByKernel) return;
    const { ask, lost, announce } = this.#replicas.look();
    for (const mac of ask) port.send(encodeArpProbe(identity, mac));
    if (announce) port.send(encodeGratuitousArp(identity));
    lost.forEach(onLostReplica);
  }

  /**
   * Queues an announcement for a replica that goes on, before this agent ends: otherwise the clients of this
   * one would ask in vain until that notices. Two that end together name neither each other nor, where there
   * is no third, anybody, unless their frames cross; what goes on announces itself a second later.
   */
  handOver(): void {
    const identity = this.#identity;
    const heir = this.#replicas.heardLast();
    if (identity === undefined || this.#isOwnedByKernel || heir === undefined) return;
    this.#options.port.send(encodeArpHandover(identity, heir));
  }

  /**
   * The host that used the address lately, if there was one. Of several it is the first, for as long
   * as that goes on: whoever makes up more of them changes nothing.
   *
   * @param nowMs Time of a clock that never goes back.
   */
  claim(nowMs: number): AddressClaim | undefined {
    if (nowMs - this.#claimedMs < CLAIM_MS) return this.#claim;
    this.#claim = nowMs - this.#latestMs < CLAIM_MS ? this.#latest : undefined;
    this.#claimedMs = this.#latestMs;
    return this.#claim;
  }

  /** Looks at a frame with ARP and queues the answer. @param nowMs As in {@link claim}. */
  receiveArp(bytes: Uint8Array, nowMs: number): void {
    const { port, metrics } = this.#options;
    const identity = this.#identity;
    const decoded = decodeArpFrame(bytes);
    if (identity !== undefined && decoded.ok) {
      const { packet } = decoded;
      const frameMac = macAddressFromBytes(bytes, FRAME_SOURCE_OFFSET);
      // Another agent names an heir: this one, maybe.
      const isHandover = packet.senderIp === identity.serverIp && frameMac !== packet.senderMac;
      if (isHandover) this.#replicas.noteHandover(frameMac);
      this.#note(packet, identity, nowMs);
    }
    const reply = identity === undefined || this.#isOwnedByKernel
      ? undefined
      : answerArpFrame(bytes, identity);
    metrics.packet("ARP", reply === undefined ? "ignored" : "reply");
    if (reply !== undefined) port.send(reply);
  }

  /** Looks at a frame with ICMP and queues the answer, which is no larger and goes to the sender. */
  receiveIcmp(bytes: Uint8Array): void {
    const { port, metrics } = this.#options;
    const reply = this.#identity === undefined || this.#isOwnedByKernel
      ? undefined
      : answerEchoRequest(bytes, this.#identity);
    metrics.packet("ICMP", reply === undefined ? "ignored" : "reply");
    if (reply !== undefined) port.send(reply);
  }

  #forgetClaims(): void {
    this.#claim = undefined;
    this.#latest = undefined;
  }

  #note(packet: ArpPacket, identity: EchoIdentity, nowMs: number): void {
    const { senderMac, senderIp } = packet;
    if (senderMac === identity.macAddress) return;
    const isReplica = this.#replicas.hear(senderMac);
    if (senderIp !== identity.serverIp) return;
    // It says that its sender answers for the address as well, as replicas do. A host that uses the address
    // also says so unasked.
    if (isAnswerToProbe(packet, identity)) return this.#replicas.noteAnswer(senderMac);
    this.#noteClaim(packet, nowMs);
    if (isReplica || this.#isOwnedByKernel || !isHostMacAddress(senderMac)) return;
    // A replica has started, and dies maybe before all are asked again.
    this.#options.port.send(encodeArpProbe(identity, senderMac));
  }

  /**
   * Another host that sends ARP from the address uses it (RFC 5227 section 2.4). The address is not
   * defended, because that host may be a replica of this agent, which shares the address on purpose:
   * two that defend it would take the segment from each other. So the claim is reported and the
   * address kept.
   */
  #noteClaim({ senderIp, senderMac, operation, targetIp }: ArpPacket, nowMs: number): void {
    this.#options.metrics.addressClaim();
    this.#latest = { address: senderIp, mac: senderMac };
    this.#latestMs = nowMs;
    this.#claim = this.claim(nowMs) ?? this.#latest;
    if (this.#claim.mac === senderMac) this.#claimedMs = nowMs;
    else this.#options.onFurtherClaim(this.#latest, nowMs);
    this.#announcements ??= new TokenBucket(REPLICA_ANNOUNCEMENTS, nowMs);
    const isAnnouncement = operation === "request" && targetIp === senderIp;
    if (isAnnouncement && this.#announcements.take(nowMs)) return;
    this.#options.onIntruder(this.#latest, nowMs);
  }
}

function isAnswerToProbe(packet: ArpPacket, { macAddress }: EchoIdentity): boolean {
  const { operation, targetMac, targetIp } = packet;
  return operation === "reply" && targetMac === macAddress && targetIp === UNSPECIFIED_IPV4;
}
