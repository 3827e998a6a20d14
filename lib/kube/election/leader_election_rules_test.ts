import { deepEqual, equal, match } from "node:assert/strict";
import {
  decideElectionStep,
  findTimingProblem,
  releasedRecord,
  seeLease,
  type SeenLease,
} from "./leader_election_rules.ts";
import type { LeaseRecord } from "./lease_record.ts";

const TIMINGS = { leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2000 };
const NOW = "2026-01-01T00:00:00.000000Z";
const OLD = "2020-01-01T00:00:00.000000Z";
const FUTURE = "2030-01-01T00:00:00.000000Z";

function recordOf(more: Partial<LeaseRecord> = {}): LeaseRecord {
  return {
    holderIdentity: "b",
    leaseDurationSeconds: 15,
    acquireTime: OLD,
    renewTime: OLD,
    leaseTransitions: 3,
    ...more,
  };
}

function decide(seen: SeenLease | undefined, nowMs: number) {
  return decideElectionStep(seen, { identity: "a", timings: TIMINGS, nowMs, nowText: NOW });
}

for (
  const [name, timings, problem] of [
    ["the defaults", TIMINGS, undefined],
    ["a deadline as long as the lease", { ...TIMINGS, renewDeadlineMs: 15_000 }, /shorter than/],
    ["a deadline without a second try", { ...TIMINGS, renewDeadlineMs: 2400 }, /1\.2 times/],
    ["the shortest deadline", { ...TIMINGS, renewDeadlineMs: 2401 }, undefined],
    ["no retry period", { ...TIMINGS, retryMs: 0 }, /longer than 0/],
    ["a lease of no second", { leaseMs: 999, renewDeadlineMs: 500, retryMs: 100 }, /1s or longer/],
  ] as const
) {
  Deno.test(`findTimingProblem() of ${name}: ${problem ?? "none"}`, () => {
    const found = findTimingProblem(timings);
    if (problem === undefined) equal(found, undefined);
    else match(found ?? "", problem);
  });
}

Deno.test("decideElectionStep() creates a lease where there is none", () => {
  deepEqual(decide(undefined, 0), {
    do: "create",
    record: recordOf({
      holderIdentity: "a",
      acquireTime: NOW,
      renewTime: NOW,
      leaseTransitions: 0,
    }),
  });
});

Deno.test("decideElectionStep() renews its own lease without counting a change of the holder", () => {
  deepEqual(decide({ record: recordOf({ holderIdentity: "a" }), sinceMs: 0 }, 99_000), {
    do: "replace",
    record: recordOf({ holderIdentity: "a", renewTime: NOW }),
  });
});

for (const renewTime of [OLD, FUTURE]) {
  Deno.test(`decideElectionStep() goes by when it saw the lease, not by its renewTime ${renewTime}`, () => {
    const seen = { record: recordOf({ renewTime }), sinceMs: 1000 };
    deepEqual(decide(seen, 15_999), { do: "wait", forMs: 1 });
    const taken = recordOf({ holderIdentity: "a", acquireTime: NOW, renewTime: NOW });
    deepEqual(decide(seen, 16_000), { do: "replace", record: { ...taken, leaseTransitions: 4 } });
  });
}

Deno.test("decideElectionStep() waits as long as the holder's record says, or its own flag", () => {
  const longer = { record: recordOf({ leaseDurationSeconds: 60 }), sinceMs: 0 };
  deepEqual(decide(longer, 0), { do: "wait", forMs: 60_000 });
  const silent = { record: recordOf({ leaseDurationSeconds: 0 }), sinceMs: 0 };
  deepEqual(decide(silent, 0), { do: "wait", forMs: 15_000 });
});

Deno.test("decideElectionStep() takes a released lease at once", () => {
  const record = releasedRecord(recordOf(), NOW);
  deepEqual([record.holderIdentity, record.leaseDurationSeconds], ["", 1]);
  const step = decide({ record, sinceMs: 5 }, 5);
  equal(step.do, "replace");
  equal(step.do === "replace" && step.record.leaseTransitions, 4);
});

Deno.test("seeLease() keeps the time of the first sight until the record changes", () => {
  const first = seeLease(undefined, recordOf(), 100);
  equal(seeLease(first, recordOf(), 200), first);
  deepEqual(seeLease(first, recordOf({ renewTime: NOW }), 300).sinceMs, 300);
});
