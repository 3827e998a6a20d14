/** What became of one NIC, judged from committed pools alone. */

import { defined } from "../../base/json.ts";
import { impossibleMacOf } from "../../api/vmnetcfg/parse_vmnetcfg.ts";
import type { NetworkConfig } from "../../api/vmnetcfg/vmnetcfg.ts";
import { formatIpv4Address, type Ipv4Address, parseIpv4Address } from "../../net/ipv4_address.ts";
import { type MacAddress, parseMacAddress } from "../../net/mac_address.ts";
import { isClientAddress } from "../../ipam/address_range.ts";
import { formatCidr } from "../../net/cidr.ts";
import type { AllocateFailure } from "../../ipam/address_allocator.ts";
import type { NetworkClaims } from "../claims.ts";
import { disabledMessage } from "../ippool/ippool_conditions.ts";
import {
  isNamespaceRefused,
  type NamespaceFailure,
  namespaceFailureOf,
} from "../ippool/namespace_share.ts";
import { rivalPoolOf } from "../ippool/bound_twice.ts";
import { recovererOf } from "../ippool/told_addresses.ts";
import { activePoolOf, byAge, countOf, type PoolView, vacancyBeside } from "../ippool/pool_view.ts";
import {
  boundTwiceMessage,
  type Holder,
  namespaceSentenceOf,
  type Sentence,
  sentenceOf,
} from "./nic_sentences.ts";

/** A network as its NICs see it. */
export interface NetworkView {
  readonly pools: readonly PoolView[];
  /**
   * At least the claims of all objects that have a MAC in common with the one being planned, and of those
   * with a MAC that a pool binds to an address that it was told.
   */
  readonly claims: NetworkClaims;
  /** Whether a write that is under way gives a MAC another binding, or takes its away. */
  readonly isChanging: (mac: MacAddress) => boolean;
}

/** Why a NIC has not got what it wants. */
export type NicFailureReason =
  | AllocateFailure
  | NamespaceFailure
  | "NoIPPool"
  | "PoolPaused"
  | "PoolNotReady"
  | "DuplicateMAC"
  | "ImpossibleMAC"
  /** The record has an address for it that is none of the pool's subnet. */
  | "AddressNotServed"
  /** Another pool of the network binds its address to another MAC. */
  | "AddressBoundTwice"
  /** Nothing stands against it; the pool's next commit brings it. */
  | "AwaitingCommit";

/** What became of a NIC. */
export interface NicOutcome {
  readonly nic: NetworkConfig;
  /** The address that a committed record binds to it. */
  readonly address: Ipv4Address | undefined;
  /** The pool with that record. */
  readonly pool?: PoolView;
  /**
   * The address that the status goes on to name, though no record has it: no pool has decided about
   * it, and the status may be all that is left of a lost record.
   */
  readonly toldStill?: Ipv4Address;
  /** The address that it gave back, and gets again where that is free. */
  readonly pending?: Ipv4Address;
  readonly failure?: {
    readonly reason: NicFailureReason;
    readonly message: string;
    /** The MAC that holds the address which this one requests. */
    readonly holder?: MacAddress;
  };
}

/** Failures of a NIC that say nothing about the address that it was told. */
const UNDECIDED: readonly NicFailureReason[] = [
  ...["NoIPPool", "PoolPaused", "PoolNotReady", "AwaitingCommit"] as const,
];

/**
 * Judges one NIC.
 *
 * @param id The NIC's object and its position there.
 * @param told The address that the object's status says it has.
 */
export function nicOutcomeOf(
  nic: NetworkConfig,
  id: { readonly owner: string; readonly namespace: string; readonly nicIndex: number },
  { view, told }: { readonly view: NetworkView; readonly told: Ipv4Address | undefined },
): NicOutcome {
  const impossible = impossibleMacOf(nic);
  if (impossible !== undefined) {
    const message = `${impossible}; give the network interface another MAC address`;
    return { nic, address: undefined, failure: { reason: "ImpossibleMAC", message } };
  }
  const mac = parseMacAddress(nic.macAddress)!;
  const owner = view.claims.owners.get(mac);
  if (owner !== undefined && (owner.owner !== id.owner || owner.nicIndex !== id.nicIndex)) {
    const whose = owner.owner === id.owner
      ? "another network interface of this VM"
      : `VirtualMachineNetworkConfig ${owner.owner}`;
    const message = `${nic.macAddress} on ${nic.networkName} belongs to ${whose}; give one of ` +
      "the two another MAC address";
    return { nic, address: undefined, failure: { reason: "DuplicateMAC", message } };
  }
  const wanted = nic.ipAddress === undefined ? undefined : parseIpv4Address(nic.ipAddress);
  const bound = bindingOf(mac, view.pools, [wanted, told]);
  const { address, pool } = mayHold(bound.pool, id.namespace, { told, view }) ? bound : UNBOUND;
  if (address !== undefined && address !== told && view.isChanging(mac)) {
    // It may be gone before it is told.
    const { reason, what, cure } = awaitingCommit(nic, pool);
    return { nic, address: undefined, failure: { reason, message: `${what}; ${cure}` } };
  }
  const rival = address === undefined ? undefined : rivalPoolOf(address, mac, view.pools);
  if (address !== undefined && address !== told && rival !== undefined) {
    const message = boundTwiceMessage(nic, { address, pool, rival }, view.claims);
    return { nic, address: undefined, failure: { reason: "AddressBoundTwice", message } };
  }
  if (address !== undefined && (wanted === undefined || wanted === address)) {
    return { nic, address, pool, ...notServed(nic, address, pool) };
  }
  const failure = failureOf(nic, { wanted, namespace: id.namespace, holder: pool }, view);
  if (address === undefined) {
    const isDecided = !UNDECIDED.includes(failure.reason);
    // A limit may have taken what a NIC was told too early.
    const mayComeBack = isDecided && failure.reason !== "NamespaceLimitReached";
    const home = mayComeBack && told !== undefined ? recovererOf(told, view.pools) : undefined;
    const { reason, what, cure, holder } = home === undefined ? failure : awaitingCommit(nic, home);
    // A commit that is awaited may bring it back; no other does while somebody else lives with it.
    const isGone = reason !== "AwaitingCommit" && (isDecided || isAnothers(told, mac, view));
    const toldStill = isGone ? undefined : told;
    return {
      nic,
      address,
      ...defined({ toldStill }),
      failure: { reason, message: `${what}; ${cure}`, ...defined({ holder }) },
    };
  }
  const { reason, what, cure, holder } = failure;
  const keeps = `it keeps ${formatIpv4Address(address)} until then`;
  const message = `${what}; ${keeps}; ${cure}`;
  return { nic, address, pool, failure: { reason, message, ...defined({ holder }) } };
}

/** Whether a pool binds an address to another MAC, which a NIC has. */
function isAnothers(
  address: Ipv4Address | undefined,
  mac: MacAddress,
  { pools, claims: { owners, held } }: NetworkView,
): boolean {
  return address !== undefined && pools.some(({ record }) => {
    const rival = record.bindings.get(address);
    return rival !== undefined && rival !== mac && (owners.has(rival) || held.has(rival));
  });
}

/**
 * Of a namespace that the pool refuses, a NIC holds what it was told, not what was another one's: the pool
 * takes that back. One that hands out no addresses leaves its bindings as they are.
 */
function mayHold(
  pool: PoolView | undefined,
  namespace: string,
  { told, view: { pools } }: {
    readonly told: Ipv4Address | undefined;
    readonly view: NetworkView;
  },
): boolean {
  const active = activePoolOf(pools);
  if (told !== undefined || pool !== active || active === undefined) return true;
  return !active.addresses.ok || active.paused ||
    !isNamespaceRefused(active.addresses.value.namespaces, namespace);
}

function notServed(
  { macAddress }: NetworkConfig,
  address: Ipv4Address,
  { key, addresses }: PoolView,
): Pick<NicOutcome, "failure"> {
  if (!addresses.ok || isClientAddress(addresses.value.settings, address)) return {};
  const message = `${formatIpv4Address(address)} of ${macAddress} is no address of a client of ` +
    `subnet ${formatCidr(addresses.value.settings.cidr)} in ippool ${key}; it is not answered; ` +
    "for another address, set spec.paused of this object to true and back to false";
  return { failure: { reason: "AddressNotServed", message } };
}

const UNBOUND = { address: undefined, pool: undefined };

/** The address that a record binds to a MAC; a preferred one, should there be several. */
function bindingOf(
  mac: MacAddress,
  pools: readonly PoolView[],
  preferred: readonly (Ipv4Address | undefined)[],
):
  | { readonly address: Ipv4Address; readonly pool: PoolView }
  | { readonly address: undefined; readonly pool: undefined } {
  const active = activePoolOf(pools);
  const ordered = active === undefined
    ? pools
    : [active, ...pools.filter((pool) => pool !== active)];
  for (const pool of ordered) {
    const { bindings, addresses } = pool.record;
    const address = preferred.find((each) => each !== undefined && bindings.get(each) === mac) ??
      addresses.get(mac);
    if (address !== undefined) return { address, pool };
  }
  return UNBOUND;
}

/** Why a NIC has not got what it wants. */
interface Failure extends Sentence {
  readonly reason: NicFailureReason;
  /** The MAC that holds the address which it requests. */
  readonly holder?: MacAddress | undefined;
}

function failureOf(
  nic: NetworkConfig,
  { wanted, namespace, holder }: {
    readonly wanted: Ipv4Address | undefined;
    readonly namespace: string;
    /** The pool that binds it. */
    readonly holder: PoolView | undefined;
  },
  { pools, claims }: NetworkView,
): Failure {
  const active = activePoolOf(pools);
  if (active === undefined) return noPoolFailureOf(nic, byAge(pools)[0]);
  if (active.paused) {
    const cure = "set spec.paused of the ippool to false";
    return { reason: "PoolPaused", what: disabledMessage(active), cure };
  }
  if (holder !== undefined && holder !== active) {
    return {
      reason: "PoolNotReady",
      what: `ippool ${holder.key}, which has the address of ${nic.macAddress}, hands out none now`,
      cure:
        `for one of ippool ${active.key}, set spec.paused of this object to true and back to false`,
    };
  }
  const vacancy = vacancyBeside(active, pools.filter((pool) => pool !== active));
  if (vacancy === undefined || !active.addresses.ok) {
    return {
      reason: "PoolNotReady",
      what: `ippool ${active.key} is not ready: its specification is invalid`,
      cure: "correct it; the conditions of the ippool name the fields",
    };
  }
  const { namespaces } = active.addresses.value;
  const held = holder === undefined ? countOf(active, namespace) : -Infinity;
  const shared = namespaceFailureOf(namespaces, namespace, held);
  if (shared !== undefined) {
    const subject = { nic, namespace, held, max: namespaces.maxAddressesPerNamespace };
    return { reason: shared, ...namespaceSentenceOf(shared, subject, active.key) };
  }
  const reason = wanted === undefined ? vacancy.fullReason : vacancy.check(wanted);
  if (reason === undefined) return awaitingCommit(nic, active);
  const { settings } = active.addresses.value;
  const taker = wanted === undefined ? undefined : holderIn(byAge(pools), wanted);
  const refusal = { pool: active.key, settings, wanted, holder: taker };
  return { reason, ...sentenceOf(reason, nic, refusal, claims), holder: taker?.mac };
}

/** Which network interface has an address by the records of a network. */
function holderIn(pools: readonly PoolView[], address: Ipv4Address): Holder | undefined {
  for (const { key, record } of pools) {
    const mac = record.bindings.get(address);
    if (mac !== undefined) return { mac, pool: key };
  }
  return undefined;
}

function awaitingCommit({ macAddress }: NetworkConfig, { key }: PoolView): Failure {
  return {
    reason: "AwaitingCommit",
    what: `${macAddress} waits for ippool ${key} to record its address`,
    cure: "if that lasts, look at the conditions of the ippool and at the controller's log",
  };
}

function noPoolFailureOf({ networkName }: NetworkConfig, leaving: PoolView | undefined): Failure {
  return leaving === undefined
    ? {
      reason: "NoIPPool",
      what: `no ippool serves VM network ${networkName}`,
      cure: "create one with this networkName if the network is to have addresses from here",
    }
    : {
      reason: "PoolNotReady",
      what: `ippool ${leaving.key} is not ready: it is being deleted`,
      cure: "create a new one when it is gone",
    };
}
