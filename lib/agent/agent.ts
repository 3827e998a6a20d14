/**
 * The agent of one pool: follows the IPPool and answers on its interface from it. An edit of the
 * pool is in the next reply.
 */

import type { Clock } from "../base/clock.ts";
import type { IPPool } from "../api/ippool/ippool.ts";
import type { FieldError, Observed } from "../api/meta.ts";
import { BindingReader } from "../reconcile/binding_reader.ts";
import { CLIENT_LIMITS_DEFAULT } from "../dhcpv4/guard/client_guard.ts";
import type { LeaseTable } from "../dhcpv4/lease.ts";
import type { Informer } from "../kube/contract.ts";
import type { Logger } from "../observe/logger.ts";
import type { MetricRegistry } from "../observe/metrics.ts";
import { leaseTableOf, ntpNamesOf } from "../reconcile/lease_table.ts";
import type { NameResolver, Network } from "../sys/contract.ts";
import { AgentMetrics } from "./agent_metrics.ts";
import { AgentNames } from "./agent_names.ts";
import { type AgentStatus, isSameStatus } from "./agent_status.ts";
import { DhcpServer } from "./dhcp_server.ts";

export interface AgentOptions {
  /** `namespace/name` of the pool. */
  readonly poolKey: string;
  readonly interfaceName: string;
  readonly pools: Informer<Observed<IPPool>>;
  readonly network: Network;
  readonly resolver: NameResolver;
  readonly clock: Clock;
  readonly log: Logger;
  readonly registry: MetricRegistry;
  /** Writes a line at debug for each packet. */
  readonly logPackets: boolean;
  /** Called after each change of `status`. */
  readonly onStatusChange: () => void;
}

/** Serves one pool. Make it before the informer runs, or while it does. */
export class Agent {
  readonly #options: AgentOptions;
  readonly #log: Logger;
  readonly #metrics: AgentMetrics;
  readonly #names: AgentNames;
  readonly #server: DhcpServer;
  /** The last version that parsed. */
  #pool: IPPool | undefined;
  #table: LeaseTable | undefined;
  readonly #reader = new BindingReader();
  /** What is known of the pool, the interface aside. */
  #poolStatus: AgentStatus;
  #status: AgentStatus;
  #ended = false;

  constructor(options: AgentOptions) {
    const { poolKey, pools, registry } = options;
    this.#options = options;
    this.#log = options.log.with({ ippool: poolKey });
    this.#metrics = new AgentMetrics(registry, poolKey);
    const parts = { ...options, log: this.#log, metrics: this.#metrics };
    this.#names = new AgentNames({ ...parts, onChange: () => this.#rebuild() });
    this.#server = new DhcpServer({ ...parts, onStatusChange: () => this.#reportStatus() });
    this.#poolStatus = {
      ready: false,
      reason: "NotSynced",
      message: `ippool ${poolKey} was not read from the API server yet`,
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

  /** What is answered from; `undefined` before the first sync and after the pool is gone. */
  get table(): LeaseTable | undefined {
    return this.#table;
  }

  /** Serves until the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { pools } = this.#options;
    pools.whenSynced().then(
      () => this.#followFirst(),
      // An informer that ends before its first sync ends because this process does.
      () => {},
    );
    this.#metrics.ready(this.#status.ready);
    await Promise.all([this.#server.run(signal), this.#names.run(signal)]);
    this.#ended = true;
    this.#metrics.end();
  }

  /** No change told of the pool so far: there is none, or it is older than this agent. */
  #followFirst(): void {
    const { pools, poolKey } = this.#options;
    if (this.#poolStatus.reason === "NotSynced") this.#follow(pools.get(poolKey));
  }

  #follow(observed: Observed<IPPool> | undefined): void {
    if (observed === undefined) return this.#forget();
    if (!observed.parsed.ok) return this.#refuse(observed.parsed.errors);
    this.#names.setNames(ntpNamesOf(observed.parsed.value));
    this.#serve(observed.parsed.value);
  }

  /** Silence: the pool is gone. */
  #forget(): void {
    this.#pool = undefined;
    this.#table = undefined;
    this.#names.setNames([]);
    this.#server.setTable(undefined);
    this.#setPoolStatus({
      ready: false,
      reason: "PoolNotFound",
      message: `ippool ${this.#options.poolKey} does not exist; nobody is answered`,
    });
  }

  /** Goes on with the last good version, if there was one. */
  #refuse(errors: readonly FieldError[]): void {
    const faults = errors.map(({ field, message }) => `${field}: ${message}`).join("; ");
    const isServed = this.#table !== undefined;
    this.#setPoolStatus({
      ready: isServed,
      reason: "PoolInvalid",
      message: `ippool ${this.#options.poolKey} cannot be used (${faults}); ` +
        (isServed ? "its last valid version is served" : "nobody is answered until it is valid"),
    });
  }

  #serve(pool: IPPool): void {
    this.#pool = pool;
    this.#table = leaseTableOf(pool, (name) => this.#names.addressesOf(name), this.#reader);
    this.#server.setTable(this.#table);
    this.#server.setLimits({ ...CLIENT_LIMITS_DEFAULT, ...pool.spec.ipv4Config.rateLimits });
    const { size, paused } = this.#table;
    this.#log.log("debug", "lease table replaced", {
      bindings: size,
      resourceVersion: pool.metadata.resourceVersion,
    });
    this.#setPoolStatus({
      ready: true,
      reason: paused ? "Paused" : "Serving",
      message: `ippool ${this.#options.poolKey} is ` +
        (paused ? "paused; nobody is answered" : "served"),
    });
  }

  /** After the addresses of a name changed. */
  #rebuild(): void {
    if (this.#pool !== undefined && this.#poolStatus.reason !== "PoolInvalid") {
      this.#serve(this.#pool);
    }
  }

  #setPoolStatus(status: AgentStatus): void {
    if (!isSameStatus(status, this.#poolStatus)) {
      const { reason, message } = status;
      const level = status.ready && reason !== "PoolInvalid" ? "info" : "warn";
      this.#log.log(level, "pool status", { reason, message });
    }
    this.#poolStatus = status;
    this.#reportStatus();
  }

  #reportStatus(): void {
    const status = moreImportantOf(this.#poolStatus, this.#server.status);
    if (isSameStatus(status, this.#status)) return;
    this.#status = status;
    this.#metrics.ready(status.ready);
    this.#options.onStatusChange();
  }
}

/** What stands against serving goes first; then what is wrong with the pool. */
function moreImportantOf(ofPool: AgentStatus, ofInterface: AgentStatus): AgentStatus {
  if (!ofPool.ready) return ofPool;
  return !ofInterface.ready || ofPool.reason === "Serving" && ofInterface.reason !== "Serving"
    ? ofInterface
    : ofPool;
}
