/**
 * What the server remembers of its clients from packet to packet: how many packets they send, and
 * which addresses are in conflict. Only bound clients are remembered one by one, so that made-up
 * addresses cannot fill the memory.
 */

import type { MacAddress } from "../../net/mac_address.ts";
import { ClientRows } from "./client_rows.ts";
import type { LeaseTable } from "../lease.ts";
import type { MessageType } from "../options/message_type.ts";
import {
  type RateLimit,
  TOKEN_BUCKET_CELLS,
  TokenBucket,
  TokenBuckets,
} from "../../base/token_bucket.ts";

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

/** Columns of a bound client: two buckets, and the time until which it gets no OFFER. */
const PACKETS = 0;
const INFORMS = TOKEN_BUCKET_CELLS;
const HELD_OFF_UNTIL_MS = 2 * TOKEN_BUCKET_CELLS;
const COLUMNS = HELD_OFF_UNTIL_MS + 1;

/**
 * The memory of one agent. Times are milliseconds of a clock that does not go back.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import { parseMacAddress } from "../../net/mac_address.ts";
 * const guard = new ClientGuard(0);
 * const mac = parseMacAddress("52:54:00:12:34:56")!;
 * deepEqual([1, 2, 3].map((nowMs) => guard.admitBound(mac, "INFORM", nowMs)), [true, true, false]);
 * ```
 */
export class ClientGuard {
  readonly #limits: ClientLimits;
  readonly #bound = new ClientRows(COLUMNS);
  readonly #packets: TokenBuckets;
  readonly #informs: TokenBuckets;
  readonly #unknown: TokenBucket;
  readonly #all: TokenBucket | undefined;

  constructor(nowMs: number, limits: ClientLimits = CLIENT_LIMITS_DEFAULT) {
    this.#limits = limits;
    this.#packets = new TokenBuckets(limits.boundClient);
    this.#informs = new TokenBuckets(limits.inform);
    this.#unknown = new TokenBucket(limits.unknownClients, nowMs);
    this.#all = limits.all && new TokenBucket(limits.all, nowMs);
  }

  /** Number of clients that are remembered. */
  get size(): number {
    return this.#bound.size;
  }

  /** Counts a packet of a bound client. @returns Whether it may be answered. */
  admitBound(mac: MacAddress, messageType: MessageType, nowMs: number): boolean {
    const row = this.#rowOf(mac, nowMs);
    const { cells } = this.#bound;
    return this.#packets.take(cells, row + PACKETS, nowMs) &&
      (messageType !== "INFORM" || this.#informs.take(cells, row + INFORMS, nowMs)) &&
      this.#admitAny(nowMs);
  }

  /** Counts a packet of a client without a binding. @returns Whether it is worth an answer or a line. */
  admitUnknown(nowMs: number): boolean {
    return this.#unknown.take(nowMs) && this.#admitAny(nowMs);
  }

  /** Notes a DECLINE of a bound client for its own address. */
  holdOff(mac: MacAddress, nowMs: number): void {
    const row = this.#rowOf(mac, nowMs);
    this.#bound.cells[row + HELD_OFF_UNTIL_MS] = nowMs + this.#limits.declineHoldOffMs;
  }

  /** Whether the client gets no OFFER yet. */
  isHeldOff(mac: MacAddress, nowMs: number): boolean {
    const row = this.#bound.find(mac);
    return row !== undefined && nowMs < this.#bound.cells[row + HELD_OFF_UNTIL_MS]!;
  }

  /** Forgets clients that are no longer bound. For each new table. */
  retain(table: LeaseTable): void {
    this.#bound.retain((mac) => table.addressOf(mac) !== undefined);
  }

  #admitAny(nowMs: number): boolean {
    return this.#all === undefined || this.#all.take(nowMs);
  }

  /** Where the numbers of a client begin, which is remembered from now on. */
  #rowOf(mac: MacAddress, nowMs: number): number {
    const known = this.#bound.find(mac);
    if (known !== undefined) return known;
    const row = this.#bound.add(mac);
    const { cells } = this.#bound;
    this.#packets.fill(cells, row + PACKETS, nowMs);
    this.#informs.fill(cells, row + INFORMS, nowMs);
    cells[row + HELD_OFF_UNTIL_MS] = -Infinity;
    return row;
  }
}
