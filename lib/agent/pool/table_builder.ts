/**
 * Makes the lease tables of a pool. A large one takes some turns of the event loop, in which packets are
 * answered from the one before. Of the versions that come meanwhile, the newest is next.
 */

import type { IPPool } from "../../api/ippool/ippool.ts";
import type { KubeObject } from "../../api/meta.ts";
import type { Clock } from "../../base/clock.ts";
import { type Steps, Turns } from "../../base/turns.ts";
import type { NextTable } from "../../dhcpv4/guard/last_seen.ts";
import type { LeaseTable } from "../../dhcpv4/lease.ts";
import type { Ipv4Address } from "../../net/ipv4_address.ts";
import { BindingReader } from "../../reconcile/binding_reader.ts";
import { leaseTableInSteps } from "../../reconcile/lease_table.ts";
import { servedAs } from "../../reconcile/pool_service.ts";
import type { Stale } from "./stale.ts";

/** A version of the pool, as it was read and as it came. */
export interface PoolVersion {
  readonly pool: IPPool;
  readonly object: KubeObject;
  /** When it comes from a snapshot. */
  readonly stale?: Stale;
}

export interface TableBuilderOptions {
  readonly clock: Pick<Clock, "monotonicMs" | "sleep">;
  /** What is known of a host name. */
  readonly addressesOf: (name: string) => readonly Ipv4Address[];
  /** Prepares what changes with the table. */
  readonly prepareInSteps: (table: LeaseTable) => Steps<NextTable>;
  /** Called with each table, in the order of the versions. */
  readonly onTable: (version: PoolVersion, next: NextTable) => void;
  /** Called when no table can be made of a version. */
  readonly onBug: (error: unknown) => void;
}

/** Makes one table at a time. */
export class TableBuilder {
  readonly #options: TableBuilderOptions;
  readonly #turns: Turns;
  readonly #reader = new BindingReader();
  #next: PoolVersion | undefined;
  #isBuilding = false;

  constructor(options: TableBuilderOptions) {
    this.#options = options;
    this.#turns = new Turns(options.clock);
  }

  /** Makes the table of a version: at once when it is small and no other is being made. */
  build(version: PoolVersion): void {
    this.#next = version;
    if (!this.#isBuilding) this.#buildNext();
  }

  #buildNext(): void {
    const version = this.#next;
    if (version === undefined) return;
    this.#next = undefined;
    const { onTable, onBug } = this.#options;
    const built = this.#turns.run(this.#nextInSteps(version.pool));
    if (!(built instanceof Promise)) return onTable(version, built);
    this.#isBuilding = true;
    built.then((next) => onTable(version, next)).catch(onBug).then(() => {
      this.#isBuilding = false;
      this.#buildNext();
    });
  }

  *#nextInSteps(pool: IPPool): Steps<NextTable> {
    const { addressesOf, prepareInSteps } = this.#options;
    const table = yield* leaseTableInSteps(servedAs(pool), addressesOf, this.#reader);
    return yield* prepareInSteps(table);
  }
}
