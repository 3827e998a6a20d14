/** A pool with everything that is derived from it, once for each version. */

import { isJsonObject } from "../../base/json.ts";
import type { IPPool } from "../../api/ippool/ippool.ts";
import type { Ipv4Settings } from "../../api/ippool/ipv4_config.ts";
import {
  type FieldError,
  keyOf,
  type KubeObject,
  type Observed,
  type Parsed,
} from "../../api/meta.ts";
import { AddressAllocator, freeCountOf } from "../../ipam/address_allocator.ts";
import { AddressMemory } from "../../ipam/address_memory.ts";
import {
  type AddressRange,
  addressRangeOf,
  checkAddresses,
  checkServer,
} from "../../ipam/address_range.ts";
import { AllocationRecord, type RecordDelta, textChangesOf } from "./record/allocation_record.ts";
import { compareTexts } from "../claims.ts";
import {
  countIn,
  isNamespaceRefused,
  type NamespaceCounts,
  type NamespaceRules,
} from "./namespace_share.ts";
import { type MapChanges, PlainMap } from "./record/plain_map.ts";
import { networkOfPool, objectOf } from "../raw_fields.ts";

/** What can be handed out. */
export interface PoolAddresses {
  readonly settings: Ipv4Settings;
  readonly range: AddressRange;
  readonly namespaces: NamespaceRules;
  /** What the specification should not have, and what is served in spite of. */
  readonly faults: readonly FieldError[];
}

/** A pool as the planners see it. */
export interface PoolView {
  readonly key: string;
  readonly object: KubeObject;
  /** `namespace/name`; `undefined` when it cannot be read. */
  readonly network: string | undefined;
  readonly deleting: boolean;
  readonly paused: boolean;
  /** `status.ipv4.allocated` as it stands. */
  readonly allocated: PlainMap;
  readonly record: AllocationRecord;
  /** `status.ipv4.hostnames` as it stands; empty without it. */
  readonly hostnames: PlainMap;
  /** `status.ipv4.usedByNamespace` as it stands; `undefined` without it. */
  readonly usedByNamespace: NamespaceCounts | undefined;
  /** Whether those are counts of this record; not when somebody edited it, or none is committed yet. */
  readonly areCountsTrue: boolean;
  /** What the specification makes of it, or everything that is wrong with it. */
  readonly addresses: Parsed<PoolAddresses>;
  /** Addresses that can be handed out and stand nowhere in the record; 0 for an invalid pool. */
  readonly freeCount: number;
  /** Answers questions about free addresses; `undefined` for an invalid pool. Only to ask. */
  readonly vacancy: Pick<AddressAllocator, "check" | "fullReason"> | undefined;
}

/** What a plan changes in the maps of a pool. */
export interface PoolChanges {
  readonly delta: RecordDelta;
  readonly hostnames: MapChanges;
}

/** Derives the view of a pool. */
export function poolViewOf(ippool: Observed<IPPool>): PoolView {
  const { object } = ippool;
  const { allocated, hostnames } = textMapsOf(object);
  const record = new AllocationRecord(allocated);
  const addresses = addressesOf(ippool);
  const freeCount = addresses.ok ? freeCountOf(addresses.value.range, record.taken) : 0;
  return {
    key: keyOf(object),
    object,
    network: networkOfPool(ippool),
    deleting: object.metadata.deletionTimestamp !== undefined,
    paused: objectOf(object.spec).paused === true,
    allocated: new PlainMap(allocated),
    record,
    hostnames: new PlainMap(hostnames),
    ...countsOf(object, record),
    addresses,
    freeCount,
    vacancy: vacancyOf({ addresses, record, freeCount }),
  };
}

/**
 * The view of a pool after a write of its status, from the view that the write was planned from. Its
 * record is not read again: both views share it, and the earlier one is not to be used any more.
 *
 * @param object As written, with the metadata that the server answered.
 */
export function viewAfterWrite(
  view: PoolView,
  object: KubeObject,
  { delta, hostnames }: PoolChanges,
): PoolView {
  const { addresses, allocated } = view;
  allocated.apply(textChangesOf(delta));
  view.hostnames.apply(hostnames);
  const record = recordAfter(view, delta);
  const freeCount = addresses.ok ? freeCountAfter(view, addresses.value.range, delta) : 0;
  return {
    ...view,
    object,
    deleting: object.metadata.deletionTimestamp !== undefined,
    record,
    ...countsOf(object, record),
    freeCount,
    vacancy: vacancyOf({ addresses, record, freeCount }),
  };
}

function recordAfter({ record, allocated }: PoolView, delta: RecordDelta): AllocationRecord {
  // Which of its addresses a MAC is left with does not follow from the changes.
  if (record.hasDoubles || record.unreadableAt.size > 0) {
    return new AllocationRecord(allocated.all());
  }
  record.apply(delta);
  return record;
}

function freeCountAfter(
  { freeCount }: PoolView,
  range: AddressRange,
  { removed, added }: RecordDelta,
): number {
  return freeCount + freeCountOf(range, added.keys()) - freeCountOf(range, removed);
}

/**
 * Runs `use` while the maps of a status that was planned from the view have the planned changes: long
 * enough to make a text of it.
 */
export function withChanges<T>(
  { allocated, hostnames }: PoolView,
  changes: PoolChanges,
  use: () => T,
): T {
  return allocated.lend(textChangesOf(changes.delta), () => hostnames.lend(changes.hostnames, use));
}

/** The length of a pool's status in JSON, which is all but what the specification takes. */
export function recordBytesOf({ object, allocated, hostnames }: PoolView): number {
  const status = objectOf(object.status);
  const { allocated: _, hostnames: __, ...ipv4 } = objectOf(status.ipv4);
  return JSON.stringify({ ...status, ipv4 }).length + allocated.charCount + hostnames.charCount;
}

/**
 * Answers questions about free addresses of a pool; `undefined` for an invalid one. What other pools of
 * its network record, this one does not hand out.
 */
export function vacancyBeside(
  pool: PoolView,
  others: readonly PoolView[],
): PoolView["vacancy"] {
  if (others.length === 0) return pool.vacancy;
  const vacancy = vacancyOf(pool);
  for (const { record } of others) for (const each of record.taken) vacancy?.hold(each);
  return vacancy;
}

/** The count of a namespace. Counts that are not true hinder nobody: the pool's next commit brings them. */
export function countOf(
  { usedByNamespace, areCountsTrue }: PoolView,
  namespace: string,
): number {
  if (!areCountsTrue || usedByNamespace === undefined) return -Infinity;
  return countIn(usedByNamespace, namespace) ?? -Infinity;
}

/** Knows of no address that rests: for questions that this makes no difference to. */
function vacancyOf(
  { addresses, record, freeCount }: Pick<PoolView, "addresses" | "record" | "freeCount">,
): AddressAllocator | undefined {
  if (!addresses.ok) return undefined;
  return new AddressAllocator({
    range: addresses.value.range,
    taken: record.taken,
    freeCount,
    entryCount: record.entryCount,
    memory: new AddressMemory(0),
  });
}

/**
 * Of the pools of one network, the one that hands out addresses: the oldest that is not being
 * deleted. Two that do would hand out one address twice where their ranges overlap.
 */
export function activePoolOf(pools: readonly PoolView[]): PoolView | undefined {
  const first = byAge(pools)[0];
  return first?.deleting === false ? first : undefined;
}

/** Whether the one that hands out addresses has none for a namespace. */
export function refusalOf(pools: readonly PoolView[]): (namespace: string) => boolean {
  const addresses = activePoolOf(pools)?.addresses;
  const rules = addresses?.ok === true ? addresses.value.namespaces : {};
  return (namespace) => isNamespaceRefused(rules, namespace);
}

/** The pools of one network: those that are not being deleted first, then the oldest first. */
export function byAge(pools: readonly PoolView[]): readonly PoolView[] {
  return pools.toSorted((a, b) => Number(a.deleting) - Number(b.deleting) || comparePools(a, b));
}

function comparePools(a: PoolView, b: PoolView): number {
  const createdA = a.object.metadata.creationTimestamp ?? "";
  const createdB = b.object.metadata.creationTimestamp ?? "";
  return compareTexts(createdA, createdB) || compareTexts(a.key, b.key);
}

function addressesOf({ parsed }: Observed<IPPool>): Parsed<PoolAddresses> {
  if (!parsed.ok) return parsed;
  const { ipv4Config: settings, unreadable, unreadableLimits } = parsed.value.spec;
  if (unreadableLimits.length > 0) return { ok: false, errors: unreadableLimits };
  const range = addressRangeOf(settings);
  if (!range.ok) return range;
  const errors = checkServer(settings);
  if (errors.length > 0) return { ok: false, errors };
  const faults = [...unreadable, ...settings.impossible, ...checkAddresses(settings)];
  const namespaces = parsed.value.spec;
  return { ok: true, value: { settings, range: range.value, namespaces, faults } };
}

/** The maps of the record, as far as they are what they should be: objects of texts. */
function textMapsOf({ status }: KubeObject): {
  readonly allocated: Readonly<Record<string, string>> | undefined;
  readonly hostnames: Readonly<Record<string, string>> | undefined;
} {
  const { allocated, hostnames } = objectOf(objectOf(status).ipv4);
  return { allocated: textMapOf(allocated), hostnames: textMapOf(hostnames) };
}

function countsOf(
  object: KubeObject,
  { bindings }: AllocationRecord,
): Pick<PoolView, "usedByNamespace" | "areCountsTrue"> {
  const usedByNamespace = usedByNamespaceOf(object);
  const sum = Object.values(usedByNamespace ?? {}).reduce((all, each) => all + each, 0);
  return { usedByNamespace, areCountsTrue: sum === bindings.size };
}

function usedByNamespaceOf({ status }: KubeObject): NamespaceCounts | undefined {
  const counts = objectOf(objectOf(status).ipv4).usedByNamespace;
  if (!isJsonObject(counts)) return undefined;
  return Object.values(counts).every((count) => typeof count === "number")
    ? counts as NamespaceCounts
    : undefined;
}

function textMapOf(value: unknown): Readonly<Record<string, string>> | undefined {
  if (value === undefined) return undefined;
  const map = objectOf(value);
  return Object.values(map).every((text) => typeof text === "string")
    ? map as Record<string, string>
    : undefined;
}
