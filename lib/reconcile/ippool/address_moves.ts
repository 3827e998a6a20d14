/** Moves NICs that hold an address to the one that they came to want. */

import {
  type AddressAllocator,
  type AllocateFailure,
  BINDINGS_MAX,
} from "../../ipam/address_allocator.ts";
import type { Ipv4Address } from "../../net/ipv4_address.ts";
import { type Claim, compareClaims } from "../claims.ts";
import type { RecordEdit } from "./record/record_edit.ts";
import {
  type NamespaceFailure,
  namespaceFailureOf,
  type NamespaceRules,
} from "./namespace_share.ts";

/** A claim that did not get what it wants. */
export interface Refusal {
  readonly claim: Claim;
  readonly reason: AllocateFailure | NamespaceFailure;
}

/**
 * Moves claims to the address that they came to want, all at once, so that two can swap. A claim
 * that cannot move keeps the address that it has.
 *
 * @param claims Claims that may have come to want another address; others of them are passed over.
 */
export function moveToWanted(
  edit: RecordEdit,
  allocator: AddressAllocator,
  { claims, rules }: { readonly claims: Iterable<Claim>; readonly rules: NamespaceRules },
): readonly Refusal[] {
  const refusals: Refusal[] = [];
  let movers = [...claims].filter(({ mac, wanted }) => {
    const address = edit.addressOf(mac);
    return wanted !== undefined && address !== undefined && address !== wanted;
  }).sort(compareClaims);
  if (edit.entryCount >= BINDINGS_MAX) {
    return movers.map((claim) => ({ claim, reason: "PoolRecordFull" }));
  }
  movers = movers.filter((claim) => {
    // Who moves holds no more than before: no limit is asked about.
    const reason = namespaceFailureOf(rules, claim.namespace, -Infinity);
    if (reason !== undefined) refusals.push({ claim, reason });
    return reason === undefined;
  });
  for (;;) {
    const refused = refusalsOf(movers, edit, allocator);
    if (refused.length === 0) break;
    refusals.push(...refused);
    const staying = new Set(refused.map(({ claim }) => claim));
    movers = movers.filter((claim) => !staying.has(claim));
  }
  for (const { mac } of movers) {
    edit.remove(edit.addressOf(mac)!);
  }
  for (const { mac, wanted } of movers) {
    const result = allocator.allocateWanted(wanted!);
    if (result.ok) edit.bind(result.address, mac);
  }
  return refusals;
}

/** The movers that cannot move even if all others do. */
function refusalsOf(
  movers: readonly Claim[],
  edit: RecordEdit,
  allocator: AddressAllocator,
): readonly Refusal[] {
  const freed = new Set(movers.map(({ mac }) => edit.addressOf(mac)));
  const targets = new Set<Ipv4Address>();
  const refusals: Refusal[] = [];
  for (const claim of movers) {
    const wanted = claim.wanted!;
    const reason = targets.has(wanted) ? "AddressTaken" : reasonToStay(wanted, freed, allocator);
    targets.add(wanted);
    if (reason !== undefined) refusals.push({ claim, reason });
  }
  return refusals;
}

function reasonToStay(
  wanted: Ipv4Address,
  freed: ReadonlySet<Ipv4Address | undefined>,
  allocator: AddressAllocator,
): AllocateFailure | undefined {
  const reason = allocator.check(wanted);
  return reason === "AddressTaken" && freed.has(wanted) ? undefined : reason;
}
