/** Reconciles IPPools: gathers what a pool's state follows from, plans it, writes it. */

import type { JsonObject } from "../../base/json.ts";
import type { Clock } from "../../base/clock.ts";
import type { IPPool } from "../../api/ippool/ippool.ts";
import type { KubeObject } from "../../api/meta.ts";
import type { NetworkAttachmentDefinition } from "../../api/network_attachment_definition.ts";
import type { VirtualMachineNetworkConfig } from "../../api/vmnetcfg/vmnetcfg.ts";
import type { Ipv4Address } from "../../net/ipv4_address.ts";
import type { Logger } from "../../observe/logger.ts";
import { VMNETCFG_BY_NETWORK } from "../../reconcile/indexes.ts";
import { type IPPoolPlan, planIPPool } from "../../reconcile/ippool/ippool.ts";
import type { AgentStatus } from "../../reconcile/agent_status.ts";
import type { PoolView } from "../../reconcile/ippool/pool_view.ts";
import type { ReconcileResult } from "../runtime/control_loop.ts";
import type { ControllerMetrics } from "../controller_metrics.ts";
import type { FreshCache } from "../runtime/fresh_cache.ts";
import { isStatus, type ObjectWriter, type RoundResult } from "../runtime/object_writer.ts";
import type { PoolViews } from "./pool_views.ts";
import { formatInstant } from "../../base/rfc3339.ts";

/** Says how the agents of a pool are. */
export interface AgentObserver {
  /** `undefined` when agents are none of this process' business. */
  observe(poolKey: string): AgentStatus | undefined;
}

/** What the controller of pools needs. */
export interface IPPoolControllerOptions {
  readonly ippools: ObjectWriter<IPPool>;
  readonly nads: ObjectWriter<NetworkAttachmentDefinition>;
  readonly vmnetcfgs: FreshCache<VirtualMachineNetworkConfig>;
  readonly views: PoolViews;
  readonly agents: AgentObserver;
  readonly metrics: ControllerMetrics;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The one writer of pools. */
export class IPPoolController {
  readonly #options: IPPoolControllerOptions;
  /** By pool, the address handed out last. */
  readonly #cursors = new Map<string, Ipv4Address>();
  #isNadRefusalLogged = false;

  constructor(options: IPPoolControllerOptions) {
    this.#options = options;
  }

  /** Brings one pool to the state that it should have. */
  async reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult> {
    const { ippools, views, metrics } = this.#options;
    await ippools.settle(key, () => this.#round(key, signal), signal);
    const view = views.get(key);
    if (view === undefined) {
      this.#cursors.delete(key);
      metrics.forgetPool(key);
    } else {
      metrics.showPool(view);
    }
    return {};
  }

  async #round(key: string, signal: AbortSignal): Promise<RoundResult> {
    const pool = this.#options.views.get(key);
    if (pool === undefined) return "settled";
    const plan = this.#plan(pool);
    if (pool.deleting) await this.#labelNetwork(pool, plan, signal);
    const result = await this.#write(pool, plan, signal);
    // A network that cannot be labelled must not keep anybody from an address.
    if (!pool.deleting && result === "settled") await this.#labelNetwork(pool, plan, signal);
    return result;
  }

  #plan(pool: PoolView): IPPoolPlan {
    const { views, vmnetcfgs, nads, agents, clock } = this.#options;
    const { network, key } = pool;
    const nad = network === undefined ? undefined : nads.cache.get(network)?.parsed;
    const allocateAfter = this.#cursors.get(key);
    return planIPPool({
      pool,
      others: network === undefined
        ? []
        : views.onNetwork(network).filter((other) => other.key !== key),
      nad: nad?.ok ? nad.value : undefined,
      vmnetcfgs: network === undefined ? [] : vmnetcfgs.byIndex(VMNETCFG_BY_NETWORK, network),
      agent: agents.observe(key),
      nowIso: formatInstant(clock.nowMs()),
      allocateAfter,
    });
  }

  async #write(
    { key, object }: PoolView,
    plan: IPPoolPlan,
    signal: AbortSignal,
  ): Promise<RoundResult> {
    const { ippools } = this.#options;
    if (plan.finalizers !== undefined) {
      await ippools.patchMetadata(object, { finalizers: plan.finalizers }, signal);
      ippools.record(object, plan.notes);
      return isGone(object, plan.finalizers) ? "settled" : "written";
    }
    if (plan.status !== undefined) {
      await ippools.putStatus(object, plan.status, signal);
      if (plan.allocateAfter !== undefined) this.#cursors.set(key, plan.allocateAfter);
    }
    ippools.record(object, plan.notes);
    return "settled";
  }

  async #labelNetwork(pool: PoolView, plan: IPPoolPlan, signal: AbortSignal): Promise<void> {
    const { nads, log } = this.#options;
    const nad = pool.network === undefined ? undefined : nads.cache.get(pool.network);
    if (nad === undefined || plan.nadLabels === undefined) return;
    const labels: JsonObject = { ...plan.nadLabels };
    try {
      await nads.settle(pool.network!, async () => {
        const { object } = nads.cache.get(pool.network!) ?? nad;
        await nads.patchMetadata(object, { labels }, signal);
        return "settled";
      }, signal);
    } catch (error) {
      // Released roles of the Go version's chart cannot do this; only tools miss the labels.
      if (!isStatus(error, 403)) throw error;
      if (!this.#isNadRefusalLogged) {
        log.log("warn", "VM networks cannot be labelled with their pools", {
          ippool: pool.key,
          error: error instanceof Error ? error : undefined,
        });
      }
      this.#isNadRefusalLogged = true;
    }
  }
}

function isGone(object: KubeObject, finalizers: readonly string[]): boolean {
  return object.metadata.deletionTimestamp !== undefined && finalizers.length === 0;
}
