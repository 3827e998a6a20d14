/** What an agent that has a table says of its pool. */

import type { IPPool } from "../../api/ippool/ippool.ts";
import type { FieldError } from "../../api/meta.ts";
import { joinSome } from "../../base/sentences.ts";
import type { AgentStatus } from "../../reconcile/agent_status.ts";
import { describeStale, type Stale } from "./stale.ts";

/** How a pool is served. */
export function servingStatus(poolKey: string, { pool: { spec }, paused, stale }: {
  readonly pool: IPPool;
  readonly paused: boolean;
  readonly stale: Stale | undefined;
}): AgentStatus {
  if (paused) {
    const message = `ippool ${poolKey} is paused; no client is answered`;
    return { ready: true, reason: "Paused", message };
  }
  if (stale !== undefined) {
    return { ready: true, reason: "Stale", message: describeStale(poolKey, stale) };
  }
  const leftOut = [...spec.unreadable, ...spec.unreadableLimits];
  const without = leftOut.length === 0
    ? ""
    : ` without what cannot be used (${describeFaults(leftOut)})`;
  return { ready: true, reason: "Serving", message: `ippool ${poolKey} is served${without}` };
}

/** What is wrong with a pool, in a line. */
export function describeFaults(faults: readonly FieldError[]): string {
  return joinSome(faults.map(({ field, message }) => `${field}: ${message}`), "; ");
}
