/**
 * Follows the pool of an agent, and serves its newest good version: what the API server says, and before
 * it has said anything that can be served, the snapshot.
 */

import { parseIPPool } from "../../api/ippool/parse_ippool.ts";
import type { IPPool } from "../../api/ippool/ippool.ts";
import type { FieldError, Observed } from "../../api/meta.ts";
import type { Clock } from "../../base/clock.ts";
import { errorOf } from "../../base/errors.ts";
import { isJsonEqual } from "../../base/json.ts";
import type { NextTable } from "../../dhcpv4/guard/last_seen.ts";
import type { Informer } from "../../kube/contract.ts";
import type { Logger } from "../../observe/logger.ts";
import type { AgentStatus } from "../../reconcile/agent_status.ts";
import { ntpNamesOf } from "../../reconcile/lease_table.ts";
import { serviceFaultsOf } from "../../reconcile/pool_service.ts";
import type { NameResolver } from "../../sys/contract.ts";
import { keepRunning } from "../keep_running.ts";
import type { ServedPool } from "../served_pool.ts";
import type { WireMemory } from "../wire/wire_memory.ts";
import { NameCache } from "./name_cache.ts";
import type { PoolSnapshot } from "./pool_snapshot.ts";
import { describeFaults, servingStatus } from "./serving_status.ts";
import { describeStale, outdated, type Stale } from "./stale.ts";
import { type PoolVersion, TableBuilder } from "./table_builder.ts";

export interface PoolFollowerOptions {
  /** `namespace/name`. */
  readonly poolKey: string;
  /** Follows this pool, maybe others too. The follower runs it. */
  readonly pools: Informer<Observed<IPPool>>;
  /** Served while the API server does not give the pool at the start. */
  readonly snapshot?: PoolSnapshot | undefined;
  readonly resolver: NameResolver;
  readonly clock: Clock;
  readonly log: Logger;
  /** What the tables are given to. */
  readonly served: ServedPool;
  /** Remembers clients from table to table. */
  readonly wire: Pick<WireMemory, "nextInSteps" | "follow" | "forgetClients">;
  readonly onStatusChange: () => void;
  /** Called after each failure that is a bug of this program. */
  readonly onBug: () => void;
}

/** How long the API server has for the pool until the snapshot is served. */
const SNAPSHOT_WAIT_MS = 1000;

/** Follows one pool. */
export class PoolFollower {
  readonly #options: PoolFollowerOptions;
  readonly #names: NameCache;
  readonly #tables: TableBuilder;
  readonly #gone = Promise.withResolvers<void>();
  /** The last version that parsed. */
  #version: PoolVersion | undefined;
  /** What is wrong with the version after that, if there is one. */
  #faults: readonly FieldError[] = [];
  /** The API server has said what the pool is, or that there is none. */
  #isSynced = false;
  /** Of the pool as the API server has it, though that may be a version that cannot be served. */
  #uid: string | undefined;
  /** While what is served comes from the snapshot. */
  #stale: Stale | undefined;
  #status: AgentStatus;
  #servedVersion: string | undefined;
  #ended = false;

  constructor(options: PoolFollowerOptions) {
    const { poolKey, pools, clock, log, resolver, wire, onBug } = options;
    this.#options = options;
    this.#names = new NameCache({ resolver, clock, log, onChange: () => this.#rebuild() });
    this.#tables = new TableBuilder({
      clock,
      addressesOf: (name) => this.#names.addressesOf(name),
      prepareInSteps: (table) => wire.nextInSteps(table),
      onTable: (version, next) => this.#take(version, next),
      onBug: (error) => {
        onBug();
        log.log("error", "cannot make a lease table because of a bug in this program", {
          error: errorOf(error),
        });
      },
    });
    this.#status = {
      ready: false,
      reason: "NotSynced",
      message: `ippool ${poolKey} has not been read from the API server yet`,
    };
    pools.onChange((key, _before, after) => {
      if (key === poolKey && !this.#ended) this.#follow(after);
    });
  }

  /** Ready while the pool is known, regardless of the interface. */
  get status(): AgentStatus {
    return this.#status;
  }

  /** `resourceVersion` of what is served. */
  get servedVersion(): string | undefined {
    return this.#options.served.table && this.#servedVersion;
  }

  /** While what is served comes from the snapshot. */
  get stale(): Stale | undefined {
    return this.#stale;
  }

  /** What somebody should know of a ready agent that does not serve the newest version of its pool. */
  notes(): readonly string[] {
    const { poolKey, clock } = this.#options;
    return [
      ...(["PoolInvalid", "Paused"].includes(this.#status.reason) ? [this.#status.message] : []),
      ...(this.#stale === undefined ? [] : [describeStale(poolKey, this.#stale, clock.nowMs())]),
    ];
  }

  /** Resolves once the pool is deleted after it was known; nobody is answered any more. */
  whenGone(): Promise<void> {
    return this.#gone.promise;
  }

  /** Follows until the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { pools, snapshot } = this.#options;
    pools.whenSynced().then(
      () => this.#followFirst(),
      // An informer that ends before its first sync ends because this process does.
      () => {},
    );
    await keepRunning(
      {
        pool: pools,
        names: this.#names,
        ...snapshot === undefined ? {} : {
          snapshot,
          snapshotStart: { run: (signal: AbortSignal) => this.#startFrom(snapshot, signal) },
        },
      },
      this.#options,
      signal,
    );
    this.#ended = true;
  }

  /**
   * Serves the snapshot, if there is one, when the API server does not give the pool in time, or gives a
   * version that cannot be served: an agent that was not started again goes on with the last good one, too.
   */
  async #startFrom(snapshot: PoolSnapshot, signal: AbortSignal): Promise<void> {
    const { pools, clock } = this.#options;
    const given = new AbortController();
    pools.whenSynced().then(() => given.abort(), () => {});
    await clock.sleep(SNAPSHOT_WAIT_MS, AbortSignal.any([signal, given.signal]));
    if (signal.aborted || !this.#lacksVersionOf(this.#uid)) return;
    const found = await snapshot.load();
    if (found === undefined || signal.aborted) return;
    const { object, takenMs } = found;
    if (!this.#lacksVersionOf(object.metadata.uid)) return;
    const parsed = parseIPPool(object);
    const faults = parsed.ok ? serviceFaultsOf(parsed.value, undefined) : parsed.errors;
    if (!parsed.ok || faults.length > 0) return snapshot.refuse(describeFaults(faults));
    this.#build({ pool: parsed.value, object, stale: { takenMs, sinceMs: clock.nowMs() } });
  }

  /** Whether the API server has given no good version of a pool yet, and may still know that pool. */
  #lacksVersionOf(uid: string | undefined): boolean {
    if (this.#version !== undefined) return false;
    return !this.#isSynced || uid !== undefined && uid === this.#uid;
  }

  /** No change has been told so far: the pool does not exist, or it is older than this agent. */
  #followFirst(): void {
    if (!this.#isSynced) this.#follow(this.#options.pools.get(this.#options.poolKey));
  }

  #follow(observed: Observed<IPPool> | undefined): void {
    this.#isSynced = true;
    if (observed === undefined) return this.#forget();
    const { object, parsed } = observed;
    this.#uid = object.metadata.uid;
    // One that was made anew under the same name has other clients.
    if (this.#version?.pool.metadata.uid !== object.metadata.uid) this.#drop();
    if (!parsed.ok) return this.#refuse(parsed.errors);
    const faults = serviceFaultsOf(parsed.value, this.#version?.pool);
    if (faults.length > 0) return this.#refuse(faults);
    this.#serve({ pool: parsed.value, object });
  }

  /** Falls silent, because the pool is gone. */
  #forget(): void {
    const { poolKey, snapshot } = this.#options;
    const wasKnown = !["NotSynced", "PoolNotFound"].includes(this.#status.reason);
    this.#uid = undefined;
    this.#drop();
    this.#names.setNames([]);
    snapshot?.forget();
    this.#setStatus({
      ready: false,
      reason: "PoolNotFound",
      message: `ippool ${poolKey} does not exist; no client is answered`,
    });
    if (wasKnown) this.#gone.resolve();
  }

  /** Answers nobody until there is another table. */
  #drop(): void {
    this.#version = undefined;
    this.#faults = [];
    this.#setStale(undefined);
    if (this.#options.served.table !== undefined) this.#options.served.set(undefined);
    this.#options.wire.forgetClients();
  }

  /** Goes on with the last good version, if there was one. */
  #refuse(errors: readonly FieldError[]): void {
    const { poolKey, served } = this.#options;
    this.#faults = errors;
    const isServed = served.table !== undefined;
    this.#setStatus({
      ready: isServed,
      reason: "PoolInvalid",
      message: `ippool ${poolKey} cannot be used (${describeFaults(errors)}); ` +
        (isServed ? "its last valid version is served" : "no client is answered until it is valid"),
    });
  }

  #serve(version: PoolVersion): void {
    this.#faults = [];
    this.#build(version);
  }

  #build(version: PoolVersion): void {
    this.#version = version;
    this.#names.setNames(ntpNamesOf(version.pool));
    this.#tables.build(version);
  }

  /** Answers from a table that was made of a version. */
  #take({ pool, object, stale }: PoolVersion, next: NextTable): void {
    const { poolKey, served, wire, snapshot, log } = this.#options;
    // It may be gone by now, and be made anew under the same name.
    if (this.#version?.pool.metadata.uid !== pool.metadata.uid) return;
    // What the API server says is on its way into a table.
    if (stale !== undefined && this.#version?.stale === undefined) return;
    const table = stale === undefined ? next.table : outdated(next.table);
    wire.follow({ ...next, table });
    served.set(table);
    this.#servedVersion = pool.metadata.resourceVersion;
    this.#setStale(stale);
    if (stale === undefined) snapshot?.keep(object);
    const { size, paused } = table;
    log.log("debug", "lease table replaced", {
      bindings: size,
      resourceVersion: pool.metadata.resourceVersion,
    });
    if (this.#faults.length > 0) return this.#refuse(this.#faults);
    this.#setStatus(servingStatus(poolKey, { pool, paused, stale }));
  }

  #setStale(stale: Stale | undefined): void {
    if (stale === this.#stale) return;
    this.#stale = stale;
    this.#options.snapshot?.metrics.stale(stale?.takenMs);
  }

  /** After the addresses of a name changed. */
  #rebuild(): void {
    if (this.#version !== undefined && this.#status.reason !== "PoolInvalid") {
      this.#tables.build(this.#version);
    }
  }

  #setStatus(status: AgentStatus): void {
    if (!isJsonEqual(status, this.#status)) {
      const { reason, message } = status;
      const isFine = status.ready && reason !== "PoolInvalid" && reason !== "Stale";
      this.#options.log.log(isFine ? "info" : "warn", "pool status", { reason, message });
    }
    this.#status = status;
    this.#options.onStatusChange();
  }
}
