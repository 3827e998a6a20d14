/** A pool in memory that is planned from what changed, as its controller does it. */

import assert from "node:assert/strict";
import type { JsonObject } from "../../../lib/base/json.ts";
import { parseIPPool } from "../../../lib/api/ippool/parse_ippool.ts";
import type { KubeObject } from "../../../lib/api/meta.ts";
import { parseVirtualMachineNetworkConfig } from "../../../lib/api/vmnetcfg/parse_vmnetcfg.ts";
import { AddressMemory } from "../../../lib/ipam/address_memory.ts";
import { ClaimIndex } from "../../../lib/reconcile/claim_index.ts";
import { claimsOn } from "../../../lib/reconcile/claims.ts";
import {
  type IPPoolPlan,
  ledgerAfter,
  planIPPool,
  planIPPoolChange,
  type PoolSurroundings,
} from "../../../lib/reconcile/ippool/ippool.ts";
import { noteCommitted } from "../../../lib/reconcile/ippool/record/pool_memory.ts";
import type { NamespaceShares } from "../../../lib/reconcile/ippool/namespace_share.ts";
import type { PoolLedger } from "../../../lib/reconcile/ippool/pool_ledger.ts";
import {
  type PoolView,
  poolViewOf,
  viewAfterWrite,
  withChanges,
} from "../../../lib/reconcile/ippool/pool_view.ts";
import { ippoolSample } from "../apiserver/samples.ts";
import { PlannedWorld } from "./planned_world.ts";

const POOL = "ippool-1";
const NETWORK = "default/net-48";
const GRACE_MS = 20_000;

/** A pool whose controller keeps a ledger, beside VMs that come and go. */
export class LedgerWorld {
  readonly world = new PlannedWorld();
  /** The last plan: whether it was made from what changed, and had something to write. */
  last = { isChange: false, isWritten: false };
  readonly #index = new ClaimIndex();
  readonly #seen = new Set<string>();
  #memory = new AddressMemory(0);
  #ledger: PoolLedger | undefined;
  #shares: NamespaceShares | undefined;
  #view: PoolView | undefined;
  #nowMs = 0;

  constructor() {
    const pool = { start: "192.168.48.82", end: "192.168.48.87", exclude: undefined };
    this.world.put(this.world.pools, ippoolSample({ pool }));
  }

  /** Tells the index of all objects, as a watch would of those that changed. */
  watch(): void {
    const { vms } = this.world;
    for (const name of this.#seen) if (!vms.has(name)) this.#index.update(name, undefined);
    for (const [name, vm] of vms) this.#index.update(name, observeVm(vm));
    this.#seen.clear();
    for (const name of vms.keys()) this.#seen.add(name);
  }

  restart(): void {
    this.#ledger?.end();
    this.#ledger = undefined;
    this.#shares = undefined;
    this.#memory = new AddressMemory(this.#nowMs);
  }

  pass(ms: number): void {
    this.#nowMs += ms;
  }

  /** Plans in both ways, and writes; a write may fail, and claims may change while it is under way. */
  step({ fails, meanwhile }: { fails: boolean; meanwhile: () => void }): void {
    const pool = this.#poolNow();
    const { nowIso, ...world } = this.#surroundings(pool);
    const ledger = this.#ledger?.pool === pool && world.others.length === 0
      ? this.#ledger
      : undefined;
    const now = { ...world, nowIso };
    const change = ledger && planIPPoolChange(ledger, now);
    const changed = change === undefined ? this.#index.follow(NETWORK) : undefined;
    if (change === undefined) this.#ledger?.end();
    const scratch = planIPPool({
      ...now,
      pool,
      shares: this.#shares,
      isMacNamed: () => false,
      claimsOn: (network, isRefused) =>
        claimsOn(network, [...this.world.vms.values()].map(observeVm), isRefused),
    });
    if (change !== undefined) assertSame(pool, change, scratch);
    this.last = { isChange: change !== undefined, isWritten: scratch.status !== undefined };
    const plan = change ?? scratch;
    meanwhile();
    this.#ledger = undefined;
    if (fails || plan.finalizers !== undefined) {
      ledger?.end();
      changed?.end();
      if (!fails) this.#patch({ metadata: { finalizers: plan.finalizers } });
      return;
    }
    const after = this.#write(pool, plan);
    if (change !== undefined) this.#ledger = ledger!.commit(after, plan);
    else {
      this.#ledger = ledgerAfter(plan, {
        ...now,
        pool: after,
        claimsOn: (network, isRefused) => this.#index.claimsOn(network, isRefused),
      }, changed!);
    }
    this.#shares = plan.record.basis.shares.joined();
  }

  #write(pool: PoolView, plan: IPPoolPlan): PoolView {
    if (plan.status === undefined) return pool;
    this.#patch({ status: wholeStatusOf(pool, plan)! });
    noteCommitted(this.#memory, { pool, plan }, this.#nowMs);
    const object = { ...pool.object, status: plan.status };
    this.#view = viewAfterWrite(pool, object, plan.record);
    // What is written is what is read.
    const read = poolViewOf(observePool(this.world.pools.get(POOL)!));
    assert.deepEqual(factsOf(this.#view), factsOf(read));
    this.#stored = this.world.pools.get(POOL);
    return this.#view;
  }

  #stored: KubeObject | undefined;

  #poolNow(): PoolView {
    const object = this.world.pools.get(POOL)!;
    if (this.#view === undefined || object !== this.#stored) {
      this.#view = poolViewOf(observePool(object));
      this.#stored = object;
    }
    return this.#view;
  }

  #surroundings(pool: PoolView): PoolSurroundings {
    return {
      others: [...this.world.pools.values()].map((each) => poolViewOf(observePool(each)))
        .filter((other) => other.key !== pool.key && other.network === pool.network),
      nad: undefined,
      agent: undefined,
      nowIso: this.world.now(),
      nowMs: this.#nowMs,
      memory: this.#memory,
      reuseGraceMs: GRACE_MS,
    };
  }

  #patch(patch: JsonObject): void {
    if (patch.status !== undefined) this.world.patch(this.world.pools, POOL, { status: undefined });
    this.world.patch(this.world.pools, POOL, patch);
  }
}

function observeVm(object: KubeObject) {
  return { object, parsed: parseVirtualMachineNetworkConfig(object) };
}

function observePool(object: KubeObject) {
  const copy = structuredClone(object);
  return { object: copy, parsed: parseIPPool(copy) };
}

function wholeStatusOf(pool: PoolView, { status, record }: IPPoolPlan): JsonObject | undefined {
  return withChanges(pool, record, () => structuredClone(status));
}

function factsOf({ record, allocated, hostnames, freeCount, usedByNamespace }: PoolView) {
  const { bindings, addresses, marks, taken, entryCount } = record;
  return {
    ...{ freeCount, usedByNamespace, entryCount, charCount: allocated.charCount },
    bindings: new Map([...bindings].sort()),
    addresses: new Map([...addresses].sort()),
    marks: new Map([...marks].sort()),
    taken: new Set([...taken].sort()),
    hostnames: { ...hostnames.all() },
  };
}

function assertSame(pool: PoolView, change: IPPoolPlan, scratch: IPPoolPlan): void {
  const [a, b] = [change, scratch].map((plan) => ({
    status: wholeStatusOf(pool, plan),
    finalizers: plan.finalizers,
    notes: plan.notes,
    refusals: plan.record.refusals.map(({ claim, reason }) => `${claim.mac} ${reason}`).sort(),
    misplaced: plan.record.misplaced,
    problems: plan.record.problems,
    macs: [...plan.record.macs].sort(),
    moves: plan.record.moves,
    tally: plan.record.basis.tally,
  }));
  assert.deepEqual(a, b);
}
