/**
 * Brings back bindings that the record lost. What a VirtualMachineNetworkConfig says that a NIC was told
 * is the second witness: the VM lives with that address, whatever became of the record.
 */

import type { AddressAllocator } from "../../ipam/address_allocator.ts";
import type { Ipv4Address } from "../../net/ipv4_address.ts";
import { type Claim, compareClaims, type NetworkClaims } from "../claims.ts";
import type { RecordEdit } from "./allocation_record.ts";
import type { PoolView } from "./pool_view.ts";

/** A claim whose NIC was told an address. */
type ToldClaim = Claim & { readonly told: Ipv4Address };

/**
 * The claims that were told an address and that no record of the network binds, the first owner
 * first. Objects that cannot be read are among them: their VMs live, too.
 */
export function lostClaimsOf(
  edit: Pick<RecordEdit, "addresses">,
  { owners, held }: NetworkClaims,
  others: readonly PoolView[],
): readonly ToldClaim[] {
  const isBound = ({ mac }: Claim) =>
    edit.addresses.has(mac) || others.some(({ record }) => record.addresses.has(mac));
  return [...owners.values(), ...held.values()]
    .filter((claim): claim is ToldClaim => claim.told !== undefined && !isBound(claim))
    .sort(compareClaims);
}

/**
 * Binds each claim to the address that it was told, if it is free and the pool's to hand out. When
 * two were told the same one, the first owner gets it.
 */
export function recoverTold(
  edit: RecordEdit,
  allocator: AddressAllocator,
  lost: readonly ToldClaim[],
): void {
  for (const { mac, told, allocatable } of lost) {
    // A NIC of an object that may have two of one MAC was bound by the first of them.
    if (edit.addresses.has(mac) || allocator.check(told) !== undefined) continue;
    if (!allocatable) {
      // Nothing is bound before the object has its finalizer; until then nobody else gets it.
      allocator.hold(told);
      continue;
    }
    allocator.allocateWanted(told);
    edit.bind(told, mac);
  }
}
