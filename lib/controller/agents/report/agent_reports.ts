/** From what agents see on their networks to conditions and Events of pools: the parts put together. */

import type { Clock } from "../../../base/clock.ts";
import type { IPPool } from "../../../api/ippool/ippool.ts";
import {
  type CachedKind,
  formatNamespacedName,
  keyOf,
  nameOfKey,
  type NamespacedName,
  type Observed,
} from "../../../api/meta.ts";
import type { EventRecorder, Informer } from "../../../kube/contract.ts";
import type { Logger } from "../../../observe/logger.ts";
import type { MetricRegistry } from "../../../observe/metrics.ts";
import { IPPOOL_KIND, VMNETCFG_KIND } from "../../../reconcile/kinds.ts";
import type { WireObserver } from "../../ippool/agent_observer.ts";
import { IPPOOL_CONTROLLER } from "../../ippool/ippool_controller.ts";
import type { ControllerDescriptor } from "../../runtime/controller_set.ts";
import type { FreshCache } from "../../runtime/fresh_cache.ts";
import { ReportReader } from "./report_reader.ts";
import { REPORT_SECRET_CONTROLLER, reportSecretController } from "./report_secret_controller.ts";
import type {
  AgentPodSource,
  FetchReport,
  ReportCredentials,
  ReportSecrets,
} from "./report_source.ts";
import { WireWatch } from "./wire_watch.ts";

/** How often to look for what time alone changes. */
const SWEEP_MS = 10_000;

/** How agents are asked. */
export interface AgentReportSources {
  readonly secrets: ReportSecrets;
  readonly fetchReport: FetchReport;
}

/** What the reading needs of the controller that it is part of. */
export interface AgentReportsOptions extends AgentReportSources, AgentPodSource {
  readonly informers: { of<T>(kind: CachedKind<T>): Informer<Observed<T>> };
  readonly ippools: FreshCache<IPPool>;
  /** Whether a pool has agents, or is to get some. */
  readonly hasAgents: (poolKey: string) => boolean;
  /** The version of a pool's Secret that is known to be there; `undefined` when nothing is known. */
  readonly secretVersionOf: (pool: NamespacedName) => string | undefined;
  readonly recorder: EventRecorder;
  /** Asks a controller to reconcile a pool. */
  readonly enqueue: (controller: string, poolKey: string) => void;
  readonly log: Logger;
  readonly registry: MetricRegistry;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Reads the reports of all agents, for the conditions of their pools. */
export class AgentReports implements WireObserver {
  readonly #clock: Clock;
  readonly #secrets: ReportSecrets;
  /** By pool, what its Secret has. */
  readonly #credentials = new Map<string, ReportCredentials>();
  readonly #secretVersionOf: AgentReportsOptions["secretVersionOf"];
  /** By pool, the version of its Secret that was found good. */
  readonly #goodVersions = new Map<string, string>();
  readonly #watch: WireWatch;
  readonly #reader: ReportReader;
  /** What runs beside it: the controller of the agents' Secrets. */
  readonly controllers: readonly ControllerDescriptor[];

  constructor(options: AgentReportsOptions) {
    const { informers, enqueue } = options;
    const ippools = informers.of(IPPOOL_KIND);
    this.#clock = options.clock;
    this.#secrets = options.secrets;
    this.#secretVersionOf = options.secretVersionOf;
    this.#watch = new WireWatch({
      ...options,
      ippools,
      vmnetcfgs: informers.of(VMNETCFG_KIND),
      onChange: (poolKey) => enqueue(IPPOOL_CONTROLLER, poolKey),
    });
    this.#reader = new ReportReader({
      ...options,
      poolKeys: () => ippools.list().map(({ object }) => keyOf(object)),
      credentialsOf: (poolKey) => this.#credentials.get(poolKey),
      onReport: (poolKey, report) => this.#watch.note(poolKey, report),
      onUnready: (poolKey) => enqueue(IPPOOL_CONTROLLER, poolKey),
      // What is watched and was found good would be read again for nothing, each time that an agent is asked.
      onRefused: (poolKey) => {
        if (!this.#isKnownGood(poolKey)) enqueue(REPORT_SECRET_CONTROLLER, poolKey);
      },
    });
    const secrets = reportSecretController({
      ...options,
      onCredentials: (poolKey, known) => {
        if (known !== undefined) this.#credentials.set(poolKey, known);
        else {
          this.#credentials.delete(poolKey);
          this.#goodVersions.delete(poolKey);
        }
      },
      onObstacle: (poolKey, obstacle) => this.#watch.setObstacle(poolKey, obstacle),
    });
    this.controllers = [secrets];
  }

  /**
   * Makes the Secret of a pool before its agents are made, and mends it when it has changed. When that fails,
   * they are made all the same: the controller of Secrets says why, and tries again.
   */
  readonly ensureSecret = async (pool: NamespacedName, signal: AbortSignal): Promise<void> => {
    const key = formatNamespacedName(pool);
    if (this.#isKnownGood(key)) return;
    const version = this.#secretVersionOf(pool);
    this.#goodVersions.delete(key);
    try {
      this.#credentials.set(key, await this.#secrets.ensure(pool, signal));
      if (version !== undefined) this.#goodVersions.set(key, version);
    } catch {
      // The next change of the agents comes here again.
    }
  };

  /** Why an agent does not answer, in its own words; `undefined` when it did not say so. */
  unreadyOf(poolKey: string, pod: string): string | undefined {
    return this.#reader.unreadyOf(poolKey, pod);
  }

  observe(poolKey: string) {
    return this.#watch.observe(poolKey);
  }

  /** Reads until the signal aborts. Run its controllers beside it. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#reader.run(signal), this.#sweep(signal)]);
  }

  /** Whether the Secret is still as it was when it was found good. */
  #isKnownGood(poolKey: string): boolean {
    const version = this.#secretVersionOf(nameOfKey(poolKey));
    return version !== undefined && version === this.#goodVersions.get(poolKey);
  }

  async #sweep(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#watch.sweep();
      await this.#clock.sleep(SWEEP_MS, signal);
    }
  }
}
