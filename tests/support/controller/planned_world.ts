/** Objects in memory, and the planners that run on them step by step in any order. */

import type { JsonObject } from "../../../lib/base/json.ts";
import { defined, isJsonObject } from "../../../lib/base/json.ts";
import { keyOf, type KubeObject, type Observed, type Parsed } from "../../../lib/api/meta.ts";
import type { NetworkAttachmentDefinition } from "../../../lib/api/network_attachment_definition.ts";
import { parseIPPool } from "../../../lib/api/ippool/parse_ippool.ts";
import { parseVirtualMachineNetworkConfig } from "../../../lib/api/vmnetcfg/parse_vmnetcfg.ts";
import { AddressMemory } from "../../../lib/ipam/address_memory.ts";
import type { AgentStatus } from "../../../lib/reconcile/agent_status.ts";
import type { WireKnowledge } from "../../../lib/reconcile/network_clear/shown_condition.ts";
import { claimsOn } from "../../../lib/reconcile/claims.ts";
import { namedNicsOf, unreadableNicValue } from "../../../lib/reconcile/kinds.ts";
import { unreadableNicsOf } from "../../../lib/reconcile/raw_fields.ts";
import { type IPPoolPlan, planIPPool } from "../../../lib/reconcile/ippool/ippool.ts";
import { noteCommitted } from "../../../lib/reconcile/ippool/record/pool_memory.ts";
import type { NamespaceShares } from "../../../lib/reconcile/ippool/namespace_share.ts";
import {
  activePoolOf,
  type PoolView,
  poolViewOf,
  refusalOf,
  withChanges,
} from "../../../lib/reconcile/ippool/pool_view.ts";
import {
  type LabelPatch,
  planNetworkLabels,
  planNoNetworkLabels,
} from "../../../lib/reconcile/network/network_labels.ts";
import { poolAnswersOf } from "../../../lib/reconcile/vmnetcfg/pool_answers.ts";
import {
  planVirtualMachineNetworkConfig,
  type VirtualMachineNetworkConfigPlan,
} from "../../../lib/reconcile/vmnetcfg/vmnetcfg.ts";

const STEPS_MAX = 200;

/** A world of pools and VirtualMachineNetworkConfigs in the namespace `default`. */
export class PlannedWorld {
  readonly pools = new Map<string, KubeObject>();
  readonly vms = new Map<string, KubeObject>();
  nad: NetworkAttachmentDefinition | undefined;
  /** `undefined` while agents are not observed. */
  agent: AgentStatus | undefined;
  /** `undefined` while they are not asked for reports. */
  wire: WireKnowledge | undefined;
  awaitedLong = true;
  /** MACs whose binding a write that is under way changes. */
  readonly changing = new Set<number>();
  readonly #shares = new Map<string, NamespaceShares>();
  readonly #memories = new Map<string, AddressMemory>();
  #seconds = 0;

  /** The time; each call is a second later. */
  now(): string {
    return new Date(Date.UTC(2026, 0, 1) + 1000 * this.#seconds++).toISOString();
  }

  /** Adds an object or replaces one of the same name. */
  put(objects: Map<string, KubeObject>, object: KubeObject): void {
    const metadata = { creationTimestamp: this.now(), ...object.metadata };
    objects.set(object.metadata.name, { ...object, metadata });
  }

  /** Changes an object by laying fields over its parts. */
  patch(objects: Map<string, KubeObject>, name: string, patch: JsonObject): void {
    const object = objects.get(name);
    if (object === undefined) return;
    const patched: Record<string, unknown> = { ...object };
    for (const [key, part] of Object.entries(patch)) {
      patched[key] = isJsonObject(part) ? { ...object[key] as JsonObject, ...part } : part;
    }
    objects.set(name, patched as KubeObject);
    this.#dropIfLetGo(objects, name);
  }

  /** Lets time pass. */
  pass(seconds: number): void {
    this.#seconds += seconds;
  }

  delete(objects: Map<string, KubeObject>, name: string): void {
    if (objects.get(name)?.metadata.deletionTimestamp !== undefined) return;
    this.patch(objects, name, { metadata: { deletionTimestamp: this.now() } });
  }

  /** Forgets what a controller keeps in memory. */
  restart(): void {
    this.#memories.clear();
    this.#shares.clear();
  }

  /** Plans a pool; the status is whole, with what the plan changes in it. */
  planPool(name: string): IPPoolPlan {
    const pool = this.view(name);
    const plan = planIPPool({
      pool,
      others: this.#views().filter((other) =>
        other.key !== pool.key && other.network === pool.network
      ),
      nad: this.nad,
      claimsOn: (network, isRefused) => claimsOn(network, this.#observedVms(), isRefused),
      isMacNamed: (network, text) =>
        this.#observedVms().flatMap(unreadableNicsOf).some((nic) =>
          unreadableNicValue(nic.network, nic.macText) === unreadableNicValue(network, text)
        ),
      agent: this.agent,
      wire: this.wire,
      nowIso: this.now(),
      nowMs: this.#seconds * 1000,
      memory: this.#memoryOf(name),
      shares: this.#shares.get(name),
    });
    const { status } = withChanges(
      pool,
      plan.record,
      () => structuredClone({ status: plan.status }),
    );
    return { ...plan, ...defined({ status }) };
  }

  /** Plans a pool and carries the plan out. @returns Whether anything was written. */
  stepPool(name: string): boolean {
    if (!this.pools.has(name)) return false;
    const plan = this.planPool(name);
    if (plan.finalizers !== undefined) {
      const pool = this.view(name);
      if (pool.deleting) this.#label((nad) => planNoNetworkLabels(nad, pool));
      this.patch(this.pools, name, { metadata: { finalizers: plan.finalizers } });
      return true;
    }
    this.#shares.set(name, plan.record.basis.shares);
    if (plan.status === undefined) return false;
    this.patch(this.pools, name, { status: undefined });
    this.patch(this.pools, name, { status: plan.status });
    noteCommitted(this.#memoryOf(name), { pool: this.view(name), plan }, this.#seconds * 1000);
    return true;
  }

  planNetwork(nad: NetworkAttachmentDefinition): LabelPatch | undefined {
    const active = activePoolOf(this.#views().filter(({ network }) => network === keyOf(nad)));
    return active && planNetworkLabels(nad, active);
  }

  /** Plans the labels of the network and carries the plan out. */
  stepNetwork(): boolean {
    return this.#label((nad) => this.planNetwork(nad));
  }

  planVm(name: string): VirtualMachineNetworkConfigPlan {
    const vmnetcfg = observe(this.vms.get(name)!, parseVirtualMachineNetworkConfig);
    const networks = new Set(namedNicsOf(vmnetcfg).map(({ network }) => network));
    return planVirtualMachineNetworkConfig({
      vmnetcfg,
      networks: new Map([...networks].map((network) => {
        const pools = this.#views().filter((pool) => pool.network === network);
        const claims = claimsOn(network, this.#observedVms(), refusalOf(pools));
        return [network, { pools, claims, isChanging: (mac) => this.changing.has(mac) }];
      })),
      answersOf: (pool) => ({
        answers: poolAnswersOf(pool, this.agent !== undefined),
        isLasting: true,
      }),
      nowIso: this.now(),
      awaitedLong: this.awaitedLong,
    });
  }

  /** Plans a VirtualMachineNetworkConfig and carries the plan out. */
  stepVm(name: string): boolean {
    if (!this.vms.has(name)) return false;
    const plan = this.planVm(name);
    if (plan.finalizers !== undefined) {
      this.patch(this.vms, name, { metadata: { finalizers: plan.finalizers } });
      return true;
    }
    if (plan.status === undefined) return false;
    this.patch(this.vms, name, { status: plan.status });
    return true;
  }

  /** Steps everything until nothing is left to write. */
  settle(): void {
    for (let step = 0; step < STEPS_MAX; step++) {
      const wrote = [
        this.stepNetwork(),
        ...[...this.pools.keys()].map((name) => this.stepPool(name)),
        ...[...this.vms.keys()].map((name) => this.stepVm(name)),
      ];
      if (!wrote.includes(true)) return;
    }
    throw new Error("the planners do not come to rest");
  }

  view(name: string): PoolView {
    return poolViewOf(observe(this.pools.get(name)!, parseIPPool));
  }

  #memoryOf(name: string): AddressMemory {
    const memory = this.#memories.get(name) ?? new AddressMemory(this.#seconds * 1000);
    this.#memories.set(name, memory);
    return memory;
  }

  #label(plan: (nad: NetworkAttachmentDefinition) => LabelPatch | undefined): boolean {
    const patch = this.nad && plan(this.nad);
    if (this.nad === undefined || patch === undefined) return false;
    const { metadata } = this.nad;
    const labels = Object.entries({ ...metadata.labels, ...patch })
      .filter((entry): entry is [string, string] => entry[1] !== null);
    this.nad = { ...this.nad, metadata: { ...metadata, labels: Object.fromEntries(labels) } };
    return true;
  }

  #views(): readonly PoolView[] {
    return [...this.pools.keys()].map((name) => this.view(name));
  }

  #observedVms() {
    return [...this.vms.values()].map((vm) => observe(vm, parseVirtualMachineNetworkConfig));
  }

  #dropIfLetGo(objects: Map<string, KubeObject>, name: string): void {
    const { deletionTimestamp, finalizers = [] } = objects.get(name)!.metadata;
    if (deletionTimestamp !== undefined && finalizers.length === 0) objects.delete(name);
  }
}

function observe<T>(object: KubeObject, parse: (raw: unknown) => Parsed<T>): Observed<T> {
  const copy: KubeObject = JSON.parse(JSON.stringify(object));
  return { object: copy, parsed: parse(copy) };
}
