/**
 * Plans one VirtualMachineNetworkConfig: its status and its finalizer. Addresses are only reported
 * here, and only from committed records; the pools hand them out (see `ippool.ts`).
 */

import { defined, type JsonObject } from "../../base/json.ts";
import type { Note } from "../../api/event_note.ts";
import { keyOf, type Observed } from "../../api/meta.ts";
import type {
  NetworkConfigStatus,
  VirtualMachineNetworkConfig,
} from "../../api/vmnetcfg/vmnetcfg.ts";
import { formatIpv4Address, type Ipv4Address } from "../../net/ipv4_address.ts";
import { type MacAddress, parseMacAddress } from "../../net/mac_address.ts";
import { toldAddressOf } from "../claims.ts";
import {
  conditionMessageOf,
  conditionOf,
  isSettled,
  reportOf,
  type WantedCondition,
} from "../conditions.ts";
import { namedNicsOf } from "../kinds.ts";
import { VMNETCFG_FINALIZER } from "../names.ts";
import {
  type NetworkView,
  type NicFailureReason,
  type NicOutcome,
  nicOutcomeOf,
} from "./nic_outcome.ts";
import { pendingAddressOf } from "./pending_address.ts";
import { objectOf } from "../raw_fields.ts";
import { type AnswersOf, mayStay, SERVED, servedOf } from "./served.ts";
import {
  allocatedConditionOf,
  conditionsOf,
  releasedConditionsOf,
  unreadableConditionsOf,
  VMNETCFG_CONDITIONS,
} from "./vmnetcfg_conditions.ts";
import { notesOf, releaseNotesOf } from "./vmnetcfg_report.ts";

/** Everything that the state of the object follows from. */
export interface VirtualMachineNetworkConfigWorld {
  readonly vmnetcfg: Observed<VirtualMachineNetworkConfig>;
  /** By `namespace/name`, every network that the object names; those without pools, too. */
  readonly networks: ReadonlyMap<string, NetworkView>;
  readonly answersOf: AnswersOf;
  /** Now, as RFC 3339 text in whole seconds. */
  readonly nowIso: string;
  /**
   * Whether a commit that was to be expected has not come for a while. Before that the plan waits
   * for it, so that a NIC that is served at once costs one write and not two.
   */
  readonly awaitedLong: boolean;
}

/** What has to be written; absent parts are as they should be. */
export interface VirtualMachineNetworkConfigPlan {
  /** The whole next status, unknown fields included. */
  readonly status?: JsonObject;
  /** Whether that changes nothing but the condition `Served`. */
  readonly isServedOnly?: boolean;
  /** The whole next list of finalizers. */
  readonly finalizers?: readonly string[];
  readonly notes: readonly Note[];
  /** NICs that wait for something: changes of their networks' pools may concern them. */
  readonly waiting: readonly WaitingNic[];
  /** NICs that a change of who has which address may concern. */
  readonly pending: readonly PendingNic[];
  /** Whether a commit is expected that settles this object. */
  readonly isAwaitingCommit: boolean;
}

/** A NIC that has not got what it wants. */
export interface WaitingNic {
  readonly network: string;
  readonly reason: NicFailureReason;
  /** Whether it accepts one address only. */
  readonly wantsOne: boolean;
  /** The MAC that holds that one. */
  readonly holder?: MacAddress;
}

/** A NIC whose status names an address that it may have again, until somebody else gets it. */
export interface PendingNic {
  readonly network: string;
  readonly mac: MacAddress;
  readonly address: Ipv4Address;
}

/** What a commit of a pool is to bring to an end soon. */
const COMMIT_EXPECTED: readonly NicFailureReason[] = ["AwaitingCommit", "AddressBoundTwice"];

const SETTLED = { notes: [], waiting: [], pending: [], isAwaitingCommit: false };

/** Plans the object. Planning again after the plan was carried out gives nothing to write. */
export function planVirtualMachineNetworkConfig(
  world: VirtualMachineNetworkConfigWorld,
): VirtualMachineNetworkConfigPlan {
  const { object, parsed } = world.vmnetcfg;
  if (object.metadata.deletionTimestamp !== undefined) return planDeletion(world);
  const current = object.metadata.finalizers ?? [];
  const finalizers = current.includes(VMNETCFG_FINALIZER)
    ? {}
    : { finalizers: [...current, VMNETCFG_FINALIZER] };
  const plan = parsed.ok ? planStatus(parsed.value, world) : planUnreadable(world);
  return { ...plan, ...finalizers };
}

/** Lets the object go once no committed record binds an address for it. */
function planDeletion(
  world: VirtualMachineNetworkConfigWorld,
): VirtualMachineNetworkConfigPlan {
  const { vmnetcfg, networks } = world;
  const current = vmnetcfg.object.metadata.finalizers ?? [];
  if (!current.includes(VMNETCFG_FINALIZER)) return planReleased(world);
  const isBound = namedNicsOf(vmnetcfg).some(({ network, mac }) => {
    const view = networks.get(network);
    // Another object may have the MAC, too; then the binding is that one's from now on.
    if (view === undefined || view.claims.owners.has(mac) || view.claims.held.has(mac)) {
      return false;
    }
    return view.pools.some((pool) => !pool.paused && pool.record.addresses.has(mac));
  });
  if (isBound) return SETTLED;
  return {
    ...SETTLED,
    finalizers: current.filter((finalizer) => finalizer !== VMNETCFG_FINALIZER),
    notes: releaseNotesOf(vmnetcfg),
  };
}

/** Says of an object that others still keep that it holds no address any more. */
function planReleased(
  { vmnetcfg: { object, parsed }, nowIso }: VirtualMachineNetworkConfigWorld,
): VirtualMachineNetworkConfigPlan {
  const isPaused = parsed.ok && parsed.value.spec.paused === true;
  const wanted = releasedConditionsOf(object, isPaused);
  const current = objectOf(object.status);
  const next = {
    ...current,
    networkConfigs: [],
    ...reportOf(object, { wanted, own: VMNETCFG_CONDITIONS }, nowIso),
  };
  return isSettled(current, next) ? SETTLED : { ...SETTLED, status: next };
}

/** Says that the object cannot be read; what it holds stays in the pools' records. */
function planUnreadable(
  { vmnetcfg: { object, parsed }, nowIso }: VirtualMachineNetworkConfigWorld,
): VirtualMachineNetworkConfigPlan {
  const wanted = unreadableConditionsOf(parsed.ok ? [] : parsed.errors);
  const { message } = wanted[0]!;
  const current = objectOf(object.status);
  const next = {
    ...current,
    ...defined({ networkConfigs: nicsWithAddressOf(current) }),
    ...reportOf(object, { wanted, own: VMNETCFG_CONDITIONS }, nowIso),
  };
  if (isSettled(current, next)) return SETTLED;
  const isTold = conditionMessageOf(current.conditions, "Allocated") === message;
  const note: Note = { type: "Warning", reason: "InvalidSpec", note: message };
  return { ...SETTLED, status: next, notes: isTold ? [] : [note] };
}

function planStatus(
  vmnetcfg: VirtualMachineNetworkConfig,
  world: VirtualMachineNetworkConfigWorld,
): VirtualMachineNetworkConfigPlan {
  const outcomes = outcomesOf(vmnetcfg, world.networks);
  const isAwaitingCommit = outcomes.some(({ failure }) =>
    failure !== undefined && COMMIT_EXPECTED.includes(failure.reason)
  );
  const waiting = outcomes.flatMap(({ nic: { networkName: network, ipAddress }, failure }) => {
    if (failure === undefined) return [];
    const { reason, holder } = failure;
    return [{ network, reason, wantsOne: ipAddress !== undefined, ...defined({ holder }) }];
  });
  const pending = outcomes.flatMap(({ nic: { networkName, macAddress }, pending }) => {
    const mac = parseMacAddress(macAddress);
    if (pending === undefined || mac === undefined) return [];
    return [{ network: networkName, mac, address: pending }];
  });
  const judged = { waiting, pending, isAwaitingCommit };
  if (isAwaitingCommit && !world.awaitedLong) return { ...judged, notes: [] };
  return { ...judged, ...writeOf(vmnetcfg, outcomes, world) };
}

type Write = Pick<VirtualMachineNetworkConfigPlan, "status" | "isServedOnly" | "notes">;

/** What has to be written to say what became of the NICs. */
function writeOf(
  vmnetcfg: VirtualMachineNetworkConfig,
  outcomes: readonly NicOutcome[],
  { vmnetcfg: { object }, answersOf, nowIso }: VirtualMachineNetworkConfigWorld,
): Write {
  const allocated = allocatedConditionOf(vmnetcfg, outcomes);
  const current = objectOf(object.status);
  const statusWith = (served: WantedCondition | undefined): JsonObject => {
    const isPaused = vmnetcfg.spec.paused === true;
    const wanted = conditionsOf(object, { allocated, served, isPaused });
    return {
      ...current,
      networkConfigs: outcomes.flatMap(nicStatusOf),
      ...reportOf(object, { wanted, own: VMNETCFG_CONDITIONS }, nowIso),
    };
  };
  const { condition, isLasting } = servedOf(outcomes, allocated, answersOf);
  const status = statusWith(condition);
  if (isSettled(current, status)) return { notes: [] };
  const stands = conditionOf(current.conditions, SERVED);
  const isServedOnly = isSettled(current, statusWith(stands));
  if (isServedOnly && !isLasting && mayStay(stands)) return { notes: [] };
  return { status, isServedOnly, notes: notesOf(vmnetcfg, outcomes) };
}

function outcomesOf(
  vmnetcfg: VirtualMachineNetworkConfig,
  networks: ReadonlyMap<string, NetworkView>,
): readonly NicOutcome[] {
  const owner = keyOf(vmnetcfg);
  const { namespace = "" } = vmnetcfg.metadata;
  return vmnetcfg.spec.networkConfigs.map((nic, nicIndex) => {
    const view = networks.get(nic.networkName) ??
      { pools: [], claims: { owners: new Map(), held: new Map() }, isChanging: () => false };
    const told = toldAddressOf(vmnetcfg, nic);
    const outcome: NicOutcome = vmnetcfg.spec.paused === true
      ? { nic, address: undefined }
      : nicOutcomeOf(nic, { owner, namespace, nicIndex }, { view, told });
    if (outcome.address !== undefined || outcome.toldStill !== undefined) return outcome;
    return { ...outcome, ...defined({ pending: pendingAddressOf(vmnetcfg, nic, view.pools) }) };
  });
}

/**
 * What the status says of a NIC. The Go version finds the NIC by the text of its MAC. Of one that has no
 * address the status says nothing: the Go version takes the address of each back when the object goes, and
 * does not end where there is none.
 */
function nicStatusOf(
  { nic: { macAddress, macText, networkName }, address, toldStill, pending }: NicOutcome,
): readonly NetworkConfigStatus[] {
  const held = address ?? toldStill;
  const shown = held ?? pending;
  if (shown === undefined) return [];
  return [{
    allocatedIPAddress: formatIpv4Address(shown),
    macAddress: macText ?? macAddress,
    networkName,
    state: held === undefined ? "Pending" : "Allocated",
  }];
}

function nicsWithAddressOf({ networkConfigs }: JsonObject): readonly unknown[] | undefined {
  if (!Array.isArray(networkConfigs)) return undefined;
  return networkConfigs.filter((nic) => {
    const { allocatedIPAddress = "" } = objectOf(nic);
    return allocatedIPAddress !== "";
  });
}
