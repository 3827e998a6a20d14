/** Hands out addresses to claims that have none. */

import type { AddressAllocator } from "../../ipam/address_allocator.ts";
import type { Claim } from "../claims.ts";
import type { Refusal } from "./address_moves.ts";
import type { NamespaceShares } from "./namespace_share.ts";
import type { RecordEdit } from "./record/record_edit.ts";

/**
 * Binds claims as far as there are addresses for them.
 *
 * @param waiting Claims that have none, the first owner first.
 */
export function bindWaiting(
  edit: RecordEdit,
  { allocator, shares }: {
    readonly allocator: AddressAllocator;
    readonly shares: NamespaceShares;
  },
  waiting: readonly Claim[],
): readonly Refusal[] {
  const refusals: Refusal[] = [];
  // Wanted addresses first, so that no claim that accepts any address gets them.
  for (const isWanted of [true, false]) {
    for (const claim of waiting) {
      if ((claim.wanted !== undefined) !== isWanted) continue;
      const reason = shares.check(claim.namespace);
      if (reason !== undefined) {
        refusals.push({ claim, reason });
        continue;
      }
      const result = claim.wanted === undefined
        ? allocator.allocate(claim.mac, claim.former)
        : allocator.allocateWanted(claim.wanted);
      if (result.ok) {
        edit.bind(result.address, claim.mac);
        shares.take(claim.mac, claim.namespace);
      } else {
        refusals.push({ claim, reason: result.reason });
      }
    }
  }
  return refusals;
}
