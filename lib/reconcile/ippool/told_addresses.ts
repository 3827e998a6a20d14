/**
 * Brings back bindings that the record lost. What a VirtualMachineNetworkConfig says that a NIC was told
 * is the second witness: the VM lives with that address, whatever became of the record.
 */

import type { AddressAllocator } from "../../ipam/address_allocator.ts";
import type { Ipv4Address } from "../../net/ipv4_address.ts";
import type { MacAddress } from "../../net/mac_address.ts";
import { type Claim, compareClaims, type NetworkClaims } from "../claims.ts";
import { byAge, type PoolView, vacancyBeside } from "./pool_view.ts";
import type { RecordEdit } from "./record/record_edit.ts";

/** A claim whose NIC was told an address. */
type ToldClaim = Claim & { readonly told: Ipv4Address };

/** Claims that no record of the network binds although they were told an address. */
export interface LostClaims {
  /** Those that this pool may bind again, the first owner first. */
  readonly own: readonly ToldClaim[];
  /** MACs of those that another pool of the network binds again. */
  readonly others: ReadonlySet<MacAddress>;
}

/**
 * Finds the claims that the records lost. Objects that cannot be read are among them: their VMs
 * live, too.
 */
export function lostClaimsOf(
  edit: RecordEdit,
  claims: NetworkClaims,
  { pool, others }: { readonly pool: PoolView; readonly others: readonly PoolView[] },
): LostClaims {
  const isBound = ({ mac }: Claim) =>
    edit.addressOf(mac) !== undefined || others.some(({ record }) => record.addresses.has(mac));
  const lost = [...claims.owners.values(), ...claims.held.values()]
    .filter((claim): claim is ToldClaim => claim.told !== undefined && !isBound(claim));
  if (lost.length === 0) return { own: [], others: new Set() };
  const pools = [pool, ...others];
  const own: ToldClaim[] = [];
  const theirs = new Set<MacAddress>();
  for (const claim of lost) {
    const isFree = !edit.isTaken(claim.told) &&
      others.every((each) => isFreeIn(each, claim.told, claims));
    const home = isFree ? homeOf(claim.told, pools, claim.wanted) : undefined;
    if (home === pool) own.push(claim);
    else if (home !== undefined) theirs.add(claim.mac);
  }
  return { own: own.sort(compareClaims), others: theirs };
}

/**
 * Of the pools of a network, the one that may bind an address again that was told.
 *
 * @param wanted What is asked for may lie beside the range.
 */
function homeOf(
  told: Ipv4Address,
  pools: readonly PoolView[],
  wanted?: Ipv4Address,
): PoolView | undefined {
  const ordered = byAge(pools);
  const home = ordered.find((each) => isOf(each, told));
  if (home !== undefined || told !== wanted) return home;
  return ordered.find(({ addresses }) =>
    addresses.ok && addresses.value.range.askedKindOf(told) === "allocatable"
  );
}

/** The pool that gives a NIC back what it was told, which nobody else holds; its next commit does. */
export function recovererOf(told: Ipv4Address, pools: readonly PoolView[]): PoolView | undefined {
  const home = homeOf(told, pools);
  if (home === undefined) return undefined;
  const vacancy = vacancyBeside(home, pools.filter((pool) => pool !== home));
  return vacancy?.check(told) === undefined ? home : undefined;
}

/** Whether the address is the pool's to hand out. */
function isOf({ addresses }: PoolView, address: Ipv4Address): boolean {
  return addresses.ok && addresses.value.range.kindOf(address) === "allocatable";
}

/** Whether nobody lives with the address, as far as the record of another pool says. */
function isFreeIn(
  { record }: PoolView,
  address: Ipv4Address,
  { owners, held }: NetworkClaims,
): boolean {
  const holder = record.bindings.get(address);
  if (holder === undefined) return !record.taken.has(address);
  return !owners.has(holder) && !held.has(holder);
}

/**
 * Binds each claim to the address that it was told, if it is free and the pool's to hand out. When
 * two were told the same one, the first owner gets it.
 *
 * @returns Whether any was bound.
 */
export function recoverTold(
  edit: RecordEdit,
  allocator: AddressAllocator,
  lost: readonly ToldClaim[],
): boolean {
  let isAnyBound = false;
  for (const { mac, told, allocatable } of lost) {
    // A NIC of an object that may have two of one MAC was bound by the first of them.
    if (edit.addressOf(mac) !== undefined || allocator.check(told) !== undefined) continue;
    if (!allocatable) {
      // Nothing is bound before the object has its finalizer; until then nobody else gets it.
      allocator.hold(told);
      continue;
    }
    allocator.allocateWanted(told);
    edit.bind(told, mac);
    isAnyBound = true;
  }
  return isAnyBound;
}
