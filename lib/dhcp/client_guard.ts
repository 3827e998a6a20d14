/**
 * What the server remembers of its clients from packet to packet: how many they send, and whose
 * address is in conflict. Only bound clients are remembered one by one, so that whoever makes up
 * addresses cannot fill the memory.
 */

import type { MacAddress } from "../net/mac_address.ts";
import type { LeaseTable } from "./lease.ts";
import type { MessageType } from "./message.ts";
import { type RateLimit, TokenBucket } from "./token_bucket.ts";

/** How much clients may ask. */
export interface ClientLimits {
  /** Packets of one bound client. */
  readonly boundClient: RateLimit;
  /** INFORM of one bound client: some repeat it for an option that they never get. */
  readonly inform: RateLimit;
  /** All clients without a binding together: answers to them, and lines about them. */
  readonly unknownClients: RateLimit;
  /** All packets together; no limit without it. */
  readonly all?: RateLimit;
  /** For so long after a DECLINE the client gets no OFFER (RFC 2131 section 3.1 wants ten seconds). */
  readonly declineHoldOffMs: number;
}

/** Generous: 10,000 clients that all boot at once, and a client that retries, are never cut off. */
export const CLIENT_LIMITS_DEFAULT: ClientLimits = {
  boundClient: { perSecond: 100, burst: 200 },
  inform: { perSecond: 2, burst: 2 },
  unknownClients: { perSecond: 200, burst: 200 },
  declineHoldOffMs: 10_000,
};

interface BoundClient {
  readonly packets: TokenBucket;
  readonly informs: TokenBucket;
  heldOffUntilMs: number;
}

/** The memory of one agent. Times are milliseconds of a clock that does not go back. */
export class ClientGuard {
  readonly #limits: ClientLimits;
  readonly #bound = new Map<MacAddress, BoundClient>();
  readonly #unknown: TokenBucket;
  readonly #all: TokenBucket | undefined;

  constructor(nowMs: number, limits: ClientLimits = CLIENT_LIMITS_DEFAULT) {
    this.#limits = limits;
    this.#unknown = new TokenBucket(limits.unknownClients, nowMs);
    this.#all = limits.all && new TokenBucket(limits.all, nowMs);
  }

  /** Number of clients that are remembered. */
  get size(): number {
    return this.#bound.size;
  }

  /** Counts a packet of a bound client. @returns Whether it may be answered. */
  admitBound(mac: MacAddress, messageType: MessageType, nowMs: number): boolean {
    const client = this.#clientOf(mac, nowMs);
    return client.packets.take(nowMs) && (messageType !== "INFORM" || client.informs.take(nowMs)) &&
      this.#admitAny(nowMs);
  }

  /** Counts a packet of a client without a binding. @returns Whether it is worth an answer or a line. */
  admitUnknown(nowMs: number): boolean {
    return this.#unknown.take(nowMs) && this.#admitAny(nowMs);
  }

  /** Notes a DECLINE of a bound client for its own address. */
  holdOff(mac: MacAddress, nowMs: number): void {
    this.#clientOf(mac, nowMs).heldOffUntilMs = nowMs + this.#limits.declineHoldOffMs;
  }

  /** Whether the client gets no OFFER yet. */
  isHeldOff(mac: MacAddress, nowMs: number): boolean {
    const client = this.#bound.get(mac);
    return client !== undefined && nowMs < client.heldOffUntilMs;
  }

  /** Forgets clients that are no longer bound. For each new table. */
  retain(table: LeaseTable): void {
    for (const mac of this.#bound.keys()) {
      if (table.addressOf(mac) === undefined) this.#bound.delete(mac);
    }
  }

  #admitAny(nowMs: number): boolean {
    return this.#all === undefined || this.#all.take(nowMs);
  }

  #clientOf(mac: MacAddress, nowMs: number): BoundClient {
    const known = this.#bound.get(mac);
    if (known !== undefined) return known;
    const client: BoundClient = {
      packets: new TokenBucket(this.#limits.boundClient, nowMs),
      informs: new TokenBucket(this.#limits.inform, nowMs),
      heldOffUntilMs: -Infinity,
    };
    this.#bound.set(mac, client);
    return client;
  }
}
