/** The claims to addresses of a network: one for each NIC. */

import { isJsonEqual } from "../base/json.ts";
import { keyOf, type Observed } from "../api/meta.ts";
import { networkNameOf } from "../api/network_name.ts";
import { impossibleMacOf } from "../api/vmnetcfg/parse_vmnetcfg.ts";
import type {
  NetworkConfig,
  NetworkConfigState,
  VirtualMachineNetworkConfig,
} from "../api/vmnetcfg/vmnetcfg.ts";
import { type Ipv4Address, parseIpv4Address } from "../net/ipv4_address.ts";
import { type MacAddress, parseMacAddress } from "../net/mac_address.ts";
import { VMNETCFG_FINALIZER } from "./names.ts";
import { type NicName, specNicsOf, statusNicsOf, toldNicsOf } from "./raw_fields.ts";

/** A NIC that wants an address. */
export interface Claim {
  /** Key of the VirtualMachineNetworkConfig. */
  readonly owner: string;
  readonly namespace: string;
  /** Position of the NIC in it. */
  readonly nicIndex: number;
  readonly mac: MacAddress;
  /** The MAC as its object has it, where that is not the normal form. */
  readonly macText: string | undefined;
  /** The one address that it accepts. */
  readonly wanted: Ipv4Address | undefined;
  /** The address that its status says it holds. */
  readonly told: Ipv4Address | undefined;
  /** The address that it gave back, as its status says: it gets that one again where it is free. */
  readonly former: Ipv4Address | undefined;
  readonly vmName: string;
  /** The host name that the NIC has of its own. */
  readonly hostname: string | undefined;
  /** Whether the object will not go without giving its address back: it has our finalizer. */
  readonly allocatable: boolean;
  readonly createdAt: string;
}

/** Claims by MAC. */
export type ClaimsByMac = Pick<ReadonlyMap<MacAddress, Claim>, "get" | "has" | "keys" | "values">;

/** The claims on one network. */
export interface NetworkClaims {
  /** Of all claims with one MAC, the one that is served. */
  readonly owners: ClaimsByMac;
  /** By MAC, NICs of objects that cannot be read: they keep what they hold and get nothing new. */
  readonly held: ClaimsByMac;
}

/**
 * Collects the claims on a network. Objects that are paused or being deleted claim nothing, and
 * neither do NICs whose MAC no network interface can have.
 *
 * When several NICs have one MAC, the first owner keeps it: the one that was told an address, then
 * the oldest object, then the one whose name comes first. Those of a namespace that gets no address come
 * last, or else they would keep others from theirs.
 *
 * @param isRefused Whether the network's pool refuses a namespace.
 */
export function claimsOn(
  network: string,
  vmnetcfgs: readonly Observed<VirtualMachineNetworkConfig>[],
  isRefused: (namespace: string) => boolean,
): NetworkClaims {
  const owners = new Map<MacAddress, Claim>();
  const held = new Map<MacAddress, Claim>();
  const compare = compareOwners(isRefused);
  for (const vmnetcfg of vmnetcfgs) {
    const { kind, claims } = claimsOf(network, vmnetcfg);
    const byMac = { owners, held }[kind];
    for (const claim of claims) {
      const first = byMac.get(claim.mac);
      if (first === undefined || compare(claim, first) < 0) byMac.set(claim.mac, claim);
    }
  }
  return { owners, held };
}

/** What one object claims on a network, and which of the {@link NetworkClaims} that is about. */
export function claimsOf(
  network: string,
  vmnetcfg: Observed<VirtualMachineNetworkConfig>,
): { readonly kind: keyof NetworkClaims; readonly claims: readonly Claim[] } {
  const { object, parsed } = vmnetcfg;
  if (object.metadata.deletionTimestamp !== undefined) return { kind: "owners", claims: [] };
  return parsed.ok
    ? { kind: "owners", claims: claimsOfObject(network, parsed.value) }
    : { kind: "held", claims: heldNicsOf(network, vmnetcfg) };
}

/** Which of several claims with one MAC comes first. */
export function compareOwners(
  isRefused: (namespace: string) => boolean,
): (a: Claim, b: Claim) => number {
  const isLast = ({ told, namespace }: Claim) => told === undefined && isRefused(namespace);
  return (a, b) => Number(isLast(a)) - Number(isLast(b)) || compareClaims(a, b);
}

/** Negative when `a` comes before `b`. */
export function compareClaims(a: Claim, b: Claim): number {
  return Number(b.told !== undefined) - Number(a.told !== undefined) ||
    compareTexts(a.createdAt, b.createdAt) || compareTexts(a.owner, b.owner) ||
    a.nicIndex - b.nicIndex;
}

function claimsOfObject(network: string, vmnetcfg: VirtualMachineNetworkConfig): Claim[] {
  if (vmnetcfg.spec.paused === true) return [];
  const { metadata } = vmnetcfg;
  return vmnetcfg.spec.networkConfigs.flatMap((nic, nicIndex) =>
    nic.networkName !== network || impossibleMacOf(nic) !== undefined ? [] : [{
      owner: keyOf(vmnetcfg),
      namespace: metadata.namespace ?? "",
      nicIndex,
      mac: parseMacAddress(nic.macAddress)!,
      macText: nic.macText,
      wanted: nic.ipAddress === undefined ? undefined : parseIpv4Address(nic.ipAddress),
      told: toldAddressOf(vmnetcfg, nic),
      former: formerAddressOf(vmnetcfg, nic),
      vmName: vmnetcfg.spec.vmName,
      hostname: nic.hostname,
      allocatable: metadata.finalizers?.includes(VMNETCFG_FINALIZER) ?? false,
      createdAt: metadata.creationTimestamp ?? "",
    }]
  );
}

/** Stands for whatever claims a MAC of which nothing else is known. */
export function unknownClaimOf(mac: MacAddress): Claim {
  return {
    owner: "",
    namespace: "",
    nicIndex: 0,
    mac,
    macText: undefined,
    wanted: undefined,
    told: undefined,
    former: undefined,
    vmName: "",
    hostname: undefined,
    allocatable: false,
    createdAt: "",
  };
}

function heldNicsOf(
  network: string,
  vmnetcfg: Observed<VirtualMachineNetworkConfig>,
): readonly Claim[] {
  const { metadata } = vmnetcfg.object;
  const told = new Map(toldNicsOf(vmnetcfg).map((nic) => [nicNameOf(nic), nic.told]));
  return [...specNicsOf(vmnetcfg), ...statusNicsOf(vmnetcfg)].flatMap((nic, nicIndex) =>
    nic.network !== network ? [] : [{
      ...unknownClaimOf(nic.mac),
      owner: keyOf(vmnetcfg.object),
      namespace: metadata.namespace ?? "",
      nicIndex,
      told: told.get(nicNameOf(nic)),
      allocatable: metadata.finalizers?.includes(VMNETCFG_FINALIZER) ?? false,
      createdAt: metadata.creationTimestamp ?? "",
    }]
  );
}

function nicNameOf({ network, mac }: NicName): string {
  return `${network} ${mac}`;
}

/** The address that the status says a NIC has. */
export function toldAddressOf(
  vmnetcfg: VirtualMachineNetworkConfig,
  nic: NetworkConfig,
): Ipv4Address | undefined {
  return namedAddressOf(vmnetcfg, nic, "Allocated");
}

/** The address that the status names for a NIC which gave it back. */
export function formerAddressOf(
  vmnetcfg: VirtualMachineNetworkConfig,
  nic: NetworkConfig,
): Ipv4Address | undefined {
  return namedAddressOf(vmnetcfg, nic, "Pending");
}

function namedAddressOf(
  { metadata, status }: VirtualMachineNetworkConfig,
  nic: NetworkConfig,
  wanted: NetworkConfigState,
): Ipv4Address | undefined {
  const named = status?.networkConfigs?.find(({ macAddress, networkName, state }) =>
    state === wanted &&
    networkNameOf(networkName ?? "", metadata.namespace ?? "") === nic.networkName &&
    parseMacAddress(macAddress ?? "") === parseMacAddress(nic.macAddress)
  );
  return parseIpv4Address(named?.allocatedIPAddress ?? "");
}

/** Compares by code units, which no locale changes. */
export function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/**
 * Whether a change of an object leaves what it claims as it was: only its status changed, and goes on to
 * name the addresses that it named. When it does not, another object with the MAC may come first.
 */
export function isSameClaim(
  before: Pick<Observed<unknown>, "object"> | undefined,
  after: Pick<Observed<unknown>, "object"> | undefined,
): boolean {
  if (before === undefined || after === undefined) return false;
  const [was, is] = [before.object, after.object];
  return was.metadata.uid === is.metadata.uid &&
    was.metadata.deletionTimestamp === is.metadata.deletionTimestamp &&
    isJsonEqual(was.metadata.finalizers, is.metadata.finalizers) &&
    isJsonEqual(was.spec, is.spec) && isStillTold(before, after);
}

function isStillTold(
  before: Pick<Observed<unknown>, "object">,
  after: Pick<Observed<unknown>, "object">,
): boolean {
  const were = toldNicsOf(before);
  if (were.length === 0) return true;
  const are = new Set(toldNicsOf(after).map((nic) => `${nicNameOf(nic)} ${nic.told}`));
  return were.every((nic) => are.has(`${nicNameOf(nic)} ${nic.told}`));
}
