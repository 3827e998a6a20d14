/**
 * Plans one VirtualMachineNetworkConfig: its status and its finalizer. Addresses are only reported
 * here, and only from committed records; the pools hand them out (see `ippool.ts`).
 */

import { joinSome } from "../../base/sentences.ts";
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
import { conditionMessageOf, isSettled, reportOf, type WantedCondition } from "../conditions.ts";
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
import {
  allocatedConditionOf,
  FOLLOWS_VM,
  followsVmConditionsOf,
  notesOf,
  readyConditionOf,
  releaseNotesOf,
} from "./vmnetcfg_report.ts";

/** Everything that the state of the object follows from. */
export interface VirtualMachineNetworkConfigWorld {
  readonly vmnetcfg: Observed<VirtualMachineNetworkConfig>;
  /** By `namespace/name`, every network that the object names; those without pools, too. */
  readonly networks: ReadonlyMap<string, NetworkView>;
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

const CONDITIONS = ["Ready", "Allocated", "Disabled", "InSynced", FOLLOWS_VM];

/** A NIC that has not got what it wants. */
export interface WaitingNic {
  readonly network: string;
  readonly reason: NicFailureReason;
  /** Whether it accepts one address only. */
  readonly wantsOne: boolean;
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
  const message = `vmnetcfg ${keyOf(object)} is being deleted and holds no address any more`;
  const isPaused = parsed.ok && parsed.value.spec.paused === true;
  const wanted = withReady(
    { type: "Allocated", status: "False", reason: "BeingDeleted", message },
    [
      isPaused
        ? { type: "Disabled", status: "True", reason: "Paused", message: "" }
        : { type: "Disabled", status: "False", reason: "NotPaused", message: "" },
      { type: "InSynced", status: "True", reason: "StatusMatchesSpec", message: "" },
    ],
  );
  const current = objectOf(object.status);
  const next = {
    ...current,
    networkConfigs: [],
    ...reportOf(object, { wanted, own: CONDITIONS }, nowIso),
  };
  return isSettled(current, next) ? SETTLED : { ...SETTLED, status: next };
}

/** Says that the object cannot be read; what it holds stays in the pools' records. */
function planUnreadable(
  { vmnetcfg: { object, parsed }, nowIso }: VirtualMachineNetworkConfigWorld,
): VirtualMachineNetworkConfigPlan {
  const errors = parsed.ok ? [] : parsed.errors;
  const faults = joinSome(errors.map(({ field, message }) => `${field}: ${message}`), "; ");
  const message = `${faults}; correct the specification`;
  const reason = "InvalidSpec";
  const wanted = withReady({ type: "Allocated", status: "False", reason, message }, [
    // A pause is not believed either, in an object that cannot be read as a whole.
    { type: "Disabled", status: "Unknown", reason, message: "" },
    { type: "InSynced", status: "False", reason, message: "" },
  ]);
  const current = objectOf(object.status);
  const next = {
    ...current,
    ...defined({ networkConfigs: nicsWithAddressOf(current) }),
    ...reportOf(object, { wanted, own: CONDITIONS }, nowIso),
  };
  if (isSettled(current, next)) return SETTLED;
  const isTold = conditionMessageOf(current.conditions, "Allocated") === message;
  const note: Note = { type: "Warning", reason: "InvalidSpec", note: message };
  return { ...SETTLED, status: next, notes: isTold ? [] : [note] };
}

function planStatus(
  vmnetcfg: VirtualMachineNetworkConfig,
  { vmnetcfg: { object }, networks, nowIso, awaitedLong }: VirtualMachineNetworkConfigWorld,
): VirtualMachineNetworkConfigPlan {
  const outcomes = outcomesOf(vmnetcfg, networks);
  const isAwaitingCommit = outcomes.some(({ failure }) =>
    failure !== undefined && COMMIT_EXPECTED.includes(failure.reason)
  );
  const waiting = outcomes.flatMap(({ nic: { networkName, ipAddress }, failure }) =>
    failure === undefined
      ? []
      : [{ network: networkName, reason: failure.reason, wantsOne: ipAddress !== undefined }]
  );
  const pending = outcomes.flatMap(({ nic: { networkName, macAddress }, pending }) => {
    const mac = parseMacAddress(macAddress);
    if (pending === undefined || mac === undefined) return [];
    return [{ network: networkName, mac, address: pending }];
  });
  const judged = { waiting, pending, isAwaitingCommit };
  if (isAwaitingCommit && !awaitedLong) return { ...judged, notes: [] };
  const allocated = allocatedConditionOf(vmnetcfg, outcomes);
  const isPaused = vmnetcfg.spec.paused === true;
  const wanted = withReady(allocated, [
    isPaused
      ? { type: "Disabled", status: "True", reason: "Paused", message: allocated.message }
      : { type: "Disabled", status: "False", reason: "NotPaused", message: "" },
    { type: "InSynced", status: "True", reason: "StatusMatchesSpec", message: "" },
    ...followsVmConditionsOf(object),
  ]);
  const current = objectOf(object.status);
  const next: JsonObject = {
    ...current,
    networkConfigs: outcomes.flatMap(nicStatusOf),
    ...reportOf(object, { wanted, own: CONDITIONS }, nowIso),
  };
  if (isSettled(current, next)) return { ...judged, notes: [] };
  return { ...judged, status: next, notes: notesOf(vmnetcfg, outcomes) };
}

function withReady(
  allocated: WantedCondition,
  others: readonly WantedCondition[],
): readonly WantedCondition[] {
  return [readyConditionOf(allocated), allocated, ...others];
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
