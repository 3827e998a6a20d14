/**
 * Moves NICs that hold an address to the one that they came to want. No address passes from one NIC to
 * another in one commit: agents of the Go version would not serve the second.
 *
 * So where each of n NICs wants what the next one has, and the last one a free address, there are n commits,
 * from the last to the first. Two would do, one in which all give back what they have. But then all were
 * without an address between the two, and for as long as the second cannot be written; so each has one in
 * every commit. Only in a circle there is no other way.
 */

import {
  type AddressAllocator,
  type AllocateFailure,
  BINDINGS_MAX,
} from "../../ipam/address_allocator.ts";
import type { Ipv4Address } from "../../net/ipv4_address.ts";
import type { MacAddress } from "../../net/mac_address.ts";
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

/** What came of moves. */
export interface MovePlan {
  readonly refusals: readonly Refusal[];
  /** MACs that gave their addresses back, so that they get what they want after the next commit. */
  readonly between: readonly MacAddress[];
}

/**
 * Moves claims to the address that they came to want. A claim that cannot move keeps the address that
 * it has, and so does one whose address to be is left only now. Those that wait for each other, as two
 * that swap, give back what they have.
 *
 * @param claims Claims that may have come to want another address; others of them are passed over.
 */
export function moveToWanted(
  edit: RecordEdit,
  allocator: AddressAllocator,
  { claims, rules }: { readonly claims: Iterable<Claim>; readonly rules: NamespaceRules },
): MovePlan {
  const refusals: Refusal[] = [];
  let movers = [...claims].filter(({ mac, wanted }) => {
    const address = edit.addressOf(mac);
    return wanted !== undefined && address !== undefined && address !== wanted;
  }).sort(compareClaims);
  if (edit.entryCount >= BINDINGS_MAX) {
    const reason = "PoolRecordFull";
    return { refusals: movers.map((claim) => ({ claim, reason })), between: [] };
  }
  movers = movers.filter((claim) => {
    // Who moves holds no more than before: no limit is asked about.
    const reason = namespaceFailureOf(rules, claim.namespace, -Infinity);
    if (reason !== undefined) refusals.push({ claim, reason });
    return reason === undefined;
  });
  const refused = refusalsOf(movers, edit, allocator);
  refusals.push(...refused);
  const staying = new Set(refused.map(({ claim }) => claim));
  movers = movers.filter((claim) => !staying.has(claim));
  const blocked = moveAll(edit, allocator, movers);
  const swapping = swappingOf(edit, blocked);
  for (const { mac } of swapping) edit.remove(edit.addressOf(mac)!);
  // What a record does not say yet may pass at once.
  const late = moveAll(edit, allocator, [...swapping]);
  const waiting = blocked.filter((claim) => !swapping.has(claim));
  refusals.push(...waiting.map((claim): Refusal => ({ claim, reason: "AddressTaken" })));
  return { refusals, between: late.map(({ mac }) => mac) };
}

/** Moves those whose address to be is free, one after the other. @returns The others. */
function moveAll(
  edit: RecordEdit,
  allocator: AddressAllocator,
  movers: readonly Claim[],
): readonly Claim[] {
  let left = movers;
  for (;;) {
    const blocked = left.filter(({ mac, wanted }) => {
      if (allocator.check(wanted!) !== undefined) return true;
      const address = edit.addressOf(mac);
      if (address !== undefined) edit.remove(address);
      allocator.allocateWanted(wanted!);
      edit.bind(wanted!, mac);
      return false;
    });
    if (blocked.length === left.length) return blocked;
    left = blocked;
  }
}

/** Those of which each wants what the next one has, and the last one what the first one has. */
function swappingOf(edit: RecordEdit, blocked: readonly Claim[]): ReadonlySet<Claim> {
  const byMac = new Map(blocked.map((claim) => [claim.mac, claim]));
  const swapping = new Set<Claim>();
  const seen = new Set<Claim>();
  for (const start of blocked) {
    const way: Claim[] = [];
    let claim: Claim | undefined = start;
    while (claim !== undefined && !seen.has(claim)) {
      seen.add(claim);
      way.push(claim);
      claim = byMac.get(edit.macAt(claim.wanted!)!);
    }
    // No two want the same, so a way that comes back comes back to its beginning.
    if (claim === start) { for (const each of way) swapping.add(each); }
  }
  return new Set(blocked.filter((claim) => swapping.has(claim)));
}

/** The movers that cannot move even if all others do, and those that want what one of them keeps. */
function refusalsOf(
  movers: readonly Claim[],
  edit: RecordEdit,
  allocator: AddressAllocator,
): readonly Refusal[] {
  const freed = new Set(movers.map(({ mac }) => edit.addressOf(mac)));
  const byTarget = new Map<Ipv4Address, Claim>();
  const refused = new Map<Claim, Refusal["reason"]>();
  for (const claim of movers) {
    const wanted = claim.wanted!;
    const isFirst = !byTarget.has(wanted);
    const reason = isFirst ? reasonToStay(wanted, freed, allocator) : "AddressTaken";
    if (isFirst) byTarget.set(wanted, claim);
    if (reason !== undefined) refused.set(claim, reason);
  }
  // Those that are added on the way have their turn, too.
  for (const { mac } of refused.keys()) {
    const next = byTarget.get(edit.addressOf(mac)!);
    if (next !== undefined && !refused.has(next)) refused.set(next, "AddressTaken");
  }
  return [...refused].map(([claim, reason]) => ({ claim, reason }));
}

function reasonToStay(
  wanted: Ipv4Address,
  freed: ReadonlySet<Ipv4Address | undefined>,
  allocator: AddressAllocator,
): AllocateFailure | undefined {
  const reason = allocator.check(wanted);
  return reason === "AddressTaken" && freed.has(wanted) ? undefined : reason;
}
