/** Plans the record of a pool from scratch: addresses that are given back, handed out and marked. */

import { AddressAllocator } from "../../ipam/address_allocator.ts";
import type { AddressMemory } from "../../ipam/address_memory.ts";
import type { AllocatorMoves } from "../../ipam/allocator_state.ts";
import type { Ipv4Address } from "../../net/ipv4_address.ts";
import type { MacAddress } from "../../net/mac_address.ts";
import { compareClaims, type NetworkClaims } from "../claims.ts";
import { type MovePlan, moveToWanted, type Refusal } from "./address_moves.ts";
import { type YieldedBinding, yieldedBindingsOf } from "./bound_twice.ts";
import type { RecordDelta } from "./record/allocation_record.ts";
import { planHostnames } from "./record/hostname_record.ts";
import {
  type NamespaceCounts,
  type NamespaceRules,
  NamespaceShares,
  passedBeyondRules,
} from "./namespace_share.ts";
import { bindWaiting } from "./new_bindings.ts";
import type { MapChanges, PlainMap } from "./record/plain_map.ts";
import { countsOf, type PoolCounts, type Tally, tallyOf } from "./pool_counts.ts";
import { type MisplacedBinding, misplacementOf, placeMarks, removeMarks } from "./pool_marks.ts";
import { activePoolOf, type PoolAddresses, type PoolChanges, type PoolView } from "./pool_view.ts";
import { RecordEdit } from "./record/record_edit.ts";
import { type LostClaims, lostClaimsOf, recoverTold } from "./told_addresses.ts";

/** What the record is planned from. */
export interface RecordWorld {
  readonly pool: PoolView;
  /** The other pools of the network. */
  readonly others: readonly PoolView[];
  readonly claims: NetworkClaims;
  /** Whether new addresses may be handed out. */
  readonly mayAllocate: boolean;
  /** Whether addresses that were told may be recorded again. */
  readonly mayRecover: boolean;
  readonly memory: AddressMemory;
  /** Whose addresses the last plan counted for which namespace; `undefined` after a start. */
  readonly shares: NamespaceShares | undefined;
  /** Addresses at which stands what cannot be read and goes now. */
  readonly outdated: readonly Ipv4Address[];
}

/** The planned record. */
export interface RecordPlan extends PoolChanges {
  /** MACs whose bindings change. */
  readonly macs: ReadonlySet<MacAddress>;
  /** `undefined` where the pool limits no namespace. */
  readonly usedByNamespace: NamespaceCounts | undefined;
  readonly counts: PoolCounts;
  /** MACs that still hold an address; each call goes through the record. */
  readonly boundMacs: () => Iterable<MacAddress>;
  readonly refusals: readonly Refusal[];
  readonly misplaced: readonly MisplacedBinding[];
  /** Bindings that went because another pool binds their addresses to other MACs. */
  readonly yielded: readonly YieldedBinding[];
  /** Sentences about what should stand in the record and does not. */
  readonly problems: readonly string[];
  /** `undefined` when nothing could be handed out. */
  readonly moves: AllocatorMoves | undefined;
  /** Whether the next plan may hand out what this one takes back. */
  readonly isHalf: boolean;
  /** What the next plan can start from, once this one is committed. */
  readonly basis: RecordBasis;
}

/** What follows from all bindings together. */
export interface RecordBasis {
  readonly tally: Tally;
  readonly shares: NamespaceShares;
  readonly misplaced: readonly MisplacedBinding[];
  /** Whether all clients are told their host names. */
  readonly namesAll: boolean;
}

/** Plans the record. A pool without a valid range only takes addresses back. */
export function planRecord(world: RecordWorld): RecordPlan {
  const { pool, claims } = world;
  const specified = pool.addresses.ok ? pool.addresses.value : undefined;
  const rules = specified?.namespaces ?? {};
  const edit = new RecordEdit(pool.record);
  const yielded = yieldedBindingsOf(world);
  releaseUnclaimed(edit, world, yielded);
  if (specified !== undefined) {
    removeMarks(edit, pool, specified);
    placeMarks(edit, specified);
  }
  const lost = lostClaimsOf(edit, claims, world);
  const allocator = allocatorOf(world, [
    ...edit.bindings().map(([address]) => address),
    ...lost.own.map(({ told }) => told),
  ]);
  if (allocator !== undefined) edit.attach(allocator);
  const { elsewhere, between, ...settled } = allocator === undefined
    ? { refusals: [], between: [], elsewhere: lost.others }
    : settle(edit, world, { allocator, rules, lost: lost.own });
  // Those who get something with the next commit count before others.
  const shares = NamespaceShares.of(rules, [...edit.macs(), ...between], claims);
  const waiting = waitingOf(edit, world, new Set([...elsewhere, ...between]));
  const refusals = [
    ...settled.refusals,
    ...(allocator && world.mayAllocate ? bindWaiting(edit, { allocator, shares }, waiting) : []),
  ];
  shares.dropAll(between);
  for (const [address, mac] of edit.bindings()) spell(edit, claims, { address, mac });
  // Once more, where a binding has left its place to a mark.
  if (specified !== undefined) placeMarks(edit, specified);
  const { hostnames, problem } = planHostnames({
    bindings: edit.bindings(),
    entryCount: edit.entryCount,
    claims,
    before: pool.hostnames,
    fromVm: specified?.settings.hostnameFromVm,
  });
  const misplaced = specified === undefined ? [] : misplacedOf(edit.bindings(), specified, claims);
  const tally = tallyOf(specified?.range, edit.bindings().map(([address]) => address));
  const delta = edit.delta();
  return {
    delta,
    hostnames: changesTo(pool.hostnames, hostnames),
    macs: new Set(edit.changedMacs),
    usedByNamespace: shares.byNamespace(),
    counts: countsOf(specified?.range, tally, allocator?.availableCount ?? 0),
    boundMacs: () => edit.macs(),
    refusals,
    misplaced,
    yielded: [...yielded.values()],
    problems: problem === undefined ? [] : [problem],
    moves: allocator?.moves,
    isHalf: isHalf(delta, { refusals, between }),
    basis: { tally, shares, misplaced, namesAll: problem === undefined },
  };
}

/** Lets the record have the MAC of a NIC as its object has it: the Go version compares texts. */
export function spell(
  edit: RecordEdit,
  { owners }: NetworkClaims,
  { address, mac }: { readonly address: Ipv4Address; readonly mac: MacAddress },
): void {
  const owner = owners.get(mac);
  if (owner !== undefined) edit.spell(address, mac, owner.macText);
}

/** Whether somebody may wait for what a plan takes back. */
export function isHalf(
  { removed }: RecordDelta,
  { refusals, between }: {
    readonly refusals: readonly Refusal[];
    readonly between: readonly MacAddress[];
  },
): boolean {
  return removed.size > 0 && refusals.length + between.length > 0;
}

/** What came of bindings that were there, or are told of. */
interface SettledBindings extends MovePlan {
  /** MACs that another pool of the network binds again. */
  readonly elsewhere: ReadonlySet<MacAddress>;
}

function settle(...args: Parameters<typeof settleBound>): SettledBindings {
  const [edit, world, { allocator }] = args;
  const { refusals, between } = settleBound(...args);
  const { own, others: elsewhere } = lostClaimsOf(edit, world.claims, world);
  const late = own.filter(({ told }) => allocator.isLeaving(told)).map(({ mac }) => mac);
  return { refusals, between: [...between, ...late], elsewhere };
}

/** Settles who keeps, gets back or moves to what, before anybody gets something new. */
function settleBound(
  edit: RecordEdit,
  world: RecordWorld,
  { allocator, rules, lost }: {
    readonly allocator: AddressAllocator;
    readonly rules: NamespaceRules;
    readonly lost: LostClaims["own"];
  },
): MovePlan {
  const { pool, claims, mayAllocate, mayRecover } = world;
  const recover = (told: LostClaims["own"]) => mayRecover && recoverTold(edit, allocator, told);
  // First, so that nobody else gets them.
  recover(lost);
  if (!mayAllocate) return { refusals: [], between: [] };
  const between = new Set<MacAddress>();
  const refused = new Set<MacAddress>();
  for (;;) {
    const holders = { claims, before: pool.usedByNamespace, shares: world.shares };
    for (const mac of passedBeyondRules(rules, edit.macs(), holders)) {
      edit.remove(edit.addressOf(mac)!);
      refused.add(mac);
    }
    const moved = moveToWanted(edit, allocator, { claims: claims.owners.values(), rules });
    for (const mac of moved.between) between.add(mac);
    // The address that was left may be the one that another NIC was told.
    const { own } = lostClaimsOf(edit, claims, world);
    if (!recover(own.filter(({ mac }) => !refused.has(mac)))) {
      return { refusals: moved.refusals, between: [...between] };
    }
  }
}

function releaseUnclaimed(
  edit: RecordEdit,
  { pool, others, claims, outdated }: RecordWorld,
  yielded: Pick<ReadonlySet<Ipv4Address>, "has">,
): void {
  const active = activePoolOf([pool, ...others]);
  const left: Ipv4Address[] = [];
  for (const [address, mac] of pool.record.bindings) {
    // While an older pool of the network holds an address for the MAC, this one need not.
    const isHeldByActive = active !== undefined && active !== pool &&
      active.record.addresses.has(mac);
    const kept = isHeldByActive ? undefined : keptAddressOf(mac, pool, { claims, yielded });
    if (kept === address) edit.keepOnly(mac, address);
    else left.push(address);
  }
  edit.removeAll([...left, ...outdated]);
}

/** The address that a MAC keeps; `undefined` when it is not claimed any more. */
function keptAddressOf(
  mac: MacAddress,
  { record }: PoolView,
  { claims: { owners, held }, yielded }: {
    readonly claims: NetworkClaims;
    readonly yielded: Pick<ReadonlySet<Ipv4Address>, "has">;
  },
): Ipv4Address | undefined {
  const claim = owners.get(mac) ?? held.get(mac);
  if (claim === undefined) return undefined;
  return [claim.wanted, claim.told, record.addresses.get(mac)].find((address) =>
    address !== undefined && record.bindings.get(address) === mac && !yielded.has(address)
  );
}

function misplacedOf(
  bindings: Iterable<readonly [Ipv4Address, MacAddress]>,
  addresses: PoolAddresses,
  { owners }: NetworkClaims,
): readonly MisplacedBinding[] {
  return [...bindings].flatMap(([address, mac]) => {
    const why = misplacementOf(addresses, address, owners.get(mac)?.wanted);
    return why === undefined ? [] : [{ address, mac, why }];
  });
}

/**
 * Starts from the record as it stands; `undefined` when the pool has no range.
 *
 * @param inUse Addresses that nobody may get soon after a start, and those below them.
 */
function allocatorOf(
  { pool, others, memory }: RecordWorld,
  inUse: Iterable<Ipv4Address>,
): AddressAllocator | undefined {
  if (!pool.addresses.ok) return undefined;
  const { range } = pool.addresses.value;
  const { record: { taken, entryCount }, freeCount } = pool;
  memory.start(highestOf(inUse));
  memory.keepOnly((address) => range.kindOf(address) === "allocatable" && !taken.has(address));
  const allocator = new AddressAllocator({ range, taken, freeCount, entryCount, memory });
  for (const { record } of others) for (const each of record.taken) allocator.hold(each);
  return allocator;
}

/** Where a start finds the addresses that were in use before it. */
function highestOf(addresses: Iterable<Ipv4Address>): Ipv4Address | undefined {
  let highest: Ipv4Address | undefined;
  for (const address of addresses) {
    if (highest === undefined || address > highest) highest = address;
  }
  return highest;
}

/** @param elsewhere MACs that another pool of the network binds, or the next plan. */
function waitingOf(
  edit: RecordEdit,
  { claims, others }: RecordWorld,
  elsewhere: ReadonlySet<MacAddress>,
) {
  return [...claims.owners.values()].filter(({ mac, allocatable }) =>
    allocatable && edit.addressOf(mac) === undefined && !elsewhere.has(mac) &&
    !others.some((other) => other.record.addresses.has(mac))
  ).sort(compareClaims);
}

function changesTo(before: PlainMap, after: ReadonlyMap<string, string>): MapChanges {
  const changes = new Map<string, string | undefined>();
  for (const key of Object.keys(before.all())) if (!after.has(key)) changes.set(key, undefined);
  for (const [key, value] of after) if (before.get(key) !== value) changes.set(key, value);
  return changes;
}
