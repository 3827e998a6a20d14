/** The counts of `status.ipv4`, derived from the record and never incremented. */

import { defined } from "../../base/json.ts";
import type { AddressRange } from "../../ipam/address_range.ts";
import type { Ipv4Address } from "../../net/ipv4_address.ts";
import type { MacAddress } from "../../net/mac_address.ts";

/**
 * The counts, of which always `total = used + available + excluded + reserved`. Without a range only
 * the two are known that the Go version has.
 */
export interface PoolCounts {
  /** Addresses that VMs hold, wherever they lie. */
  readonly used: number;
  /** Addresses that can still be handed out. */
  readonly available: number;
  /** The range, and addresses outside of it that VMs hold. */
  readonly total?: number;
  /** Exclusions of the range that no VM holds. */
  readonly excluded?: number;
  /** What else of the range is held back, for whatever reason. */
  readonly reserved?: number;
  /** Of `used`, those outside of the range; absent when there are none. */
  readonly outOfRange?: number;
}

/** The counts that a pool without a valid range does not have. */
export const COUNTS_OF_RANGE: readonly string[] = ["total", "excluded", "reserved", "outOfRange"];

/**
 * Counts the addresses of a pool.
 *
 * @param range `undefined` when the specification makes none.
 */
export function countsOf(
  range: AddressRange | undefined,
  { bindings, available }: {
    readonly bindings: ReadonlyMap<Ipv4Address, MacAddress>;
    readonly available: number;
  },
): PoolCounts {
  const used = bindings.size;
  if (range === undefined) return { used, available };
  let outOfRange = 0;
  for (const address of bindings.keys()) {
    if (address < range.start || address > range.end) outOfRange++;
  }
  const heldExcluded = [...range.excluded].filter((address) => bindings.has(address)).length;
  const excluded = range.excluded.size - heldExcluded;
  const total = range.end - range.start + 1 + outOfRange;
  return {
    used,
    available,
    total,
    excluded,
    reserved: total - used - available - excluded,
    ...defined({ outOfRange: outOfRange || undefined }),
  };
}
