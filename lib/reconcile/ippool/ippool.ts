/**
 * Plans one IPPool: its record and counts, its conditions and its finalizer.
 *
 * The pool has one writer. Addresses are given and taken back only in the status planned here,
 * which is written in one piece and only over the version that it was planned from; no address is
 * told to anybody before.
 */

import { joinSome } from "../../base/sentences.ts";
import { defined, type JsonObject } from "../../base/json.ts";
import type { Note } from "../../api/event_note.ts";
import { isEventReason } from "../../api/event_reasons.ts";
import type { Observed } from "../../api/meta.ts";
import type { NetworkAttachmentDefinition } from "../../api/network_attachment_definition.ts";
import type { VirtualMachineNetworkConfig } from "../../api/vmnetcfg/vmnetcfg.ts";
import type { Ipv4Address } from "../../net/ipv4_address.ts";
import type { AgentStatus } from "../agent_status.ts";
import { claimsOn, type NetworkClaims, unknownClaimOf } from "../claims.ts";
import { conditionMessageOf, isSettled, reportOf } from "../conditions.ts";
import type { Refusal } from "./address_moves.ts";
import { IPPOOL_CONDITIONS, ippoolConditionsOf } from "./ippool_conditions.ts";
import { planRecord, type RecordPlan } from "./ippool_record.ts";
import { COUNTS_OF_RANGE } from "./pool_counts.ts";
import { IPPOOL_FINALIZER } from "../names.ts";
import { activePoolOf, type PoolView, refusalOf } from "./pool_view.ts";
import { objectOf } from "../raw_fields.ts";

/** Everything that a pool's state follows from. */
export interface IPPoolWorld {
  /** The pool as last committed. */
  readonly pool: PoolView;
  /** The other pools of its network. */
  readonly others: readonly PoolView[];
  /** The network; `undefined` when there is none. */
  readonly nad: NetworkAttachmentDefinition | undefined;
  /** All objects that name the network. */
  readonly vmnetcfgs: readonly Observed<VirtualMachineNetworkConfig>[];
  /** `undefined` when agents are not observed. */
  readonly agent: AgentStatus | undefined;
  /** Now, as RFC 3339 text in whole seconds. */
  readonly nowIso: string;
  /** `allocateAfter` of the last plan that was committed; `undefined` after a start. */
  readonly allocateAfter: Ipv4Address | undefined;
}

/** What has to be written; absent parts are as they should be. */
export interface IPPoolPlan {
  /** The whole next status, unknown fields included. */
  readonly status?: JsonObject;
  /** The whole next list of finalizers. Write it before the status. */
  readonly finalizers?: readonly string[];
  /** Claims that did not get what they want. */
  readonly refusals: readonly Refusal[];
  readonly notes: readonly Note[];
  /** To be handed to the next plan once this one is committed. */
  readonly allocateAfter: Ipv4Address | undefined;
}

/** Fields of `status.ipv4` that are there only while there is something to say. */
const PASSING_FIELDS: readonly string[] = [
  ...["hostnames", "usedByNamespace", "networkShared"],
  ...COUNTS_OF_RANGE,
];

/** What these say of a pool is worth an Event when it changes. */
const NOTED_CONDITIONS: readonly string[] = ["CacheReady", "HasAddresses", "OptionsFit"];

/** Plans a pool. Planning again after the plan was carried out gives nothing to write. */
export function planIPPool(world: IPPoolWorld): IPPoolPlan {
  const { pool, others } = world;
  const claims = claimsOnNetworkOf(world);
  const isActive = activePoolOf([pool, ...others]) === pool;
  const hasFinalizer = finalizersOf(pool).includes(IPPOOL_FINALIZER);
  const record = planRecord({
    pool,
    others,
    claims,
    // The finalizer first: a pool with bindings must not vanish.
    mayAllocate: isActive && !pool.paused && hasFinalizer,
    // What was told is handed out already, be the pool paused, about to go or not the oldest.
    mayRecover: hasFinalizer,
    allocateAfter: world.allocateAfter,
  });
  const { agent, nad } = world;
  const conditions = ippoolConditionsOf({ pool, others, nad, agent, record, claims });
  const status = nextStatusOf(pool, world, { record, conditions });
  const finalizers = nextFinalizersOf(pool, record);
  const noted = conditions.filter(({ type }) => NOTED_CONDITIONS.includes(type));
  return {
    ...defined({ status, finalizers }),
    refusals: record.refusals,
    notes: [
      ...noted.flatMap((condition) => problemNotesOf(pool, condition)),
      ...inUseNotesOf(pool, record, claims),
    ],
    allocateAfter: record.allocateAfter,
  };
}

function claimsOnNetworkOf({ pool, others, vmnetcfgs }: IPPoolWorld): NetworkClaims {
  const { network, deleting, record } = pool;
  if (network !== undefined) return claimsOn(network, vmnetcfgs, refusalOf([pool, ...others]));
  // Nothing says which bindings are still claimed, so all stay; but not longer than their pool.
  const macs = deleting ? [] : [...record.addresses.keys()];
  return { owners: new Map(), held: new Map(macs.map((mac) => [mac, unknownClaimOf(mac)])) };
}

function nextStatusOf(
  pool: PoolView,
  { agent, nowIso, others }: IPPoolWorld,
  { record, conditions }: {
    readonly record: RecordPlan;
    readonly conditions: ReturnType<typeof ippoolConditionsOf>;
  },
): JsonObject | undefined {
  const current = objectOf(pool.object.status);
  const ipv4 = Object.fromEntries(
    Object.entries(objectOf(current.ipv4)).filter(([field]) => !PASSING_FIELDS.includes(field)),
  );
  const next: JsonObject = {
    ...current,
    ipv4: {
      ...ipv4,
      ...defined({
        allocated: record.allocated,
        hostnames: record.hostnames,
        usedByNamespace: record.usedByNamespace,
        // Also a pool that waits for its VMs to go, or is paused, has VMs with addresses.
        networkShared: others.length > 0 || undefined,
      }),
      ...record.counts,
    },
    ...reportOf(pool.object, { wanted: conditions, own: IPPOOL_CONDITIONS }, nowIso),
  };
  if (pool.paused) delete next.agentPodRef;
  else if (agent?.podRef !== undefined) next.agentPodRef = agent.podRef;
  return isSettled(current, next) ? undefined : { ...next, lastUpdate: nowIso };
}

function finalizersOf(pool: PoolView): readonly string[] {
  return pool.object.metadata.finalizers ?? [];
}

function nextFinalizersOf(pool: PoolView, record: RecordPlan): readonly string[] | undefined {
  const current = finalizersOf(pool);
  const hasOurs = current.includes(IPPOOL_FINALIZER);
  if (!pool.deleting) return hasOurs ? undefined : [...current, IPPOOL_FINALIZER];
  if (!hasOurs || record.boundMacs.length > 0) return undefined;
  return current.filter((finalizer) => finalizer !== IPPOOL_FINALIZER);
}

function problemNotesOf(
  pool: PoolView,
  { type, reason, message }: { type: string; reason: string; message: string },
): readonly Note[] {
  if (
    message === "" || !isEventReason(reason) ||
    conditionMessageOf(objectOf(pool.object.status).conditions, type) === message
  ) {
    return [];
  }
  return [{ type: "Warning", reason, note: message }];
}

function inUseNotesOf(
  pool: PoolView,
  record: RecordPlan,
  { owners }: NetworkClaims,
): readonly Note[] {
  if (!pool.deleting || record.boundMacs.length === 0) return [];
  const users = new Set(record.boundMacs.map((mac) => owners.get(mac)?.owner ?? "(unreadable)"));
  const note =
    `it's still used by VirtualMachineNetworkConfig(s) ${joinSome([...users].sort(), ", ")}` +
    ", which must be removed at first";
  return [{ type: "Warning", reason: "IPPoolInUse", note }];
}
