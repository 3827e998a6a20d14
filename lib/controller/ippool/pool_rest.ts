/** How long a pool writes nothing after a write: what comes meanwhile is planned together. */

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
