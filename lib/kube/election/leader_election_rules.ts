/**
 * The rules of an election over a Lease, after client-go's leaderelection: pure functions of what
 * was seen and when. Times are local and count from some moment of this process; those within the
 * record are texts for people and are never compared, since another host's clock may be off.
 */

import { isSameRecord, type LeaseRecord } from "./lease_record.ts";

/** How long a lease lasts and how it is kept. */
export interface ElectionTimings {
  /** When the lease has not changed for this long, others may take it. */
  readonly leaseMs: number;
  /** When it could not be renewed for this long, the leader stops writing and gives up. */
  readonly renewDeadlineMs: number;
  /** Between two attempts to get or to renew the lease. */
  readonly retryMs: number;
}

/** The most that chance adds to the time between two attempts, as a fraction of it. */
export const RETRY_JITTER = 0.2;

/** Says what is wrong with the timings; `undefined` when a leader can keep its lease with them. */
export function findTimingProblem(
  { leaseMs, renewDeadlineMs, retryMs }: ElectionTimings,
): string | undefined {
  if (retryMs <= 0) return "the retry period must be longer than 0";
  if (leaseMs < 1000) return "the lease duration must be 1s or longer";
  if (renewDeadlineMs >= leaseMs) {
    return "the renew deadline must be shorter than the lease duration, so that a leader that " +
      "cannot renew stops before another one starts";
  }
  if (renewDeadlineMs <= retryMs * (1 + RETRY_JITTER)) {
    return "the renew deadline must be longer than 1.2 times the retry period, so that there is a " +
      "second attempt before it";
  }
  return undefined;
}

/** A record and since when it has been there, as seen from here. */
export interface SeenLease {
  readonly record: LeaseRecord;
  readonly sinceMs: number;
}

/** Keeps the time of the first sight for as long as the record does not change. */
export function seeLease(
  before: SeenLease | undefined,
  record: LeaseRecord,
  nowMs: number,
): SeenLease {
  return before !== undefined && isSameRecord(before.record, record)
    ? before
    : { record, sinceMs: nowMs };
}

/** The candidate, and the moment. */
export interface ElectionMoment {
  readonly identity: string;
  readonly timings: ElectionTimings;
  /** Local time. */
  readonly nowMs: number;
  /** The time to write into the record. */
  readonly nowText: string;
}

/** What to do about the lease. */
export type ElectionStep =
  /** There is none: create it. */
  | { readonly do: "create"; readonly record: LeaseRecord }
  /** Free or ours: write it. */
  | { readonly do: "replace"; readonly record: LeaseRecord }
  /** Another candidate has it for so many milliseconds from now, unless it changes. */
  | { readonly do: "wait"; readonly forMs: number };

/** Decides on what was seen of the lease; `undefined` when there is none. */
export function decideElectionStep(
  seen: SeenLease | undefined,
  { identity, timings, nowMs, nowText }: ElectionMoment,
): ElectionStep {
  const fresh: LeaseRecord = {
    holderIdentity: identity,
    leaseDurationSeconds: Math.ceil(timings.leaseMs / 1000),
    acquireTime: nowText,
    renewTime: nowText,
    leaseTransitions: 0,
  };
  if (seen === undefined) return { do: "create", record: fresh };
  const { holderIdentity, acquireTime, leaseTransitions } = seen.record;
  if (holderIdentity === identity) {
    return { do: "replace", record: { ...fresh, acquireTime, leaseTransitions } };
  }
  const forMs = freeAtMs(seen, timings) - nowMs;
  if (holderIdentity !== "" && forMs > 0) return { do: "wait", forMs };
  return { do: "replace", record: { ...fresh, leaseTransitions: leaseTransitions + 1 } };
}

/** What a leader leaves behind: no holder, and a short lease for those that look at that only. */
export function releasedRecord(record: LeaseRecord, nowText: string): LeaseRecord {
  return {
    holderIdentity: "",
    leaseDurationSeconds: 1,
    acquireTime: nowText,
    renewTime: nowText,
    leaseTransitions: record.leaseTransitions,
  };
}

/** The holder's own word on how long its lease lasts comes first: its flags may differ from ours. */
function freeAtMs({ record, sinceMs }: SeenLease, { leaseMs }: ElectionTimings): number {
  const { leaseDurationSeconds: seconds } = record;
  return sinceMs + (seconds > 0 ? seconds * 1000 : leaseMs);
}
