/** Reconciles IPPools: gathers what a pool's state follows from, plans it, writes it. */

import type { Clock } from "../../base/clock.ts";
import { formatInstant } from "../../base/rfc3339.ts";
import type { IPPool } from "../../api/ippool/ippool.ts";
import { keyOf, type KubeObject } from "../../api/meta.ts";
import type { NetworkAttachmentDefinition } from "../../api/network_attachment_definition.ts";
import type { VirtualMachineNetworkConfig } from "../../api/vmnetcfg/vmnetcfg.ts";
import type { Ipv4Address } from "../../net/ipv4_address.ts";
import type { MetricRegistry } from "../../observe/metrics.ts";
import { type IPPoolPlan, planIPPool } from "../../reconcile/ippool/ippool.ts";
import type { AgentStatus } from "../../reconcile/agent_status.ts";
import type { PoolView } from "../../reconcile/ippool/pool_view.ts";
import { IPPOOL_BY_NETWORK, VMNETCFG_BY_NETWORK } from "../../reconcile/kinds.ts";
import type { ReconcileResult } from "../runtime/control_loop.ts";
import { type ControllerDescriptor, watch } from "../runtime/controller_set.ts";
import type { FreshCache } from "../runtime/fresh_cache.ts";
import type { ObjectWriter, RoundResult } from "../runtime/object_writer.ts";
import { poolsAfterPool, poolsAfterVmnetcfg } from "./ippool_keys.ts";
import { IPPoolMetrics } from "./ippool_metrics.ts";
import type { PoolViews } from "./pool_views.ts";

/** Knows the agents of pools. */
export interface AgentObserver {
  /** `undefined` when this process does not observe agents. */
  observe(poolKey: string): AgentStatus | undefined;
}

/** What the controller of pools needs. */
export interface IPPoolControllerOptions {
  readonly ippools: ObjectWriter<IPPool>;
  readonly networks: FreshCache<NetworkAttachmentDefinition>;
  readonly vmnetcfgs: FreshCache<VirtualMachineNetworkConfig>;
  readonly views: PoolViews;
  /** Labels that name a pool must not outlive it. */
  readonly labels: { drop(pool: PoolView, signal: AbortSignal): Promise<void> };
  readonly agents: AgentObserver;
  readonly registry: MetricRegistry;
  readonly clock: Clock;
}

/** Keeps pools as they should be. */
export function ippoolController(options: IPPoolControllerOptions): ControllerDescriptor {
  const { ippools, networks, vmnetcfgs } = options;
  const pools = new IPPoolReconciler(options);
  const poolsOn = (network: string) =>
    ippools.cache.byIndex(IPPOOL_BY_NETWORK, network).map(({ object }) => keyOf(object));
  return {
    name: "vm-dhcp-ippool-controller",
    workers: 4,
    watches: [
      watch(ippools, (change) => poolsAfterPool(change, poolsOn)),
      watch(vmnetcfgs, (change) => poolsAfterVmnetcfg(change, poolsOn)),
      // Without networks, addresses are handed out all the same.
      {
        ...watch(networks, ({ key }) => poolsOn(key)),
        whenSynced: () => networks.whenAnswered(),
      },
    ],
    reconcile: (key, signal) => pools.reconcile(key, signal),
  };
}

/**
 * A plan looks at all claims on a network. With thousands of them it takes long, the write that follows
 * takes longer, and the process may have packets to answer. So a large pool rests after each.
 */
const LONG_PLAN_MS = 5;
const REST_PER_PLAN = 8;
const REST_MS_MAX = 2000;

/** The one writer of pools. */
class IPPoolReconciler {
  readonly #options: IPPoolControllerOptions;
  readonly #metrics: IPPoolMetrics;
  /** By pool, the address handed out last. */
  readonly #cursors = new Map<string, Ipv4Address>();

  constructor(options: IPPoolControllerOptions) {
    this.#options = options;
    this.#metrics = new IPPoolMetrics(options.registry);
  }

  /** Brings one pool to the state that it should have. */
  async reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult> {
    const { ippools, views, clock } = this.#options;
    let planMs = 0;
    await ippools.settle(key, async () => {
      const pool = views.get(key);
      if (pool === undefined) return "settled";
      const startMs = clock.monotonicMs();
      const plan = this.#plan(pool);
      planMs += clock.monotonicMs() - startMs;
      return await this.#write(pool, plan, signal);
    }, signal);
    const view = views.get(key);
    if (view === undefined) this.#cursors.delete(key);
    this.#metrics.show(key, view);
    // What comes meanwhile is planned together.
    if (planMs >= LONG_PLAN_MS) {
      await clock.sleep(Math.min(planMs * REST_PER_PLAN, REST_MS_MAX), signal);
    }
    return {};
  }

  #plan(pool: PoolView): IPPoolPlan {
    const { views, vmnetcfgs, networks, agents, clock } = this.#options;
    const { network, key } = pool;
    const nad = network === undefined ? undefined : networks.get(network)?.parsed;
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

  async #write(pool: PoolView, plan: IPPoolPlan, signal: AbortSignal): Promise<RoundResult> {
    const { ippools, labels } = this.#options;
    const { key, object } = pool;
    if (plan.finalizers !== undefined) {
      if (pool.deleting) await labels.drop(pool, signal);
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
}

function isGone(object: KubeObject, finalizers: readonly string[]): boolean {
  return object.metadata.deletionTimestamp !== undefined && finalizers.length === 0;
}
