/**
 * The agent of one pool. It follows the IPPool and answers from it on its interface: an edit of the
 * pool is in the next reply.
 */

import { joinSome } from "../base/sentences.ts";
import type { Clock } from "../base/clock.ts";
import { errorOf } from "../base/errors.ts";
import { isJsonEqual } from "../base/json.ts";
import type { IPPool } from "../api/ippool/ippool.ts";
import {
  type FieldError,
  formatNamespacedName,
  type NamespacedName,
  type Observed,
} from "../api/meta.ts";
import type { NextTable } from "../dhcpv4/guard/last_seen.ts";
import type { LeaseTable } from "../dhcpv4/lease.ts";
import type { Informer } from "../kube/contract.ts";
import type { Logger } from "../observe/logger.ts";
import type { MetricRegistry } from "../observe/metrics.ts";
import type { AgentStatus } from "../reconcile/agent_status.ts";
import { ntpNamesOf } from "../reconcile/lease_table.ts";
import { serviceFaultsOf } from "../reconcile/pool_service.ts";
import type { NameResolver, Network } from "../sys/contract.ts";
import { AgentMetrics } from "./agent_metrics.ts";
import { DhcpServer } from "./dhcp_server.ts";
import { NameCache } from "./name_cache.ts";
import { Responder } from "./responder.ts";
import { ServedPool } from "./served_pool.ts";
import { TableBuilder } from "./table_builder.ts";
import { WireMemory } from "./wire/wire_memory.ts";

export interface AgentOptions {
  readonly pool: NamespacedName;
  readonly interfaceName: string;
  /** Follows this pool, maybe others too. The agent runs it. */
  readonly pools: Informer<Observed<IPPool>>;
  readonly network: Network;
  readonly resolver: NameResolver;
  readonly clock: Clock;
  readonly log: Logger;
  readonly registry: MetricRegistry;
  /** Logs each packet at debug. */
  readonly logPackets: boolean;
  /** Called after each change of `status`. */
  readonly onStatusChange: () => void;
}

/** Between attempts to run a part that fails. */
const RESTART_MS = 1000;

/** Serves one pool. */
export class Agent {
  readonly #clock: Clock;
  readonly #poolKey: string;
  readonly #pools: Informer<Observed<IPPool>>;
  readonly #log: Logger;
  readonly #metrics: AgentMetrics;
  readonly #names: NameCache;
  readonly #server: DhcpServer;
  readonly #onStatusChange: () => void;
  readonly #served = new ServedPool();
  readonly #wire: WireMemory;
  readonly #tables: TableBuilder;
  /** The last version that parsed. */
  #pool: IPPool | undefined;
  /** What is wrong with the version after that, if there is one. */
  #faults: readonly FieldError[] = [];
  /** What is known of the pool, regardless of the interface. */
  #poolStatus: AgentStatus;
  #status: AgentStatus;
  #ended = false;

  constructor(options: AgentOptions) {
    const { pool, pools, interfaceName, network, clock, logPackets } = options;
    const poolKey = formatNamespacedName(pool);
    const log = options.log.with({ ippool: poolKey });
    const metrics = new AgentMetrics(options.registry, pool);
    const served = this.#served;
    const wire = new WireMemory({ metrics, log, clock });
    this.#wire = wire;
    this.#clock = clock;
    this.#poolKey = poolKey;
    this.#pools = pools;
    this.#log = log;
    this.#metrics = metrics;
    this.#onStatusChange = options.onStatusChange;
    this.#names = new NameCache({
      resolver: options.resolver,
      clock,
      log,
      onChange: () => this.#rebuild(),
    });
    this.#server = new DhcpServer({
      interfaceName,
      network,
      clock,
      log,
      served,
      respondAt: (port) => new Responder({ port, served, metrics, wire, log, clock, logPackets }),
      onStatusChange: () => this.#reportStatus(),
      onBug: () => metrics.internalError(),
    });
    this.#tables = new TableBuilder({
      clock,
      addressesOf: (name) => this.#names.addressesOf(name),
      prepareInSteps: (table) => wire.nextInSteps(table),
      onTable: (of, next) => this.#take(of, next),
      onBug: (error) => {
        metrics.internalError();
        log.log("error", "cannot make a lease table because of a bug in this program", {
          error: errorOf(error),
        });
      },
    });
    this.#poolStatus = {
      ready: false,
      reason: "NotSynced",
      message: `ippool ${poolKey} has not been read from the API server yet`,
    };
    this.#status = this.#poolStatus;
    pools.onChange((key, _before, after) => {
      if (key === poolKey && !this.#ended) this.#follow(after);
    });
  }

  /** Ready while the pool is known and the interface is served. */
  get status(): AgentStatus {
    return this.#status;
  }

  /** Ready while the interface is served, whatever is known of the pool. */
  get interfaceStatus(): AgentStatus {
    return this.#server.status;
  }

  /** What the answers come from; `undefined` before the first sync and once the pool is gone. */
  get table(): LeaseTable | undefined {
    return this.#served.table;
  }

  /** Serves until the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    this.#pools.whenSynced().then(
      () => this.#followFirst(),
      // An informer that ends before its first sync ends because this process does.
      () => {},
    );
    this.#metrics.ready(this.#status.ready);
    // At once: the next agent of the pool may count before all parts of this one have ended.
    signal.addEventListener("abort", () => this.#metrics.end());
    await Promise.all([
      this.#keepRunning("pool", this.#pools, signal),
      this.#keepRunning("server", this.#server, signal),
      this.#keepRunning("names", this.#names, signal),
    ]);
    this.#ended = true;
    this.#metrics.end();
  }

  /** Runs a part, and again when it fails: a bug in one part is no reason to stop the others. */
  async #keepRunning(
    name: string,
    part: { run(signal: AbortSignal): Promise<void> },
    signal: AbortSignal,
  ): Promise<void> {
    while (!signal.aborted) {
      try {
        return await part.run(signal);
      } catch (error) {
        this.#metrics.internalError();
        this.#log.log("error", "a part of the agent failed and is started again", {
          part: name,
          error: errorOf(error),
        });
        await this.#clock.sleep(RESTART_MS, signal);
      }
    }
  }

  /** No change has been told so far: the pool does not exist, or it is older than this agent. */
  #followFirst(): void {
    if (this.#poolStatus.reason === "NotSynced") this.#follow(this.#pools.get(this.#poolKey));
  }

  #follow(observed: Observed<IPPool> | undefined): void {
    if (observed === undefined) return this.#forget();
    if (!observed.parsed.ok) return this.#refuse(observed.parsed.errors);
    const faults = serviceFaultsOf(observed.parsed.value, this.#pool);
    if (faults.length > 0) return this.#refuse(faults);
    this.#names.setNames(ntpNamesOf(observed.parsed.value));
    this.#serve(observed.parsed.value);
  }

  /** Falls silent, because the pool is gone. */
  #forget(): void {
    this.#pool = undefined;
    this.#faults = [];
    this.#names.setNames([]);
    this.#served.set(undefined);
    this.#wire.forgetClients();
    this.#setPoolStatus({
      ready: false,
      reason: "PoolNotFound",
      message: `ippool ${this.#poolKey} does not exist; no client is answered`,
    });
  }

  /** Goes on with the last good version, if there was one. */
  #refuse(errors: readonly FieldError[]): void {
    this.#faults = errors;
    const faults = joinSome(errors.map(({ field, message }) => `${field}: ${message}`), "; ");
    const isServed = this.table !== undefined;
    this.#setPoolStatus({
      ready: isServed,
      reason: "PoolInvalid",
      message: `ippool ${this.#poolKey} cannot be used (${faults}); ` +
        (isServed ? "its last valid version is served" : "no client is answered until it is valid"),
    });
  }

  #serve(pool: IPPool): void {
    this.#pool = pool;
    this.#faults = [];
    this.#tables.build(pool);
  }

  /** Answers from a table that was made of the pool. */
  #take(pool: IPPool, next: NextTable): void {
    // It may be gone by now, and be made anew under the same name.
    if (this.#pool === undefined || this.#pool.metadata.uid !== pool.metadata.uid) return;
    this.#wire.follow(next);
    this.#served.set(next.table);
    const { size, paused } = next.table;
    this.#log.log("debug", "lease table replaced", {
      bindings: size,
      resourceVersion: pool.metadata.resourceVersion,
    });
    if (this.#faults.length > 0) return this.#refuse(this.#faults);
    this.#setPoolStatus({
      ready: true,
      reason: paused ? "Paused" : "Serving",
      message: `ippool ${this.#poolKey} is ` +
        (paused ? "paused; no client is answered" : "served"),
    });
  }

  /** After the addresses of a name changed. */
  #rebuild(): void {
    if (this.#pool !== undefined && this.#poolStatus.reason !== "PoolInvalid") {
      this.#serve(this.#pool);
    }
  }

  #setPoolStatus(status: AgentStatus): void {
    if (!isJsonEqual(status, this.#poolStatus)) {
      const { reason, message } = status;
      const level = status.ready && reason !== "PoolInvalid" ? "info" : "warn";
      this.#log.log(level, "pool status", { reason, message });
    }
    this.#poolStatus = status;
    this.#reportStatus();
  }

  #reportStatus(): void {
    const status = moreImportantOf(this.#poolStatus, this.#server.status);
    if (isJsonEqual(status, this.#status)) return;
    this.#status = status;
    this.#metrics.ready(status.ready);
    this.#onStatusChange();
  }
}

/** What prevents serving comes first, then what is wrong with the pool. */
function moreImportantOf(ofPool: AgentStatus, ofInterface: AgentStatus): AgentStatus {
  if (!ofPool.ready) return ofPool;
  return !ofInterface.ready || ofPool.reason === "Serving" && ofInterface.reason !== "Serving"
    ? ofInterface
    : ofPool;
}
