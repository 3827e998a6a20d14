/**
 * The pool's serverIP on one interface: the agent answers ARP and ping for it, where the kernel does
 * not own it, and notices who else claims it.
 */

import { type RateLimit, TokenBucket } from "../dhcp/token_bucket.ts";
import type { LeaseTable } from "../dhcp/lease.ts";
import { answerArpFrame, decodeArpFrame, encodeGratuitousArp } from "../net/arp.ts";
import { answerEchoRequest, type EchoIdentity } from "../net/icmp.ts";
import { formatIpv4Address, type Ipv4Address } from "../net/ipv4_address.ts";
import { formatMacAddress } from "../net/mac_address.ts";
import type { Logger } from "../observe/logger.ts";
import type { PacketPort } from "../sys/contract.ts";
import type { AgentMetrics } from "./agent_metrics.ts";

/** Echo requests that are answered, of all hosts together. */
const ECHO_LIMIT: RateLimit = { perSecond: 100, burst: 200 };

/** Between lines about somebody who claims the address. */
const CLAIM_LINE_MS = 60_000;

export interface ServerAddressOptions {
  readonly port: PacketPort;
  readonly metrics: AgentMetrics;
  readonly log: Logger;
}

/** Answers for the address; silent until there is one. */
export class ServerAddress {
  readonly #options: ServerAddressOptions;
  readonly #echoes = new TokenBucket(ECHO_LIMIT, 0);
  #identity: EchoIdentity | undefined;
  #isOwnedByKernel = false;
  #claimLoggedMs = -Infinity;

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
      return;
    }
    const { serverIp, cidr } = table.parameters;
    this.#identity = { serverIp, cidr, macAddress: port.macAddress };
    this.#isOwnedByKernel = ownAddresses.includes(serverIp);
    if (!this.#isOwnedByKernel && (wasSilent || serverIp !== before)) {
      port.send(encodeGratuitousArp(this.#identity));
    }
  }

  /** Looks at a frame with ARP and queues the answer. @param nowMs Of a clock that never goes back. */
  receiveArp(bytes: Uint8Array, nowMs: number): void {
    const { port, metrics } = this.#options;
    const identity = this.#identity;
    if (identity !== undefined) this.#noteClaim(bytes, identity, nowMs);
    const reply = identity === undefined || this.#isOwnedByKernel
      ? undefined
      : answerArpFrame(bytes, identity);
    metrics.packet("ARP", reply === undefined ? "ignored" : "reply");
    if (reply !== undefined) port.send(reply);
  }

  /** Looks at a frame with ICMP and queues the answer. @param nowMs As in {@link receiveArp}. */
  receiveIcmp(bytes: Uint8Array, nowMs: number): void {
    const { port, metrics } = this.#options;
    const reply = this.#identity === undefined || this.#isOwnedByKernel
      ? undefined
      : answerEchoRequest(bytes, this.#identity);
    if (reply === undefined) return metrics.packet("ICMP", "ignored");
    if (!this.#echoes.take(nowMs)) return metrics.packet("ICMP", "rateLimited");
    metrics.packet("ICMP", "reply");
    port.send(reply);
  }

  /**
   * Another host that sends ARP from the address uses it (RFC 5227 section 2.4). The address is not
   * defended against it, for it may be a replica of this agent, which shares it on purpose: two that
   * defend it would take the segment from each other. So it is made known and kept.
   */
  #noteClaim(bytes: Uint8Array, { serverIp, macAddress }: EchoIdentity, nowMs: number): void {
    const decoded = decodeArpFrame(bytes);
    if (!decoded.ok || decoded.packet.senderIp !== serverIp) return;
    const { senderMac } = decoded.packet;
    if (senderMac === macAddress) return;
    const { metrics, log, port } = this.#options;
    metrics.addressClaim();
    if (nowMs - this.#claimLoggedMs < CLAIM_LINE_MS) return;
    this.#claimLoggedMs = nowMs;
    log.log(
      "warn",
      "another host claims the server's address: a replica of this agent, or a conflict",
      {
        interface: port.interfaceName,
        address: formatIpv4Address(serverIp),
        mac: formatMacAddress(senderMac),
      },
    );
  }
}
