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
import { AddressAllocator } from "../../ipam/address_allocator.ts";
import {
  type AddressRange,
  addressRangeOf,
  checkAddresses,
  checkServer,
} from "../../ipam/address_range.ts";
import { type AllocationRecord, readAllocationRecord } from "./allocation_record.ts";
import { compareTexts } from "../claims.ts";
import type { HostnameRecord } from "./hostname_record.ts";
import {
  isNamespaceRefused,
  type NamespaceCounts,
  type NamespaceRules,
} from "./namespace_share.ts";
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
  readonly allocated: Readonly<Record<string, string>> | undefined;
  readonly record: AllocationRecord;
  /** `status.ipv4.hostnames` as it stands; empty without it. */
  readonly hostnames: HostnameRecord;
  /** `status.ipv4.usedByNamespace` as it stands; `undefined` without it. */
  readonly usedByNamespace: NamespaceCounts | undefined;
  /** What the specification makes of it, or everything that is wrong with it. */
  readonly addresses: Parsed<PoolAddresses>;
  /** Answers questions about free addresses; `undefined` for an invalid pool. Only to ask. */
  readonly vacancy: Pick<AddressAllocator, "check" | "fullReason"> | undefined;
}

/** Derives the view of a pool. */
export function poolViewOf(ippool: Observed<IPPool>): PoolView {
  const { object } = ippool;
  const { allocated, hostnames } = textMapsOf(object);
  const record = readAllocationRecord(allocated);
  const addresses = addressesOf(ippool);
  return {
    key: keyOf(object),
    object,
    network: networkOfPool(ippool),
    deleting: object.metadata.deletionTimestamp !== undefined,
    paused: objectOf(object.spec).paused === true,
    allocated,
    record,
    hostnames: hostnames ?? {},
    usedByNamespace: countsOf(object),
    addresses,
    vacancy: addresses.ok
      ? new AddressAllocator({
        range: addresses.value.range,
        taken: record.taken,
        entryCount: record.entryCount,
        after: undefined,
      })
      : undefined,
  };
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
  const settings = parsed.value.spec.ipv4Config;
  const range = addressRangeOf(settings);
  if (!range.ok) return range;
  const errors = checkServer(settings);
  if (errors.length > 0) return { ok: false, errors };
  const faults = [...settings.impossible, ...checkAddresses(settings)];
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

function countsOf({ status }: KubeObject): NamespaceCounts | undefined {
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
