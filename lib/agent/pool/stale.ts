/** Serving a pool as it was, because nobody says what it is. */

import { formatInstant } from "../../base/rfc3339.ts";
import type { LeaseTable } from "../../dhcpv4/lease.ts";

/** A pool that is served from a snapshot. Milliseconds since the epoch. */
export interface Stale {
  /** When it was read from the API server. */
  readonly takenMs: number;
  /** Since when it is served. */
  readonly sinceMs: number;
}

/** The table of a snapshot. Bindings may have changed since, so nobody is refused because of it. */
export function outdated(table: LeaseTable): LeaseTable {
  return { ...table, parameters: { ...table.parameters, mayBeOutdated: true } };
}

/** Says that a pool is served from a snapshot. */
export function describeStale(
  poolKey: string,
  { takenMs, sinceMs }: Stale,
  nowMs = sinceMs,
): string {
  return `ippool ${poolKey} is served as it was at ${formatInstant(takenMs)}, ` +
    `${formatAge(nowMs - takenMs)} ago, from the snapshot: since this agent started, ` +
    "the API server has given no version that can be served";
}

const UNITS = [["d", 86_400_000], ["h", 3_600_000], ["min", 60_000], ["s", 1000]] as const;

/** In the largest unit of which there are at least two. */
function formatAge(ms: number): string {
  const [unit, unitMs] = UNITS.find(([, each]) => ms >= 2 * each) ?? UNITS[3];
  return `${Math.max(0, Math.floor(ms / unitMs))} ${unit}`;
}
