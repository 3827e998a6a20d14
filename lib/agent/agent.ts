/**
 * The agent of one pool. It follows the IPPool and answers from it on its interface: an edit of the
 * pool is in the next reply.
 */

import type { Clock } from "../base/clock.ts";
import { isJsonEqual } from "../base/json.ts";
import type { IPPool } from "../api/ippool/ippool.ts";
import { formatNamespacedName, type NamespacedName, type Observed } from "../api/meta.ts";
import type { LeaseTable } from "../dhcpv4/lease.ts";
import type { Informer } from "../kube/contract.ts";
import type { Logger } from "../observe/logger.ts";
import type { MetricRegistry } from "../observe/metrics.ts";
import type { AgentStatus } from "../reconcile/agent_status.ts";
import type { NameResolver, Network } from "../sys/contract.ts";
import { AgentMetrics } from "./agent_metrics.ts";
import { DhcpServer } from "./dhcp_server.ts";
import { keepRunning } from "./keep_running.ts";
import { PoolFollower } from "./pool/pool_follower.ts";
import type { PoolSnapshot } from "./pool/pool_snapshot.ts";
import { Responder } from "./responder.ts";
import { ServedPool } from "./served_pool.ts";
import { WireMemory } from "./wire/wire_memory.ts";

export interface AgentOptions {
  readonly pool: NamespacedName;
  readonly interfaceName: string;
  /** Follows this pool, maybe others too. The agent runs it. */
  readonly pools: Informer<Observed<IPPool>>;
  /** Served while the API server does not give the pool at the start. */
  readonly snapshot?: PoolSnapshot | undefined;
  readonly network: Network;
  readonly resolver: NameResolver;
  readonly clock: Clock;
  readonly log: Logger;
  readonly registry: MetricRegistry;
  /** Logs each packet at debug. */
  readonly logPackets: boolean;
  /** Logs each message of a client and each reply at info. */
  readonly logLeases: boolean;
  /** Called after each change of `status`. */
  readonly onStatusChange: () => void;
}

/** Serves one pool. */
export class Agent {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #metrics: AgentMetrics;
  readonly #pool: PoolFollower;
  readonly #server: DhcpServer;
  readonly #onStatusChange: () => void;
  readonly #served = new ServedPool();
  /** What was seen on its wire, so far as it remembers. */
  readonly wire: WireMemory;
  #status: AgentStatus;

  constructor(options: AgentOptions) {
    const { pool, interfaceName, network, clock, logPackets, logLeases } = options;
    const poolKey = formatNamespacedName(pool);
    const log = options.log.with({ ippool: poolKey });
    const metrics = new AgentMetrics(options.registry, pool);
    const served = this.#served;
    const wire = new WireMemory({ metrics, log, clock });
    this.wire = wire;
    const onStatusChange = () => this.#reportStatus();
    const onBug = () => metrics.internalError();
    this.#clock = clock;
    this.#log = log;
    this.#metrics = metrics;
    this.#onStatusChange = options.onStatusChange;
    const { pools, snapshot, resolver } = options;
    this.#pool = new PoolFollower({
      ...{ poolKey, pools, snapshot, resolver, clock, log, served, wire, onStatusChange, onBug },
    });
    this.#server = new DhcpServer({
      ...{ interfaceName, network, clock, log, served, onStatusChange, onBug },
      respondAt: (port) =>
        new Responder({ port, served, metrics, wire, log, clock, logPackets, logLeases }),
    });
    this.#status = this.#pool.status;
  }

  /** Ready while the pool is known and the interface is served. */
  get status(): AgentStatus {
    return this.#status;
  }

  /** Ready while the interface is served, whatever is known of the pool. */
  get interfaceStatus(): AgentStatus {
    return this.#server.status;
  }

  /** Ready while the pool is known, whatever becomes of the interface. */
  get poolStatus(): AgentStatus {
    return this.#pool.status;
  }

  /** Why nothing but a restart helps; `undefined` when that is not so. */
  get fault(): string | undefined {
    return this.#server.fault;
  }

  /** What the answers come from; `undefined` before the first sync and once the pool is gone. */
  get table(): LeaseTable | undefined {
    return this.#served.table;
  }

  /** Of the version of the pool that is served. */
  get resourceVersion(): string | undefined {
    return this.#pool.servedVersion;
  }

  /** Since when the snapshot is served, in milliseconds since the epoch; `undefined` when it is not. */
  get staleSinceMs(): number | undefined {
    return this.#pool.stale?.sinceMs;
  }

  /** What somebody should know of a ready agent that does not serve the newest version of its pool. */
  notes(): readonly string[] {
    return this.#pool.notes();
  }

  /** Resolves once the pool is deleted after it was known; nobody is answered any more. */
  whenGone(): Promise<void> {
    return this.#pool.whenGone();
  }

  /** Serves until the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const metrics = this.#metrics;
    metrics.ready(this.#status.ready);
    // At once: the next agent of the pool may count before all parts of this one have ended.
    signal.addEventListener("abort", () => metrics.end());
    const support = {
      clock: this.#clock,
      log: this.#log,
      onBug: () => metrics.internalError(),
    };
    await Promise.all([
      this.#pool.run(signal),
      keepRunning({ server: this.#server }, support, signal),
    ]);
    metrics.end();
  }

  #reportStatus(): void {
    const status = moreImportantOf(this.#pool.status, this.#server.status);
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
