/** Keeps the agents of each pool as they should be, and knows how they are. */

import type { Clock } from "../../base/clock.ts";
import { isJsonEqual } from "../../base/json.ts";
import { type KubeObject, nameOfKey, type NamespacedName } from "../../api/meta.ts";
import type { NetworkAttachmentDefinition } from "../../api/network_attachment_definition.ts";
import { isStatus } from "../../kube/contract.ts";
import type { Logger } from "../../observe/logger.ts";
import { planAgents } from "../../reconcile/agent_deployment/agent_plan.ts";
import type {
  AgentSettings,
  AgentStep,
  AgentWorld,
} from "../../reconcile/agent_deployment/agent_world.ts";
import type { AgentStatus } from "../../reconcile/agent_status.ts";
import { IPPOOL_FINALIZER } from "../../reconcile/names.ts";
import { networkOfPool } from "../../reconcile/raw_fields.ts";
import type { AgentObserver } from "../ippool/agent_observer.ts";
import type { PoolViews } from "../ippool/pool_views.ts";
import type { ReconcileResult } from "../runtime/control_loop.ts";
import type { FreshCache } from "../runtime/fresh_cache.ts";
import type { StoredAgents } from "./agent_objects.ts";
import { type StepResult, writeStep } from "./agent_writes.ts";
import { OneAtATime } from "./one_at_a_time.ts";
import { contested, type Refusal, unreadableKind } from "./refusal.ts";
import type { PodWarnings } from "./pod_warnings.ts";
import { Refusals } from "./refusals.ts";
import { RepairPace } from "./repair_pace.ts";

/** A right that is missing may be given at any time, and nothing tells. */
const REFUSED_PAUSE_MS = 60_000;

/** Until the watch has brought what was made, or a name is free again. */
const LATER_MS = 1000;

/** Rounds after which a reconcile gives up and comes back with a delay. */
const ROUNDS_MAX = 5;

/** What is needed to deploy agents. */
export interface DeployedAgentsOptions {
  readonly stored: StoredAgents;
  readonly views: PoolViews;
  readonly networks: FreshCache<NetworkAttachmentDefinition>;
  readonly warnings: PodWarnings;
  readonly settings: AgentSettings;
  /**
   * Makes or renews the Secret with which a pool's agents serve their reports, before they are made. It does
   * not reject when it cannot: agents answer without it.
   */
  readonly ensureReportCredentials?:
    | ((pool: NamespacedName, signal: AbortSignal) => Promise<void>)
    | undefined;
  /** Why the agent of a pod does not answer, in its own words, where it said so. */
  readonly unreadyOf: (poolKey: string, pod: string) => string | undefined;
  /** Called with the key of a pool whose agents have changed. */
  readonly onStatusChange: (poolKey: string) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The one writer of agents. */
export class DeployedAgents implements AgentObserver {
  readonly #options: DeployedAgentsOptions;
  readonly #turns = new OneAtATime();
  readonly #refusals: Refusals;
  readonly #pace: RepairPace;
  /** Pools that are being let go. */
  readonly #leaving = new Set<string>();
  /** By pool, what the controller of pools has read last. */
  readonly #told = new Map<string, AgentStatus>();

  constructor(options: DeployedAgentsOptions) {
    this.#options = options;
    this.#refusals = new Refusals(options.log);
    this.#pace = new RepairPace(options.clock);
  }

  observe(poolKey: string): AgentStatus {
    const status = this.#statusOf(poolKey);
    this.#told.set(poolKey, status);
    return status;
  }

  /** Pools for which something was refused the last time. */
  refusedPools(): readonly string[] {
    return this.#refusals.pools();
  }

  /** Brings the agents of one pool to the state that they should have. */
  reconcile(poolKey: string, signal: AbortSignal): Promise<ReconcileResult> {
    return this.#turns.run(poolKey, async () => {
      return await this.#settle(poolKey, signal);
    });
  }

  async release(
    poolKey: string,
    letGo: () => Promise<void>,
    signal: AbortSignal,
  ): Promise<boolean> {
    return await this.#turns.run(poolKey, async () => {
      this.#leaving.add(poolKey);
      try {
        await this.#settle(poolKey, signal);
        if (this.#refusals.has(poolKey)) return false;
        await this.#options.stored.removeUnseen(poolKey, signal);
        await letGo();
        return true;
      } finally {
        this.#leaving.delete(poolKey);
      }
    });
  }

  /** @returns When to come back, although nothing may have changed. */
  async #settle(poolKey: string, signal: AbortSignal): Promise<ReconcileResult> {
    for (let round = 1;; round++) {
      try {
        return await this.#carryOut(poolKey, signal);
      } catch (error) {
        if (!isStatus(error, 409) || round === ROUNDS_MAX || signal.aborted) throw error;
      } finally {
        this.#tell(poolKey);
      }
    }
  }

  /** Writes what is planned, step by step. @throws {StatusError} 409 when it has to be planned again. */
  async #carryOut(poolKey: string, signal: AbortSignal): Promise<ReconcileResult> {
    const { stored, views } = this.#options;
    const world = this.#worldOf(poolKey);
    if (isTooEarly(world)) return {};
    const { steps } = planAgents(world);
    const isSweep = steps.length > 0 && views.ippools.get(poolKey) === undefined;
    // The cache may lack the pool, and its VMs need its agents.
    if (isSweep && await stored.hasPool(world.name, signal)) return { requeueAfterMs: LATER_MS };
    await this.#ensureCredentials(world, signal);
    const refused: Refusal[] = [];
    let isLate = false;
    for (const step of steps) {
      const result = await this.#writeInTime(step, poolKey, signal);
      if (result === "later" || result === "labelled") isLate = true;
      else if (result !== "done") refused.push(result);
      // What is in the way of one object is not to stand beside the others.
      if (refused.some(({ reason }) => reason === "NameTaken")) break;
    }
    this.#refusals.set(poolKey, refused);
    const nextLookMs = await this.#options.warnings.look(poolKey, world.pods, signal);
    if (isLate) return { requeueAfterMs: LATER_MS };
    const pausesMs = [nextLookMs, refused.length > 0 ? REFUSED_PAUSE_MS : undefined]
      .filter((pauseMs) => pauseMs !== undefined);
    return pausesMs.length === 0 ? {} : { requeueAfterMs: Math.min(...pausesMs) };
  }

  /** Makes one write, unless it was made too often. A pool that is about to go has no time to lose. */
  async #writeInTime(
    step: AgentStep,
    poolKey: string,
    signal: AbortSignal,
  ): Promise<StepResult> {
    const { stored, views } = this.#options;
    const writer = stored.writerOf(step.type);
    const ippool = views.ippools.get(poolKey);
    if (ippool !== undefined && this.#isLeaving(poolKey)) {
      return await writeStep(step, writer, signal);
    }
    const uid = ippool?.object.metadata.uid;
    if (this.#pace.isAwaited(step, uid)) return "later";
    if (!this.#pace.isDue(step, uid)) return contested(step);
    const result = await writeStep(step, writer, signal);
    if (result === "done" || result === "labelled") this.#pace.note(step, uid);
    return result;
  }

  async #ensureCredentials(
    { ippool, name, settings }: AgentWorld,
    signal: AbortSignal,
  ): Promise<void> {
    if (ippool === undefined || settings.image === undefined) return;
    await this.#options.ensureReportCredentials?.(name, signal);
  }

  #worldOf(poolKey: string): AgentWorld {
    const { stored, views, networks, settings, warnings, unreadyOf } = this.#options;
    const name = nameOfKey(poolKey);
    const ippool = views.ippools.get(poolKey);
    const nad = ippool && networks.get(networkOfPool(ippool) ?? "")?.parsed;
    return {
      name,
      ippool: this.#isLeaving(poolKey) ? undefined : ippool,
      nad: nad?.ok ? nad.value : undefined,
      settings,
      stored: stored.of(name),
      pods: stored.podsOf(poolKey),
      warnings: warnings.of(poolKey),
      unreadyOf: (pod) => unreadyOf(poolKey, pod),
    };
  }

  /** A pool without a VM that is deleted needs no agents, whoever else keeps it. */
  #isLeaving(poolKey: string): boolean {
    const view = this.#options.views.get(poolKey);
    if (view === undefined || this.#leaving.has(poolKey)) return true;
    return view.deleting && (view.record.addresses.size === 0 || !hasFinalizer(view.object));
  }

  #statusOf(poolKey: string): AgentStatus {
    const { refusal } = this.#options.stored;
    if (refusal !== undefined) return { ready: false, ...withoutCause(unreadableKind(refusal)) };
    return this.#refusals.applyTo(planAgents(this.#worldOf(poolKey)).status, poolKey);
  }

  /** Lets the controller of pools know of what it would read otherwise now. */
  #tell(poolKey: string): void {
    const { views, onStatusChange } = this.#options;
    if (views.ippools.get(poolKey) === undefined) {
      this.#told.delete(poolKey);
    } else if (!isJsonEqual(this.#told.get(poolKey), this.#statusOf(poolKey))) {
      onStatusChange(poolKey);
    }
  }
}

/** The finalizer first: what is made for a pool must not outlive it. */
function isTooEarly({ ippool }: AgentWorld): boolean {
  return ippool !== undefined && !hasFinalizer(ippool.object);
}

function hasFinalizer({ metadata: { finalizers = [] } }: KubeObject): boolean {
  return finalizers.includes(IPPOOL_FINALIZER);
}

function withoutCause({ reason, message }: Refusal): Pick<AgentStatus, "reason" | "message"> {
  return { reason, message };
}
