/** How long a pool writes nothing after a write: what comes meanwhile is planned together. */

import type { IPPoolPlan } from "../../reconcile/ippool/ippool.ts";

/**
 * Each write of a record is stored, kept as a version and sent to all that watch it, as a whole. So a
 * pool writes no more than this over time.
 */
const BYTES_PER_MS_MAX = 1000;
/** A server that takes long has much else to do: a pool writes during a quarter of the time at most. */
const RESTS_PER_WRITE = 3;
const REST_MS_MAX = 2000;

/**
 * The rest after a write; milliseconds.
 *
 * @param bytes Length of the status.
 * @param writeMs How long the API server took for it.
 */
export function restMsAfter(bytes: number, writeMs: number): number {
  return Math.min(REST_MS_MAX, Math.max(bytes / BYTES_PER_MS_MAX, RESTS_PER_WRITE * writeMs));
}

/**
 * Time between the commit that takes an address back and the one that hands it out to somebody else: an
 * agent of the Go version that has missed the first does not serve the second.
 */
const PASS_ON_MS = 200;

/** When to plan again after a plan was carried out, though nothing changes; milliseconds. */
export function againMsAfter({ record, waitMs }: IPPoolPlan): number | undefined {
  return record.isHalf ? PASS_ON_MS : waitMs;
}
