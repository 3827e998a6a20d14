/** Reconciles IPPools: gathers what a pool's state follows from, plans it, writes it. */

import type { Clock } from "../../base/clock.ts";
import { defined, type JsonObject } from "../../base/json.ts";
import { formatInstant } from "../../base/rfc3339.ts";
import type { IPPool } from "../../api/ippool/ippool.ts";
import { keyOf } from "../../api/meta.ts";
import type { NetworkAttachmentDefinition } from "../../api/network_attachment_definition.ts";
import type { VirtualMachineNetworkConfig } from "../../api/vmnetcfg/vmnetcfg.ts";
import type { MetricRegistry } from "../../observe/metrics.ts";
import type { AgentCounts } from "../../reconcile/agent_status.ts";
import { ClaimIndex } from "../../reconcile/claim_index.ts";
import {
  type IPPoolPlan,
  type IPPoolWorld,
  ledgerAfter,
  planIPPool,
  planIPPoolChange,
} from "../../reconcile/ippool/ippool.ts";
import type { PoolLedger } from "../../reconcile/ippool/pool_ledger.ts";
import { memoryAt, noteCommitted } from "../../reconcile/ippool/record/pool_memory.ts";
import { type PoolView, recordBytesOf, withChanges } from "../../reconcile/ippool/pool_view.ts";
import {
  IPPOOL_BY_NETWORK,
  unreadableNicValue,
  VMNETCFG_BY_UNREADABLE_NIC,
} from "../../reconcile/kinds.ts";
import type { ReconcileResult } from "../runtime/control_loop.ts";
import { type ControllerDescriptor, watch } from "../runtime/controller_set.ts";
import type { FreshCache } from "../runtime/fresh_cache.ts";
import type { ObjectWriter, RoundResult } from "../runtime/object_writer.ts";
import type { AgentObserver, WireObserver } from "./agent_observer.ts";
import { poolsAfterPool, poolsAfterVmnetcfg } from "./ippool_keys.ts";
import { IPPoolMetrics } from "./ippool_metrics.ts";
import { PoolRelease } from "./pool_release.ts";
import { againMsAfter, restMsAfter } from "./pool_rest.ts";
import type { PoolViews } from "./pool_views.ts";

/** What the controller of pools needs. */
export interface IPPoolControllerOptions {
  readonly ippools: ObjectWriter<IPPool>;
  readonly networks: FreshCache<NetworkAttachmentDefinition>;
  readonly vmnetcfgs: FreshCache<VirtualMachineNetworkConfig>;
  readonly views: PoolViews;
  /** Labels that name a pool must not outlive it. */
  readonly labels: { drop(pool: PoolView, signal: AbortSignal): Promise<void> };
  readonly agents: AgentObserver;
  /** Absent where this process does not ask agents. */
  readonly wire?: WireObserver | undefined;
  /** How long a freed address rests while others are free; the pool's lease time when absent. */
  readonly addressReuseGraceMs?: number | undefined;
  readonly registry: MetricRegistry;
  readonly clock: Clock;
}

/** Label of its metrics. */
export const IPPOOL_CONTROLLER = "vm-dhcp-ippool-controller";

/** Keeps pools as they should be. */
export function ippoolController(options: IPPoolControllerOptions): ControllerDescriptor {
  const { ippools, networks, vmnetcfgs } = options;
  const pools = new IPPoolReconciler(options);
  const poolsOn = (network: string) =>
    ippools.cache.byIndex(IPPOOL_BY_NETWORK, network).map(({ object }) => keyOf(object));
  return {
    name: IPPOOL_CONTROLLER,
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

/** What is kept of a pool between reconciles. */
interface PoolState {
  readonly memory: IPPoolWorld["memory"];
  ledger: PoolLedger | undefined;
  /** Whose addresses the last plan that was carried out counted for which namespace. */
  shares: IPPoolWorld["shares"];
  /** How many agents the last plan saw; `undefined` where they are not known. */
  agents: AgentCounts | undefined;
  /** Until when it rests, by the monotonic clock. */
  restsUntilMs: number;
  /** When to plan again after the plan that was carried out last, though nothing changes. */
  againMs: number | undefined;
}

/** The one writer of pools. */
class IPPoolReconciler {
  readonly #options: IPPoolControllerOptions;
  readonly #metrics: IPPoolMetrics;
  readonly #release: PoolRelease;
  readonly #claims = new ClaimIndex();
  readonly #states = new Map<string, PoolState>();

  constructor(options: IPPoolControllerOptions) {
    const { vmnetcfgs, views, clock } = options;
    this.#options = options;
    this.#metrics = new IPPoolMetrics(options.registry);
    this.#release = new PoolRelease(options);
    vmnetcfgs.onNewest((key) => this.#claims.update(key, vmnetcfgs.get(key)));
    views.onChange(({ key, freed, isCommit }) => {
      // What somebody else took out of the record rests as well.
      if (isCommit || freed.size === 0) return;
      const nowMs = clock.monotonicMs();
      this.#states.get(key)?.memory.note({ freed, taken: [], after: undefined }, nowMs);
    });
  }

  /** Brings one pool to the state that it should have. */
  async reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult> {
    const { ippools, views, clock } = this.#options;
    const restsMs = (this.#states.get(key)?.restsUntilMs ?? 0) - clock.monotonicMs();
    if (restsMs > 0) return { requeueAfterMs: restsMs };
    await ippools.settle(key, async () => {
      const pool = views.get(key);
      return pool === undefined ? "settled" : await this.#settle(pool, signal);
    }, signal);
    const view = views.get(key);
    if (view === undefined) this.#forget(key);
    const state = this.#states.get(key);
    this.#metrics.show(key, view, state?.agents);
    return defined({ requeueAfterMs: state?.againMs });
  }

  /** Plans from what changed where that is possible, and else from scratch. */
  async #settle(pool: PoolView, signal: AbortSignal): Promise<RoundResult> {
    const state = this.#stateOf(pool.key);
    const world = this.#worldOf(pool, state);
    const { ledger } = state;
    const isCurrent = ledger?.pool === pool && world.others.length === 0;
    const change = isCurrent ? planIPPoolChange(ledger, world) : undefined;
    // Until its plan is committed, nobody knows what there is to start from.
    state.ledger = undefined;
    if (ledger !== undefined && change !== undefined) {
      return await this.#carryOut(pool, change, { state, signal, basis: ledger });
    }
    ledger?.end();
    const changed = this.#claims.follow(pool.network ?? "");
    const basis = {
      commit: (after: PoolView, plan: IPPoolPlan) => {
        const made = ledgerAfter(plan, { ...world, pool: after }, changed);
        if (made === undefined) changed.end();
        return made;
      },
      end: () => changed.end(),
    };
    return await this.#carryOut(pool, planIPPool(world), { state, signal, basis });
  }

  /** Writes what was planned, and keeps what the next plan can start from. */
  async #carryOut(
    pool: PoolView,
    plan: IPPoolPlan,
    { state, signal, basis }: {
      readonly state: PoolState;
      readonly signal: AbortSignal;
      readonly basis: PlanBasis;
    },
  ): Promise<RoundResult> {
    let isKept = false;
    try {
      const { result, done } = await this.#write(pool, plan, { state, signal });
      isKept = done !== undefined;
      if (done !== undefined) {
        state.ledger = basis.commit(done.after, done.plan);
        state.shares = done.plan.record.basis.shares.joined();
        state.againMs = againMsAfter(done.plan);
      }
      return result;
    } finally {
      if (!isKept) basis.end();
    }
  }

  /** @returns `done` when it is known what which plan made of the pool. */
  async #write(
    pool: PoolView,
    first: IPPoolPlan,
    { state, signal }: { readonly state: PoolState; readonly signal: AbortSignal },
  ): Promise<{
    readonly result: RoundResult;
    readonly done?: { readonly after: PoolView; readonly plan: IPPoolPlan } | undefined;
  }> {
    let plan = first;
    if (plan.finalizers !== undefined) {
      const result = await this.#putFinalizers(pool, plan, { state, signal });
      if (result !== "stays") return { result };
      // To try it took a while.
      plan = planIPPool(this.#worldOf(pool, state));
    }
    const after = plan.status === undefined
      ? pool
      : await this.#putStatus(pool, plan.status, { plan, state, signal });
    this.#options.ippools.record(pool.object, plan.notes);
    return { result: "settled", done: after && { after, plan } };
  }

  async #putFinalizers(
    pool: PoolView,
    { finalizers, notes }: IPPoolPlan,
    { state, signal }: { readonly state: PoolState; readonly signal: AbortSignal },
  ): Promise<"written" | "stays"> {
    const { ippools } = this.#options;
    const put = async () => {
      await ippools.patchMetadata(pool.object, { finalizers }, signal);
      ippools.record(pool.object, notes);
    };
    if (pool.deleting) {
      const isFree = () => planIPPool(this.#worldOf(pool, state)).finalizers !== undefined;
      return await this.#release.letGo(pool, { isFree, put }, signal);
    }
    await put();
    return "written";
  }

  async #putStatus(
    pool: PoolView,
    status: JsonObject,
    { plan, state, signal }: {
      readonly plan: IPPoolPlan;
      readonly state: PoolState;
      readonly signal: AbortSignal;
    },
  ): Promise<PoolView | undefined> {
    const { ippools, views, clock } = this.#options;
    const changes = plan.record;
    const startMs = clock.monotonicMs();
    const after = await views.during(
      { status, from: pool, changes },
      () => withChanges(pool, changes, () => ippools.putStatus(pool.object, status, signal)),
    );
    const nowMs = clock.monotonicMs();
    noteCommitted(state.memory, { pool, plan }, nowMs);
    state.restsUntilMs = nowMs + restMsAfter(recordBytesOf(after ?? pool), nowMs - startMs);
    return after;
  }

  #worldOf(pool: PoolView, state: PoolState): IPPoolWorld {
    const { views, vmnetcfgs, networks, agents, wire, clock, addressReuseGraceMs } = this.#options;
    const { network, key } = pool;
    const { memory, shares } = state;
    const agent = agents.observe(key);
    state.agents = agent?.counts;
    const nad = network === undefined ? undefined : networks.get(network)?.parsed;
    return {
      pool,
      others: network === undefined
        ? []
        : views.onNetwork(network).filter((other) => other.key !== key),
      nad: nad?.ok ? nad.value : undefined,
      claimsOn: (on, isRefused) => this.#claims.claimsOn(on, isRefused),
      isMacNamed: (on, text) =>
        vmnetcfgs.byIndex(VMNETCFG_BY_UNREADABLE_NIC, unreadableNicValue(on, text)).length > 0,
      agent,
      wire: wire?.observe(key),
      nowIso: formatInstant(clock.nowMs()),
      nowMs: clock.monotonicMs(),
      memory,
      shares,
      reuseGraceMs: addressReuseGraceMs,
    };
  }

  #stateOf(key: string): PoolState {
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    const memory = memoryAt(this.#options.clock.monotonicMs());
    const made: PoolState = {
      memory,
      ledger: undefined,
      shares: undefined,
      agents: undefined,
      restsUntilMs: 0,
      againMs: undefined,
    };
    this.#states.set(key, made);
    return made;
  }

  #forget(key: string): void {
    this.#states.get(key)?.ledger?.end();
    this.#states.delete(key);
  }
}

/** What a plan was made from, which the next one may go on from. */
interface PlanBasis {
  /** The plan was carried out. @returns What the next plan starts from. */
  commit(after: PoolView, plan: IPPoolPlan): PoolLedger | undefined;
  /** It was not. */
  end(): void;
}
