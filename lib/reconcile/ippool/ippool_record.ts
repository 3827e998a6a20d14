/** Plans the record of a pool: addresses that are given back, handed out and marked. */

import { EXCLUDED_MARK, RESERVED_MARK } from "../../api/ippool/ippool.ts";
import type { Ipv4Settings } from "../../api/ippool/ipv4_config.ts";
import { AddressAllocator } from "../../ipam/address_allocator.ts";
import type { Ipv4Address } from "../../net/ipv4_address.ts";
import type { MacAddress } from "../../net/mac_address.ts";
import { compareClaims, type NetworkClaims } from "../claims.ts";
import { moveToWanted, type Refusal } from "./address_moves.ts";
import { type Mark, RecordEdit } from "./allocation_record.ts";
import { type HostnameRecord, planHostnames } from "./hostname_record.ts";
import { type NamespaceCounts, NamespaceShares, passedBeyondRules } from "./namespace_share.ts";
import { type MisplacedBinding, misplacementOf } from "./misplaced_bindings.ts";
import { countsOf, type PoolCounts } from "./pool_counts.ts";
import { activePoolOf, type PoolAddresses, type PoolView } from "./pool_view.ts";
import { lostClaimsOf, recoverTold } from "./told_addresses.ts";

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
  /** The address handed out last; `undefined` when that is not known. */
  readonly allocateAfter: Ipv4Address | undefined;
}

/** The planned record. */
export interface RecordPlan {
  /** The same object as before when nothing changes. */
  readonly allocated: Readonly<Record<string, string>> | undefined;
  /** `undefined` when no client gets one. */
  readonly hostnames: HostnameRecord | undefined;
  /** `undefined` where the pool limits no namespace. */
  readonly usedByNamespace: NamespaceCounts | undefined;
  readonly counts: PoolCounts;
  /** MACs that still hold an address. */
  readonly boundMacs: readonly MacAddress[];
  readonly refusals: readonly Refusal[];
  readonly misplaced: readonly MisplacedBinding[];
  /** Sentences about what should stand in the record and does not. */
  readonly problems: readonly string[];
  readonly allocateAfter: Ipv4Address | undefined;
}

/** Plans the record. A pool without a valid range only takes addresses back. */
export function planRecord(world: RecordWorld): RecordPlan {
  const { pool, others, claims } = world;
  const edit = new RecordEdit(pool.allocated, pool.record);
  releaseUnclaimed(edit, world);
  if (pool.addresses.ok) planMarks(edit, pool, pool.addresses.value);
  const refusals: Refusal[] = [];
  const lost = lostClaimsOf(edit, claims, world);
  const allocator = pool.addresses.ok
    ? new AddressAllocator({
      range: pool.addresses.value.range,
      taken: [...edit.taken, ...others.flatMap((other) => [...other.record.taken])],
      entryCount: edit.entryCount,
      after: world.allocateAfter ??
        highestOf([...edit.bindings.keys(), ...lost.own.map(({ told }) => told)]),
    })
    : undefined;
  // First, so that nobody else gets them.
  if (allocator !== undefined && world.mayRecover) recoverTold(edit, allocator, lost.own);
  const rules = pool.addresses.ok ? pool.addresses.value.namespaces : {};
  if (allocator !== undefined && world.mayAllocate) {
    const holders = { claims, before: pool.usedByNamespace };
    for (const mac of passedBeyondRules(rules, edit.addresses.keys(), holders)) {
      const address = edit.addresses.get(mac)!;
      edit.remove(address);
      allocator.release(address);
    }
  }
  const shares = new NamespaceShares(rules, edit.addresses.keys(), claims);
  if (allocator !== undefined && world.mayAllocate) {
    refusals.push(
      ...moveToWanted(edit, allocator, { claims, rules }),
      ...allocateNew(edit, allocator, { world, shares, elsewhere: lost.others }),
    );
  }
  const { hostnames, problem } = planHostnames({
    bindings: edit.bindings,
    entryCount: edit.entryCount,
    claims,
    before: pool.hostnames,
    fromVm: pool.addresses.ok ? pool.addresses.value.settings.hostnameFromVm : undefined,
  });
  return {
    allocated: edit.result(),
    hostnames,
    usedByNamespace: shares.counts(),
    counts: countsOf(
      pool.addresses.ok ? pool.addresses.value.range : undefined,
      { bindings: edit.bindings, available: allocator?.availableCount ?? 0 },
    ),
    boundMacs: [...edit.addresses.keys()],
    refusals,
    misplaced: pool.addresses.ok ? misplacedOf(edit.bindings, pool.addresses.value) : [],
    problems: problem === undefined ? [] : [problem],
    allocateAfter: allocator?.after ?? world.allocateAfter,
  };
}

function releaseUnclaimed(edit: RecordEdit, { pool, others, claims }: RecordWorld): void {
  const active = activePoolOf([pool, ...others]);
  for (const [address, mac] of pool.record.bindings) {
    // While an older pool of the network holds an address for the MAC, this one need not.
    const isHeldByActive = active !== undefined && active !== pool &&
      active.record.addresses.has(mac);
    const kept = isHeldByActive ? undefined : keptAddressOf(mac, pool, claims);
    if (kept === address) edit.keepOnly(mac, address);
    else edit.remove(address);
  }
}

/** The address that a MAC keeps; `undefined` when it is not claimed any more. */
function keptAddressOf(
  mac: MacAddress,
  { record }: PoolView,
  { owners, held }: NetworkClaims,
): Ipv4Address | undefined {
  const claim = owners.get(mac) ?? held.get(mac);
  if (claim === undefined) return undefined;
  return [claim.wanted, claim.told].find((address) =>
    address !== undefined && record.bindings.get(address) === mac
  ) ?? record.addresses.get(mac);
}

/** Brings the marks up to date. A binding keeps its address; until it goes, there is no mark. */
function planMarks(
  edit: RecordEdit,
  { record }: PoolView,
  { settings, range }: PoolAddresses,
): void {
  const wanted = marksOf(settings, range);
  for (const [address, mark] of record.marks) {
    if (wanted.get(address) !== mark) edit.remove(address);
  }
  for (const [address, mark] of wanted) {
    if (!edit.taken.has(address)) edit.mark(address, mark);
  }
}

function misplacedOf(
  bindings: ReadonlyMap<Ipv4Address, MacAddress>,
  addresses: PoolAddresses,
): readonly MisplacedBinding[] {
  return [...bindings].flatMap(([address, mac]) => {
    const why = misplacementOf(addresses, address);
    return why === undefined ? [] : [{ address, mac, why }];
  });
}

function marksOf(
  { exclude, serverIp, router }: Ipv4Settings,
  range: PoolAddresses["range"],
): ReadonlyMap<Ipv4Address, Mark> {
  const marks = new Map<Ipv4Address, Mark>();
  for (const address of exclude) marks.set(address, EXCLUDED_MARK);
  for (const address of [serverIp, router]) {
    if (address !== undefined && range.kindOf(address) === "reserved") {
      marks.set(address, RESERVED_MARK);
    }
  }
  return marks;
}

function allocateNew(
  edit: RecordEdit,
  allocator: AddressAllocator,
  { world: { claims, others }, shares, elsewhere }: {
    readonly world: RecordWorld;
    readonly shares: NamespaceShares;
    /** MACs that another pool of the network binds. */
    readonly elsewhere: ReadonlySet<MacAddress>;
  },
): readonly Refusal[] {
  const waiting = [...claims.owners.values()].filter(({ mac, allocatable }) =>
    allocatable && !edit.addresses.has(mac) && !elsewhere.has(mac) &&
    !others.some((other) => other.record.addresses.has(mac))
  ).sort(compareClaims);
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
        ? allocator.allocate()
        : allocator.allocateWanted(claim.wanted);
      if (result.ok) {
        edit.bind(result.address, claim.mac);
        shares.take(claim.namespace);
      } else {
        refusals.push({ claim, reason: result.reason });
      }
    }
  }
  return refusals;
}

/**
 * Where to go on when it is not known which address was handed out last: after the highest one in
 * use, so that a restart does not hand out first what was given back last.
 */
function highestOf(addresses: Iterable<Ipv4Address>): Ipv4Address | undefined {
  let highest: Ipv4Address | undefined;
  for (const address of addresses) {
    if (highest === undefined || address > highest) highest = address;
  }
  return highest;
}
