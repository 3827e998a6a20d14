/** Conditions of an IPPool, with the types and sentences of the Go version. */

import { joinSome } from "../../base/sentences.ts";
import { formatIpv4Address } from "../../net/ipv4_address.ts";
import type { NetworkAttachmentDefinition } from "../../api/network_attachment_definition.ts";
import type { AgentStatus } from "../agent_status.ts";
import { routeConditionsOf } from "../auto_ippool/route_difference.ts";
import type { NetworkClaims } from "../claims.ts";
import type { WantedCondition } from "../conditions.ts";
import { AGENTS_CURRENT } from "../network_clear/agents_current.ts";
import { NETWORK_CLEAR } from "../network_clear/network_clear.ts";
import { knownConditionsOf, type WireKnowledge } from "../network_clear/shown_condition.ts";
import { objectOf } from "../raw_fields.ts";
import { describeMissingRoom } from "../reply_room.ts";
import { cureOfMisplaced, describeMisplaced } from "./pool_marks.ts";
import type { RecordPlan } from "./ippool_record.ts";
import { activePoolOf, type PoolView } from "./pool_view.ts";
import { RECORD_READABLE } from "./record/unreadable_entries.ts";

const PROBLEMS_SHOWN_MAX = 5;

/**
 * The types of a pool's conditions; without agents that are observed, `AgentReady`, `AgentsCurrent` and
 * `NetworkClear` are absent.
 */
export const IPPOOL_CONDITIONS = [
  ...["Ready", "Registered", "CacheReady", "AgentReady", "HasAddresses", "OptionsFit"],
  ...["RouteFollowed", AGENTS_CURRENT, NETWORK_CLEAR, "Stopped", RECORD_READABLE],
];

/** What helps when a pool is full. */
export const MORE_ROOM = "delete VMs, or let the range grow (spec.ipv4Config.pool)";

/** What the conditions say something about. */
export interface ConditionWorld {
  readonly pool: PoolView;
  readonly others: readonly PoolView[];
  readonly nad: NetworkAttachmentDefinition | undefined;
  /** `undefined` when agents are not observed: then no condition mentions them. */
  readonly agent: AgentStatus | undefined;
  /** `undefined` when agents are not asked. */
  readonly wire: WireKnowledge | undefined;
  readonly record: RecordPlan;
  readonly claims: NetworkClaims;
}

/** The conditions that a pool should have. */
export function ippoolConditionsOf(world: ConditionWorld): readonly WantedCondition[] {
  const { pool } = world;
  const registered = registeredOf(world);
  const agentReady = agentReadyOf(world, registered);
  const parts = [
    registered,
    cacheReadyOf(world),
    ...(agentReady === undefined ? [] : [agentReady]),
  ];
  return [
    readyOf(world, parts),
    ...parts,
    hasAddressesOf(world),
    optionsFitOf(pool),
    ...routeConditionsOf({ object: pool.object, settings: settingsOf(pool) }, world.nad),
    ...wireConditionsOf(world),
    stoppedOf(pool),
  ];
}

/** Whether the pool serves new VMs; if not, the first reason why. A full pool is ready. */
function readyOf(
  { pool, record, claims }: ConditionWorld,
  parts: readonly WantedCondition[],
): WantedCondition {
  const type = "Ready";
  if (pool.deleting) {
    const message = describeUsers(record, claims) ?? `ippool ${pool.key} is being deleted`;
    return { type, status: "False", reason: "BeingDeleted", message };
  }
  if (pool.paused) {
    return { type, status: "False", reason: "Paused", message: disabledMessage(pool) };
  }
  const fault = parts.find(({ status }) => status !== "True");
  if (fault !== undefined) return { ...fault, type, status: "False" };
  const message = `ippool ${pool.key} hands out addresses of VM network ${pool.network}`;
  return { type, status: "True", reason: "Serving", message };
}

function stoppedOf(pool: PoolView): WantedCondition {
  const type = "Stopped";
  if (pool.paused) {
    return { type, status: "True", reason: "Paused", message: disabledMessage(pool) };
  }
  const message = `spec.paused of ippool ${pool.key} is not true`;
  return { type, status: "False", reason: "NotPaused", message };
}

/** Says which objects hold addresses of a pool; `undefined` when none does. */
export function describeUsers(
  { boundMacs }: Pick<RecordPlan, "boundMacs">,
  { owners }: NetworkClaims,
): string | undefined {
  const users = new Set(
    [...boundMacs()].map((mac) => owners.get(mac)?.owner ?? "(unreadable)"),
  );
  if (users.size === 0) return undefined;
  return `it's still used by VirtualMachineNetworkConfig(s) ${
    joinSome([...users].sort(), ", ")
  }, which must be removed at first`;
}

/** What users of the Go version look for when a pool is paused. */
export function disabledMessage(pool: Pick<PoolView, "key">): string {
  return `ippool ${pool.key} was administratively disabled (spec.paused is true)`;
}

function hasAddressesOf({ pool, record }: ConditionWorld): WantedCondition {
  const type = "HasAddresses";
  if (!pool.addresses.ok) return unknownOf(type, pool);
  if (record.counts.available > 0) {
    const message = `ippool ${pool.key} has addresses that nobody holds`;
    return { type, status: "True", reason: "AddressesAvailable", message };
  }
  const message = `ippool ${pool.key} has no address left for VM network ${pool.network}; ` +
    MORE_ROOM;
  return { type, status: "False", reason: "PoolExhausted", message };
}

/** What cannot be said of a specification that makes no range. */
function unknownOf(type: string, { key }: PoolView): WantedCondition {
  const message = `the specification of ippool ${key} is invalid: see the condition CacheReady`;
  return { type, status: "Unknown", reason: "InvalidSpec", message };
}

function registeredOf({ pool, others, nad }: ConditionWorld): WantedCondition {
  const active = activePoolOf([pool, ...others]);
  if (active !== undefined && active !== pool) {
    const message = `VM network ${pool.network} is served by ippool ${active.key}, ` +
      whyNotActive(pool, active);
    return { type: "Registered", status: "False", reason: "NetworkServedByOtherPool", message };
  }
  if (nad === undefined) {
    const message = `VM network ${pool.network ?? "of this pool"} does not exist; ` +
      "addresses are handed out without it; create the network";
    return { type: "Registered", status: "False", reason: "NetworkNotFound", message };
  }
  const message = `VM network ${pool.network} is served by this ippool`;
  return { type: "Registered", status: "True", reason: "NetworkServed", message };
}

/** Why another pool comes before this one, and what to do about it. */
export function whyNotActive(pool: PoolView, active: PoolView): string {
  if (pool.deleting) return "as this one is being deleted";
  const [ours, theirs] = [pool, active].map(({ object }) => object.metadata.creationTimestamp);
  const why = ours === theirs
    ? "which is of the same age and comes first by its name"
    : "which is older";
  return `${why}; delete the one that is not wanted`;
}

function cacheReadyOf({ pool, record, claims }: ConditionWorld): WantedCondition {
  if (!pool.addresses.ok) {
    const faults = pool.addresses.errors.map(({ field, message }) => `${field}: ${message}`);
    const message = `${joinSome(faults, "; ")}; correct the specification`;
    return { type: "CacheReady", status: "False", reason: "InvalidSpec", message };
  }
  const addresses = pool.addresses.value;
  const faults = addresses.faults.map(({ field, message }) => `${field}: ${message}`);
  const problems = [
    ...faults,
    ...record.misplaced.map((each) => describeMisplaced(each, addresses, claims)),
    ...record.problems,
    ...unreadableAfter(pool, record).map((entry) =>
      `"${entry}" is not a binding and is left as it is`
    ),
  ];
  if (problems.length === 0) {
    const message = `the record of ippool ${pool.key} has been read`;
    return { type: "CacheReady", status: "True", reason: "RecordRead", message };
  }
  return {
    type: "CacheReady",
    status: "True",
    reason: faults.length > 0 ? "SpecHasProblems" : "RecordHasProblems",
    message: [joinSome(problems, "; ", PROBLEMS_SHOWN_MAX), ...curesOf(pool, record)].join("; "),
  };
}

/** What helps against the problems of a record, each thing once. */
function curesOf(pool: PoolView, plan: RecordPlan): string[] {
  const { addresses } = pool;
  const cures = new Set(plan.misplaced.map(cureOfMisplaced));
  if (addresses.ok && addresses.value.faults.length > 0) cures.add("correct the specification");
  if (unreadableAfter(pool, plan).length > 0) {
    cures.add("remove such entries from status.ipv4.allocated (kubectl edit --subresource=status)");
  }
  return [...cures];
}

/** The entries that are no bindings and stay, as written. */
function unreadableAfter(
  { record: { unreadable, unreadableAt } }: PoolView,
  { delta: { removed } }: RecordPlan,
): readonly string[] {
  const gone = new Set(
    [...unreadableAt].filter(([address]) => removed.has(address))
      .map(([address, text]) => `${formatIpv4Address(address)}: ${text}`),
  );
  return unreadable.filter((entry) => !gone.has(entry));
}

function settingsOf({ addresses }: PoolView) {
  return addresses.ok ? addresses.value.settings : undefined;
}

function optionsFitOf(pool: PoolView): WantedCondition {
  const { addresses } = pool;
  const type = "OptionsFit";
  if (!addresses.ok) return unknownOf(type, pool);
  const missing = describeMissingRoom(addresses.value.settings);
  return missing.length === 0
    ? { type, status: "True", reason: "AllFit", message: "every reply has room for all options" }
    : { type, status: "False", reason: "OptionsLeftOut", message: missing.join("; ") };
}

/** Not a part of `Ready`: any machine of the network or an agent in other hands can make them false. */
function wireConditionsOf({ pool, wire }: ConditionWorld): readonly WantedCondition[] {
  if (wire === undefined) return [];
  if (pool.paused) {
    const message = disabledMessage(pool);
    return [AGENTS_CURRENT, NETWORK_CLEAR].map((type) => (
      { type, status: "Unknown", reason: "Paused", message }
    ));
  }
  const { conditions } = objectOf(pool.object.status);
  return [
    ...knownConditionsOf(AGENTS_CURRENT, wire.agents, conditions),
    ...knownConditionsOf(NETWORK_CLEAR, wire.network, conditions),
  ];
}

function agentReadyOf(
  { pool, agent, record }: ConditionWorld,
  registered: WantedCondition,
): WantedCondition | undefined {
  const type = "AgentReady";
  if (pool.paused) {
    return { type, status: "False", reason: "Paused", message: disabledMessage(pool) };
  }
  if (agent === undefined) return undefined;
  const [holder] = record.boundMacs();
  if (registered.reason === "NetworkServedByOtherPool" && holder === undefined) {
    const message = `ippool ${pool.key} answers nobody: ${registered.message}`;
    return { type, status: "False", reason: "NotRegistered", message };
  }
  const { ready, reason, message } = agent;
  return { type, status: ready ? "True" : "False", reason, message };
}
