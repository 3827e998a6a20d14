/**
 * Plans the record of a pool from what changed. The plan is the one that `planRecord` would make from
 * scratch, which stays the definition of it; what is rare is left to that.
 */

import { AddressAllocator } from "../../ipam/address_allocator.ts";
import type { AddressMemory } from "../../ipam/address_memory.ts";
import { formatIpv4Address, type Ipv4Address } from "../../net/ipv4_address.ts";
import type { MacAddress } from "../../net/mac_address.ts";
import { moveToWanted } from "./address_moves.ts";
import type { RecordDelta } from "./record/allocation_record.ts";
import { hostnameOf, hostnameRoomBytes } from "./record/hostname_record.ts";
import { isHalf, type RecordPlan, spell } from "./ippool_record.ts";
import { isNamespaceRefused, type NamespaceShares } from "./namespace_share.ts";
import { bindWaiting } from "./new_bindings.ts";
import type { MapChanges } from "./record/plain_map.ts";
import { changedTally, countsOf } from "./pool_counts.ts";
import type { PoolLedger } from "./pool_ledger.ts";
import type { PoolView } from "./pool_view.ts";
import { RecordEdit } from "./record/record_edit.ts";

/**
 * Plans the record from the claims that changed, those that wait and those that want to move.
 *
 * @param pool The ledger's.
 * @returns `undefined` when it has to be planned from scratch.
 */
export function planRecordChange(
  ledger: PoolLedger,
  pool: PoolView,
  memory: AddressMemory,
): RecordPlan | undefined {
  const { basis, addresses: { range, namespaces: rules } } = ledger;
  const { record, freeCount } = pool;
  const changed = ledger.changed.take();
  for (const mac of changed) ledger.look(mac);
  if (ledger.hasLost || !basis.namesAll) return undefined;
  const { taken, entryCount } = record;
  const allocator = new AddressAllocator({ range, taken, freeCount, entryCount, memory });
  const edit = new RecordEdit(record);
  edit.attach(allocator);
  const shares = basis.shares.fork();
  if (!releaseChanged(edit, ledger, { changed, shares })) return undefined;
  const { between, ...moved } = moveToWanted(edit, allocator, { claims: ledger.movers, rules });
  const waiting = bindWaiting(edit, { allocator, shares }, ledger.waiting);
  const refusals = [...moved.refusals, ...waiting];
  shares.dropAll(between);
  for (const mac of new Set([...changed, ...edit.changedMacs])) {
    const address = edit.addressOf(mac);
    if (address !== undefined) spell(edit, ledger.claims, { address, mac });
  }
  const delta = edit.delta();
  // A mark takes the place of a binding that stood where none should.
  if (basis.misplaced.some(({ address }) => delta.removed.has(address))) return undefined;
  const macs = new Set(edit.changedMacs);
  const hostnames = hostnameChanges(edit, ledger, { pool, delta, macs: [...changed, ...macs] });
  if (hostnames === undefined) return undefined;
  const freed = [...delta.removed];
  const tally = changedTally(range, basis.tally, { bound: delta.added.keys(), freed });
  return {
    delta,
    hostnames,
    macs,
    usedByNamespace: shares.byNamespace(),
    counts: countsOf(range, tally, allocator.availableCount),
    boundMacs: () => edit.macs(),
    refusals,
    misplaced: basis.misplaced,
    yielded: [],
    problems: [],
    moves: allocator.moves,
    isHalf: isHalf(delta, { refusals, between }),
    basis: { ...basis, tally, shares },
  };
}

/**
 * Takes back the addresses of MACs that nothing claims any more.
 *
 * @returns Whether that is all: not when an address passed to another namespace, which may not be
 * allowed to have it, nor when it is one beside the range, which may be asked for or not.
 */
function releaseChanged(
  edit: RecordEdit,
  { claims, addresses: { range, namespaces: rules } }: PoolLedger,
  { changed, shares }: {
    readonly changed: ReadonlySet<MacAddress>;
    readonly shares: NamespaceShares;
  },
): boolean {
  const left: Ipv4Address[] = [];
  for (const mac of changed) {
    const address = edit.addressOf(mac);
    if (address === undefined) continue;
    const owner = claims.owners.get(mac);
    const claim = owner ?? claims.held.get(mac);
    if (claim === undefined) {
      left.push(address);
      shares.drop(mac);
      continue;
    }
    if (!shares.counts(mac, claim.namespace)) return false;
    if (range.kindOf(address) === "outside") return false;
    if (owner === undefined || owner.told !== undefined) continue;
    if (isNamespaceRefused(rules, owner.namespace)) return false;
  }
  edit.removeAll(left);
  return true;
}

/** @returns `undefined` when there is no room for all of them. */
function hostnameChanges(
  edit: RecordEdit,
  { claims, addresses: { settings } }: PoolLedger,
  { pool, delta, macs }: {
    readonly pool: PoolView;
    readonly delta: RecordDelta;
    readonly macs: Iterable<MacAddress>;
  },
): MapChanges | undefined {
  const before = pool.hostnames;
  const source = { claims, before, fromVm: settings.hostnameFromVm };
  const after = new Map<string, string | undefined>();
  for (const address of delta.removed) after.set(formatIpv4Address(address), undefined);
  for (const mac of macs) {
    const address: Ipv4Address | undefined = edit.addressOf(mac);
    if (address === undefined) continue;
    after.set(formatIpv4Address(address), hostnameOf(address, mac, source));
  }
  const changes = new Map([...after].filter(([key, name]) => before.get(key) !== name));
  const charCount = before.charCountAfter(changes);
  return charCount > 0 && charCount > hostnameRoomBytes(edit.entryCount) ? undefined : changes;
}
