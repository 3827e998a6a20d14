/**
 * Plans one IPPool: its record and counts, its conditions and its finalizer.
 *
 * The pool has one writer. Addresses are given and taken back only in the status planned here,
 * which is written in one piece and only over the version that it was planned from; no address is
 * told to anybody before.
 */

import { defined, type JsonObject } from "../../base/json.ts";
import type { Note } from "../../api/event_note.ts";
import { isEventReason } from "../../api/event_reasons.ts";
import type { NetworkAttachmentDefinition } from "../../api/network_attachment_definition.ts";
import type { AddressMemory } from "../../ipam/address_memory.ts";
import type { AgentStatus } from "../agent_status.ts";
import type { ChangedMacs } from "../claim_index.ts";
import { type NetworkClaims, unknownClaimOf } from "../claims.ts";
import { conditionMessageOf, isSettled, reportOf, type WantedCondition } from "../conditions.ts";
import type { WireKnowledge } from "../network_clear/shown_condition.ts";
import { agentNotesOf } from "./agent_notes.ts";
import { describeYielded } from "./bound_twice.ts";
import { describeUsers, IPPOOL_CONDITIONS, ippoolConditionsOf } from "./ippool_conditions.ts";
import { planRecord, type RecordPlan } from "./ippool_record.ts";
import type { NamespaceShares } from "./namespace_share.ts";
import type { MapChanges } from "./record/plain_map.ts";
import { COUNTS_OF_RANGE } from "./pool_counts.ts";
import { PoolLedger } from "./pool_ledger.ts";
import { IPPOOL_FINALIZER } from "../names.ts";
import { activePoolOf, type PoolView, refusalOf } from "./pool_view.ts";
import { planRecordChange } from "./record_change.ts";
import { type EntriesWorld, planUnreadableEntries } from "./record/unreadable_entries.ts";
import { objectOf } from "../raw_fields.ts";

/** What a pool's state follows from besides claims. */
export interface PoolSurroundings {
  /** The other pools of its network. */
  readonly others: readonly PoolView[];
  /** The network; `undefined` when there is none. */
  readonly nad: NetworkAttachmentDefinition | undefined;
  /** `undefined` when agents are not observed. */
  readonly agent: AgentStatus | undefined;
  /** What its agents report; `undefined` when they are not asked. */
  readonly wire?: WireKnowledge | undefined;
  /** Now, as RFC 3339 text in whole seconds. */
  readonly nowIso: string;
  /** Now, by the monotonic clock. */
  readonly nowMs: number;
  /** What is known of its free addresses, from the first plan to the last. */
  readonly memory: AddressMemory;
  /** How long a freed address rests while others are free; the pool's lease time when absent. */
  readonly reuseGraceMs?: number | undefined;
}

/** Everything that a pool's state follows from. */
export interface IPPoolWorld extends PoolSurroundings {
  /** The pool as last committed. */
  readonly pool: PoolView;
  /** Whose addresses the last plan counted for which namespace; `undefined` after a start. */
  readonly shares?: NamespaceShares | undefined;
  /** The claims on a network whose pool refuses these namespaces. */
  readonly claimsOn: (
    network: string,
    isRefused: (namespace: string) => boolean,
  ) => NetworkClaims;
  /** Whether an object has a NIC on the network whose MAC cannot be read and is written like this. */
  readonly isMacNamed: EntriesWorld["isMacNamed"];
}

/** What has to be written; absent parts are as they should be. */
export interface IPPoolPlan {
  /**
   * The whole next status, unknown fields included, except for the changes of its maps: see
   * `withChanges`.
   */
  readonly status?: JsonObject;
  /** The whole next list of finalizers. Write it before the status. */
  readonly finalizers?: readonly string[];
  readonly notes: readonly Note[];
  readonly record: RecordPlan;
  /** When to plan again though nothing changes. */
  readonly waitMs?: number;
}

/** Fields of `status.ipv4` that are there only while there is something to say. */
const PASSING_FIELDS: readonly string[] = [
  ...["hostnames", "usedByNamespace", "networkShared"],
  ...COUNTS_OF_RANGE,
];

/** What these say of a pool is worth an Event when it changes. */
const NOTED_CONDITIONS: readonly string[] = ["CacheReady", "HasAddresses", "OptionsFit"];

/** Plans a pool from scratch. Planning again after the plan was carried out gives nothing to write. */
export function planIPPool(world: IPPoolWorld): IPPoolPlan {
  const { pool, others, memory } = world;
  const claims = claimsOnNetworkOf(world);
  const hasFinalizer = finalizersOf(pool).includes(IPPOOL_FINALIZER);
  forgetRested(pool, world);
  const entries = planUnreadableEntries({ ...world, claims });
  const record = planRecord({
    pool,
    others,
    claims,
    // The finalizer first: a pool with bindings must not vanish.
    mayAllocate: mayAllocateFrom(pool, others),
    // What was told is handed out already, be the pool paused, about to go or not the oldest.
    mayRecover: hasFinalizer,
    memory,
    shares: world.shares,
    outdated: entries.outdated,
  });
  const plan = ippoolPlanOf(pool, world, { record, claims, passing: entries.conditions });
  const notes = [
    ...yieldedNotesOf(record, claims),
    ...inUseNotesOf(pool, record, claims),
    ...entries.notes,
  ];
  return { ...plan, ...defined({ waitMs: entries.waitMs }), notes: [...plan.notes, ...notes] };
}

/**
 * Plans a pool from what changed since the ledger's last plan: what {@link planIPPool} would make of it.
 *
 * @param world Without other pools.
 * @returns `undefined` when the pool has to be planned from scratch.
 */
export function planIPPoolChange(
  ledger: PoolLedger,
  world: PoolSurroundings,
): IPPoolPlan | undefined {
  const { pool } = ledger;
  if (pool === undefined) return undefined;
  forgetRested(pool, world);
  const record = planRecordChange(ledger, pool, world.memory);
  return record && ippoolPlanOf(pool, world, { record, claims: ledger.claims, passing: [] });
}

/**
 * What the next plan can start from; `undefined` when it has to be made from scratch.
 *
 * @param pool As the plan left it, once that was committed.
 * @param changed Has collected changes of claims since before the plan.
 */
export function ledgerAfter(
  { record }: IPPoolPlan,
  { pool, others, claimsOn }: Pick<IPPoolWorld, "pool" | "others" | "claimsOn">,
  changed: ChangedMacs,
): PoolLedger | undefined {
  const { network, addresses } = pool;
  if (network === undefined || !addresses.ok || others.length > 0) return undefined;
  if (pool.record.unreadableAt.size > 0) return undefined;
  if (pool.record.hasDoubles || !mayAllocateFrom(pool, others)) return undefined;
  const claims = claimsOn(network, refusalOf([pool]));
  return new PoolLedger(pool, addresses.value, claims, { plan: record, changed });
}

function mayAllocateFrom(pool: PoolView, others: readonly PoolView[]): boolean {
  return activePoolOf([pool, ...others]) === pool && !pool.paused &&
    finalizersOf(pool).includes(IPPOOL_FINALIZER);
}

function forgetRested(
  { addresses }: PoolView,
  { memory, nowMs, reuseGraceMs }: PoolSurroundings,
): void {
  if (!addresses.ok) return;
  memory.forgetRested(nowMs, reuseGraceMs ?? addresses.value.settings.leaseSeconds * 1000);
}

function ippoolPlanOf(
  pool: PoolView,
  world: PoolSurroundings,
  { record, claims, passing }: {
    readonly record: RecordPlan;
    readonly claims: NetworkClaims;
    /** Conditions that are there only while there is something to say. */
    readonly passing: readonly WantedCondition[];
  },
): IPPoolPlan {
  const { agent, wire, nad, others } = world;
  const conditions = [
    ...ippoolConditionsOf({ pool, others, nad, agent, wire, record, claims }),
    ...passing,
  ];
  const status = nextStatusOf(pool, world, { record, conditions });
  const finalizers = nextFinalizersOf(pool, record);
  const noted = conditions.filter(({ type }) => NOTED_CONDITIONS.includes(type));
  return {
    ...defined({ status, finalizers }),
    notes: [
      ...noted.flatMap((condition) => problemNotesOf(pool, condition)),
      ...agentNotesOf(pool.object, conditions),
    ],
    record,
  };
}

function claimsOnNetworkOf({ pool, others, claimsOn }: IPPoolWorld): NetworkClaims {
  const { network, deleting, record } = pool;
  if (network !== undefined) return claimsOn(network, refusalOf([pool, ...others]));
  // Nothing says which bindings are still claimed, so all stay; but not longer than their pool.
  const macs = deleting ? [] : [...record.addresses.keys()];
  return { owners: new Map(), held: new Map(macs.map((mac) => [mac, unknownClaimOf(mac)])) };
}

function nextStatusOf(
  pool: PoolView,
  { agent, nowIso, others }: PoolSurroundings,
  { record, conditions }: {
    readonly record: RecordPlan;
    readonly conditions: readonly WantedCondition[];
  },
): JsonObject | undefined {
  const current = objectOf(pool.object.status);
  const { delta, hostnames } = record;
  const ipv4 = Object.fromEntries(
    Object.entries(objectOf(current.ipv4)).filter(([field]) => !PASSING_FIELDS.includes(field)),
  );
  const isRecordChanged = delta.removed.size + delta.added.size + delta.texts.size > 0;
  const next: JsonObject = {
    ...current,
    ipv4: {
      ...ipv4,
      ...defined({
        allocated: isRecordChanged ? pool.allocated.edited() : ipv4.allocated,
        hostnames: nextHostnamesOf(pool, hostnames),
        usedByNamespace: record.usedByNamespace,
        // Also a pool that waits for its VMs to go, or is paused, has VMs with addresses.
        networkShared: others.length > 0 || undefined,
      }),
      ...record.counts,
    },
    ...reportOf(pool.object, { wanted: conditions, own: IPPOOL_CONDITIONS }, nowIso),
  };
  if (agent?.podRef === null || pool.paused && agent?.podRef === undefined) {
    delete next.agentPodRef;
  } else if (!pool.paused && agent?.podRef !== undefined) {
    next.agentPodRef = agent.podRef;
  }
  const isChanged = isRecordChanged || hostnames.size > 0 || !isSettled(current, next);
  return isChanged ? { ...next, lastUpdate: nowIso } : undefined;
}

function nextHostnamesOf(pool: PoolView, changes: MapChanges): unknown {
  if (pool.hostnames.sizeAfter(changes) === 0) return undefined;
  if (changes.size > 0) return pool.hostnames.edited();
  return objectOf(objectOf(pool.object.status).ipv4).hostnames;
}

function finalizersOf(pool: PoolView): readonly string[] {
  return pool.object.metadata.finalizers ?? [];
}

function nextFinalizersOf(pool: PoolView, record: RecordPlan): readonly string[] | undefined {
  const current = finalizersOf(pool);
  const hasOurs = current.includes(IPPOOL_FINALIZER);
  if (!pool.deleting) return hasOurs ? undefined : [...current, IPPOOL_FINALIZER];
  if (!hasOurs || isBound(record)) return undefined;
  return current.filter((finalizer) => finalizer !== IPPOOL_FINALIZER);
}

function isBound(record: RecordPlan): boolean {
  for (const _ of record.boundMacs()) return true;
  return false;
}

function problemNotesOf(
  pool: PoolView,
  { type, status, reason, message }: WantedCondition,
): readonly Note[] {
  if (
    status === "Unknown" || !isEventReason(reason) ||
    conditionMessageOf(objectOf(pool.object.status).conditions, type) === message
  ) {
    return [];
  }
  return [{ type: "Warning", reason, note: message }];
}

function yieldedNotesOf({ yielded }: RecordPlan, claims: NetworkClaims): readonly Note[] {
  const note = describeYielded(yielded, claims);
  return note === undefined ? [] : [{ type: "Warning", reason: "RecordHasProblems", note }];
}

function inUseNotesOf(
  pool: PoolView,
  record: RecordPlan,
  claims: NetworkClaims,
): readonly Note[] {
  const note = pool.deleting ? describeUsers(record, claims) : undefined;
  return note === undefined ? [] : [{ type: "Warning", reason: "IPPoolInUse", note }];
}
