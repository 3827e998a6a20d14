/**
 * When each client with a binding was last seen: a slot for each binding and nothing for anybody else, so
 * the memory is that of the table, whatever is sent. No answer depends on it. Any host can write any
 * `chaddr`, so what it says of a client may be a lie; it cannot be more than that.
 */

import type { Steps } from "../../base/turns.ts";
import type { MacAddress } from "../../net/mac_address.ts";
import type { LeaseTable } from "../lease.ts";

/** A count stays here when it would go beyond. */
const COUNT_MAX = 0xffffffff;

/** The last exchange of a client. */
export interface SeenClient {
  readonly mac: MacAddress;
  /** Milliseconds of the clock with which it was noted. */
  readonly atMs: number;
  /** What kind of exchange it was: the number with which it was noted. */
  readonly kind: number;
  /** Exchanges since the binding is known. */
  readonly count: number;
}

/** The next table, with where each of its bindings was in the one before. */
export interface NextTable {
  readonly table: LeaseTable;
  readonly before: LeaseTable | undefined;
  /** By number of the binding, its number before, plus one; 0 for a new one. */
  readonly places: Uint32Array;
}

/**
 * The last exchange of each binding of one table at a time.
 *
 * @example
 * ```ts
 * import { deepEqual, equal } from "node:assert/strict";
 * import { finish } from "../../base/turns.ts";
 * import { leaseTable, M1, M2 } from "../../../tests/support/dhcp/dhcp_packets.ts";
 * const seen = new LastSeen();
 * const table = leaseTable();
 * seen.follow(finish(seen.nextInSteps(table)));
 * seen.note(table, table.indexOf(M1), 7, 1000);
 * deepEqual(seen.of(M1), { mac: M1, atMs: 1000, kind: 7, count: 1 });
 * equal(seen.of(M2), undefined);
 * ```
 */
export class LastSeen {
  #table: LeaseTable | undefined;
  #atMs = new Float64Array(0);
  #kinds = new Uint16Array(0);
  #counts = new Uint32Array(0);

  /**
   * Notes an exchange, unless another table is followed by now.
   *
   * @param index Of the client's binding in the table.
   */
  note(table: LeaseTable, index: number, kind: number, atMs: number): void {
    if (table !== this.#table) return;
    this.#atMs[index] = atMs;
    this.#kinds[index] = kind;
    if (this.#counts[index]! < COUNT_MAX) this.#counts[index]!++;
  }

  /** What is known of the client; `undefined` when it has no binding or was not seen. */
  of(mac: MacAddress): SeenClient | undefined {
    return this.#at(this.#table?.indexOf(mac) ?? -1, mac);
  }

  /** How many clients were seen. */
  get size(): number {
    let size = 0;
    for (const count of this.#counts) if (count > 0) size++;
    return size;
  }

  /** The clients that were seen last, in the order of the bindings. */
  latest(most: number): readonly SeenClient[] {
    const times = this.#atMs.filter((_, index) => this.#counts[index]! > 0).sort();
    const sinceMs = times.at(-most) ?? -Infinity;
    const clients: SeenClient[] = [];
    let index = -1;
    for (const [mac] of this.#table?.bindings() ?? []) {
      if (this.#atMs[++index]! < sinceMs || clients.length >= most) continue;
      const client = this.#at(index, mac);
      if (client !== undefined) clients.push(client);
    }
    return clients;
  }

  /**
   * Prepares for the next table, in steps, while exchanges are noted. A binding is the same when MAC and
   * address are.
   */
  *nextInSteps(table: LeaseTable): Steps<NextTable> {
    const before = this.#table;
    const places = before === undefined
      ? new Uint32Array(table.size)
      : yield* table.bindings().placesInSteps(before.bindings());
    return { table, before, places };
  }

  /** Goes on with the next table. What is gone from it is forgotten. */
  follow({ table, before, places }: NextTable): void {
    const atMs = new Float64Array(table.size);
    const kinds = new Uint16Array(table.size);
    const counts = new Uint32Array(table.size);
    // The pool may have gone meanwhile.
    const isNext = before === this.#table;
    for (let index = 0; isNext && index < table.size; index++) {
      const place = places[index]!;
      if (place === 0) continue;
      atMs[index] = this.#atMs[place - 1]!;
      kinds[index] = this.#kinds[place - 1]!;
      counts[index] = this.#counts[place - 1]!;
    }
    this.#table = table;
    this.#atMs = atMs;
    this.#kinds = kinds;
    this.#counts = counts;
  }

  /** Forgets everything: the pool is gone. */
  clear(): void {
    this.#table = undefined;
    this.#atMs = new Float64Array(0);
    this.#kinds = new Uint16Array(0);
    this.#counts = new Uint32Array(0);
  }

  #at(index: number, mac: MacAddress): SeenClient | undefined {
    const count = this.#counts[index];
    if (count === undefined || count === 0) return undefined;
    return { mac, atMs: this.#atMs[index]!, kind: this.#kinds[index]!, count };
  }
}
