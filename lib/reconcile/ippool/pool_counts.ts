/** The counts of `status.ipv4`, derived from the record and never incremented. */

import { defined } from "../../base/json.ts";
import type { AddressRange } from "../../ipam/address_range.ts";
import type { Ipv4Address } from "../../net/ipv4_address.ts";

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

/** What the counts are made of besides the range. */
export interface Tally {
  readonly used: number;
  readonly outOfRange: number;
  /** Exclusions of the range that VMs hold. */
  readonly heldExcluded: number;
}

/** Goes through all bindings of a record. */
export function tallyOf(
  range: AddressRange | undefined,
  addresses: Iterable<Ipv4Address>,
): Tally {
  return changedTally(range, { used: 0, outOfRange: 0, heldExcluded: 0 }, {
    bound: addresses,
    freed: [],
  });
}

/** What a tally becomes when bindings come and go. */
export function changedTally(
  range: AddressRange | undefined,
  before: Tally,
  { bound, freed }: {
    readonly bound: Iterable<Ipv4Address>;
    readonly freed: Iterable<Ipv4Address>;
  },
): Tally {
  let { used, outOfRange, heldExcluded } = before;
  const count = (addresses: Iterable<Ipv4Address>, sign: 1 | -1) => {
    for (const address of addresses) {
      used += sign;
      if (range === undefined) continue;
      if (address < range.start || address > range.end) outOfRange += sign;
      if (range.excluded.has(address)) heldExcluded += sign;
    }
  };
  count(freed, -1);
  count(bound, 1);
  return { used, outOfRange, heldExcluded };
}

/**
 * Counts the addresses of a pool.
 *
 * @param range `undefined` when the specification makes none.
 */
export function countsOf(
  range: AddressRange | undefined,
  { used, outOfRange, heldExcluded }: Tally,
  available: number,
): PoolCounts {
  if (range === undefined) return { used, available };
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
