import { deepEqual, equal, match, ok } from "node:assert/strict";
import { Candidate, type CandidateOptions } from "../../../tests/support/kube/candidate.ts";
import { FakeClock } from "../../../tests/support/clocks/fake_clock.ts";
import { LeaseApi } from "../../../tests/support/kube/lease_api.ts";

const HOUR_MS = 3_600_000;

function setUp() {
  const clock = new FakeClock();
  const api = new LeaseApi(clock);
  const start = (identity: string, more: Omit<CandidateOptions, "identity"> = {}) =>
    new Candidate(api, clock, { identity, ...more });
  return { clock, api, start };
}

Deno.test("LeaderElector leads when there is no lease, renews it, and says so", async () => {
  const { clock, api, start } = setUp();
  const a = start("a");
  await clock.advance(100);
  ok(a.elector.mayWrite());
  equal(a.status, 1);
  deepEqual(a.events.map(({ reason, note, type }) => [reason, note, type]), [
    ["LeaderElection", "a became leader", "Normal"],
  ]);
  await clock.advance(60_000);
  ok(a.elector.mayWrite());
  deepEqual([api.record?.holderIdentity, api.record?.leaseTransitions], ["a", 0]);
  deepEqual(api.requests.filter((request) => request !== "replace"), ["get", "create"]);
  equal(api.written.length, 28, "one every 2.2 s");
});

Deno.test("LeaderElector stands by while another one renews, and leads 3 s after that one stops", async () => {
  const { clock, api, start } = setUp();
  const a = start("a");
  await clock.advance(100);
  const b = start("b");
  await clock.advance(120_000);
  ok(a.elector.mayWrite() && !b.elector.mayWrite());
  equal(b.elector.holder, "a");
  a.stop();
  await clock.advance(10);
  equal(a.outcome, "stopped");
  ok(!a.elector.mayWrite());
  deepEqual([api.record?.holderIdentity, api.record?.leaseDurationSeconds], ["", 1]);
  await clock.advance(2900);
  ok(b.elector.mayWrite());
  equal(api.record?.leaseTransitions, 1);
  deepEqual(a.events.map(({ note }) => note), ["a became leader", "a stopped leading"]);
});

Deno.test("LeaderElector leads after a freeze between its first claim and the answer", async () => {
  const { clock, api, start } = setUp();
  const a = start("a");
  await clock.advance(2);
  deepEqual(api.requests, ["get", "create"]);
  a.freeze(13_000);
  await clock.advance(30_000);
  equal(api.record?.holderIdentity, "a");
  ok(a.elector.mayWrite());
});

Deno.test("LeaderElector takes over 17.5 s after the last renewal of a leader that was killed", async () => {
  for (let run = 0; run < 20; run++) {
    const { clock, start } = setUp();
    const a = start("a");
    await clock.advance(100);
    const b = start("b", { random: () => run / 20 });
    await clock.advance(30_000 + run * 100);
    a.freeze(Infinity);
    let waitedMs = 0;
    for (; !b.elector.mayWrite() && waitedMs < 60_000; waitedMs += 100) await clock.advance(100);
    ok(waitedMs > 12_000 && waitedMs <= 17_600, `${waitedMs} ms`);
  }
});

Deno.test("LeaderElector may not write after a freeze, and ends", async () => {
  const { clock, api, start } = setUp();
  const a = start("a");
  await clock.advance(2000);
  a.freeze(20_000);
  await clock.advance(9000);
  const before = api.requests.length;
  await clock.advance(10_999);
  ok(!a.elector.mayWrite(), "before it can know");
  await clock.advance(100);
  await a.ended;
  match(a.outcome ?? "", /leadership is lost: it could not be renewed for 10 s/);
  equal(api.requests.length, before, "no request after the freeze");
  equal(a.status, 0);
  equal(a.log.lines.find(({ level }) => level === "error")?.msg, "leadership lost");
});

Deno.test("LeaderElector gives up 10 s after its last renewal when the API is away", async () => {
  const { clock, api, start } = setUp();
  const a = start("a");
  await clock.advance(4000);
  const renewed = api.written.length;
  api.fault = () => "lost";
  await clock.advance(8000);
  equal(a.outcome, undefined, "not at the first failure");
  equal(api.written.length, renewed);
  await clock.advance(3000);
  match(a.outcome ?? "", /could not be renewed/);
  ok(!a.elector.mayWrite());
});

for (const clockErrorMs of [HOUR_MS, -HOUR_MS]) {
  Deno.test(`a clock ${clockErrorMs / HOUR_MS} h off neither loses nor steals a lease`, async () => {
    const { clock, api, start } = setUp();
    const wrong = start("wrong", { clockErrorMs });
    await clock.advance(100);
    const right = start("right");
    await clock.advance(120_000);
    ok(wrong.elector.mayWrite() && !right.elector.mayWrite());
    wrong.stop();
    await clock.advance(5000);
    ok(right.elector.mayWrite());
    const again = start("wrong again", { clockErrorMs });
    await clock.advance(120_000);
    ok(right.elector.mayWrite() && !again.elector.mayWrite());
    equal(api.record?.leaseTransitions, 1);
  });
}

Deno.test("LeaderElector keeps its lease when answers get lost after the commit, for as long as that lasts", async () => {
  const { clock, api, start } = setUp();
  const a = start("a");
  await clock.advance(100);
  let write = 0;
  api.fault = () =>
    api.requests.at(-1) === "replace" && write++ % 3 !== 0 ? "unanswered" : undefined;
  await clock.advance(600_000);
  ok(a.elector.mayWrite());
  deepEqual([a.outcome, api.record?.leaseTransitions], [undefined, 0]);
});

Deno.test("LeaderElector keeps its lease when writes take longer than it waits for them", async () => {
  const { clock, api, start } = setUp();
  const a = start("a");
  await clock.advance(100);
  // Committed at once, answered never: the caller has to ask what became of it.
  api.fault = () => api.requests.at(-1) === "replace" ? "unanswered" : undefined;
  api.latencyMs = () => 700;
  await clock.advance(600_000);
  ok(a.elector.mayWrite());
  equal(a.outcome, undefined);
});

Deno.test("LeaderElector recognizes its own write behind a conflict", async () => {
  const { clock, api, start } = setUp();
  const a = start("a");
  await clock.advance(100);
  // The runtime or a proxy sent the request twice: the second one is refused.
  api.fault = () => {
    if (api.requests.at(-1) !== "replace" || api.requests.at(-2) !== "replace") return undefined;
    return "unanswered";
  };
  await clock.advance(60_000);
  ok(a.elector.mayWrite());
  equal(api.record?.leaseTransitions, 0);
});

Deno.test("LeaderElector creates a deleted lease again, and ends where another one did so first", async () => {
  const { clock, api, start } = setUp();
  const a = start("a");
  await clock.advance(100);
  api.lease = undefined;
  await clock.advance(3000);
  ok(a.elector.mayWrite());
  equal(api.record?.holderIdentity, "a");
  api.lease = undefined;
  const b = start("b");
  await clock.advance(100);
  ok(b.elector.mayWrite());
  await clock.advance(3000);
  match(a.outcome ?? "", /b holds it now/);
});

Deno.test("LeaderElector gives the lease back in spite of conflicts and lost answers", async () => {
  const { clock, api, start } = setUp();
  const a = start("a");
  await clock.advance(100);
  const { metadata } = api.lease!;
  // Somebody put a label on it: the version is another one.
  api.lease = { ...api.lease!, metadata: { ...metadata, resourceVersion: "77" } };
  api.plan.push(undefined, "lost", "unanswered");
  a.stop();
  await clock.advance(3000);
  equal(a.outcome, "stopped");
  equal(api.record?.holderIdentity, "");
});

Deno.test("LeaderElector does not wait longer than five seconds to give the lease back", async () => {
  const { clock, api, start } = setUp();
  const a = start("a");
  await clock.advance(100);
  api.fault = () => "late";
  a.stop();
  await clock.advance(4900);
  equal(a.outcome, undefined);
  await clock.advance(400);
  equal(a.outcome, "stopped");
});

Deno.test("LeaderElector that is stopped while it stands by leaves the lease alone", async () => {
  const { clock, api, start } = setUp();
  start("a");
  await clock.advance(100);
  const b = start("b");
  await clock.advance(5000);
  b.stop();
  await clock.advance(100);
  equal(b.outcome, "stopped");
  equal(api.record?.holderIdentity, "a");
  deepEqual(b.log.lines.map(({ msg }) => msg), ["waiting for leadership", "standing by"]);
});

Deno.test("LeaderElector keeps what the server said when a right was missing, until it is there", async () => {
  const { clock, api, start } = setUp();
  const a = start("a");
  equal(a.elector.refusal, undefined);
  api.plan.push("forbidden", "refused");
  await clock.advance(100);
  equal(a.elector.refusal, "may not");
  await clock.advance(2500);
  equal(a.elector.refusal, undefined, "an outage is no missing right");
  await clock.advance(2500);
  ok(a.elector.mayWrite());
});
