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
import { activePoolOf, type PoolView } from "../ippool/pool_view.ts";

/** A network as its NICs see it. */
export interface NetworkView {
  readonly pools: readonly PoolView[];
  /** At least the claims of all objects that have a MAC in common with the one being planned. */
  readonly claims: NetworkClaims;
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
  /** Nothing stands against it; the pool's next commit brings it. */
  | "AwaitingCommit";

/** What became of a NIC. */
export interface NicOutcome {
  readonly nic: NetworkConfig;
  /** The address that a committed record binds to it. */
  readonly address: Ipv4Address | undefined;
  /**
   * The address that the status goes on to name, though no record has it: no pool has decided about
   * it, and the status may be all that is left of a lost record.
   */
  readonly toldStill?: Ipv4Address;
  readonly failure?: { readonly reason: NicFailureReason; readonly message: string };
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
    return { nic, address: undefined, failure: { reason: "ImpossibleMAC", message: impossible } };
  }
  const mac = parseMacAddress(nic.macAddress)!;
  const owner = view.claims.owners.get(mac);
  if (owner !== undefined && (owner.owner !== id.owner || owner.nicIndex !== id.nicIndex)) {
    const whose = owner.owner === id.owner
      ? "another network interface of this VM"
      : `VirtualMachineNetworkConfig ${owner.owner}`;
    const message = `${nic.macAddress} on ${nic.networkName} belongs to ${whose}`;
    return { nic, address: undefined, failure: { reason: "DuplicateMAC", message } };
  }
  const wanted = nic.ipAddress === undefined ? undefined : parseIpv4Address(nic.ipAddress);
  const { address, pool } = mayHold(id.namespace, told, view.pools)
    ? bindingOf(mac, view.pools, [wanted, told])
    : UNBOUND;
  if (address !== undefined && (wanted === undefined || wanted === address)) {
    return { nic, address, ...notServed(nic, address, pool) };
  }
  const isBound = address !== undefined;
  const failure = failureOf(nic, { wanted, namespace: id.namespace, isBound }, view.pools);
  if (address === undefined) {
    const toldStill = UNDECIDED.includes(failure.reason) ? told : undefined;
    return { nic, address, ...defined({ toldStill }), failure };
  }
  const message = `${failure.message}; it keeps ${formatIpv4Address(address)} until then`;
  return { nic, address, failure: { ...failure, message } };
}

/** Of a namespace that the pool refuses, a NIC holds what it was told, not what was another one's. */
function mayHold(
  namespace: string,
  told: Ipv4Address | undefined,
  pools: readonly PoolView[],
): boolean {
  const active = activePoolOf(pools);
  return told !== undefined || active?.addresses.ok !== true || active.paused ||
    !isNamespaceRefused(active.addresses.value.namespaces, namespace);
}

function notServed(
  { macAddress }: NetworkConfig,
  address: Ipv4Address,
  { key, addresses }: PoolView,
): Pick<NicOutcome, "failure"> {
  if (!addresses.ok || isClientAddress(addresses.value.settings, address)) return {};
  const message = `${formatIpv4Address(address)} of ${macAddress} is no address of a client of ` +
    `subnet ${formatCidr(addresses.value.settings.cidr)} in ippool ${key}; it is not answered`;
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

function failureOf(
  nic: NetworkConfig,
  { wanted, namespace, isBound }: {
    readonly wanted: Ipv4Address | undefined;
    readonly namespace: string;
    readonly isBound: boolean;
  },
  pools: readonly PoolView[],
): { readonly reason: NicFailureReason; readonly message: string } {
  const active = activePoolOf(pools);
  if (active === undefined) {
    const leaving = pools[0];
    return leaving === undefined
      ? { reason: "NoIPPool", message: `no ippool serves VM network ${nic.networkName}` }
      : {
        reason: "PoolNotReady",
        message: `ippool ${leaving.key} is not ready: it is being deleted`,
      };
  }
  if (active.paused) return { reason: "PoolPaused", message: disabledMessage(active) };
  if (active.vacancy === undefined || !active.addresses.ok) {
    return {
      reason: "PoolNotReady",
      message: `ippool ${active.key} is not ready: its specification is invalid`,
    };
  }
  const { namespaces } = active.addresses.value;
  // Counts that are not committed yet hinder nobody: the pool's next commit brings them.
  const held = isBound ? -Infinity : active.usedByNamespace?.[namespace] ?? -Infinity;
  const refusal = namespaceFailureOf(namespaces, namespace, held);
  if (refusal !== undefined) {
    const subject = { nic, namespace, held, max: namespaces.maxAddressesPerNamespace };
    return { reason: refusal, message: namespaceSentenceOf(refusal, subject, active.key) };
  }
  const reason = wanted === undefined ? active.vacancy.fullReason : active.vacancy.check(wanted);
  if (reason === undefined) {
    return {
      reason: "AwaitingCommit",
      message: `${nic.macAddress} waits for ippool ${active.key} to record its address`,
    };
  }
  return { reason, message: `${sentenceOf(reason, nic)} in ippool ${active.key}` };
}

function namespaceSentenceOf(
  failure: NamespaceFailure,
  { nic: { macAddress }, namespace, held, max }: {
    readonly nic: NetworkConfig;
    readonly namespace: string;
    readonly held: number;
    readonly max: number | undefined;
  },
  pool: string,
): string {
  switch (failure) {
    case "NamespaceNotAllowed":
      return `${macAddress} gets no new address: spec.allowedNamespaces of ippool ${pool} does not ` +
        `list namespace ${namespace}; have it added, or use another VM network`;
    case "NamespaceLimitReached":
      return `${macAddress} waits: namespace ${namespace} holds ${held} of the ${max} addresses ` +
        `that spec.maxAddressesPerNamespace of ippool ${pool} allows it; take another VM of the ` +
        "namespace off the network, or have the limit raised";
    default:
      return failure satisfies never;
  }
}

function sentenceOf(reason: AllocateFailure, { macAddress, ipAddress }: NetworkConfig): string {
  switch (reason) {
    case "PoolExhausted":
      return `${macAddress} waits: all addresses are in use`;
    case "PoolRecordFull":
      return `${macAddress} waits: the record of addresses is full`;
    case "AddressTaken":
      return `${ipAddress} for ${macAddress} is held by another network interface`;
    case "AddressReserved":
      return `${ipAddress} for ${macAddress} is reserved for the server, the router or the subnet`;
    case "AddressExcluded":
      return `${ipAddress} for ${macAddress} is excluded`;
    case "OutOfRange":
      return `${ipAddress} for ${macAddress} is not between start and end`;
    default:
      return reason satisfies never;
  }
}
