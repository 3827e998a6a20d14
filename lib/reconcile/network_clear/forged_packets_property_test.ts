/** What the machines of a VM network can do to the users of its pool by what they send: very little. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { defined } from "../../base/json.ts";
import type { AgentReport } from "../agent_report.ts";
import { agentsCurrentOf, FollowingAgents } from "./agents_current.ts";
import { networkClearOf } from "./network_clear.ts";
import { ShownCondition } from "./shown_condition.ts";
import { WireNotes } from "./wire_notes.ts";
import type { PoolOnWire } from "./wire_sentences.ts";
import { WireSightings } from "./wire_sightings.ts";

const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const REASONS = 5;

const POOL: PoolOnWire = {
  key: "default/ippool-1",
  network: "default/net-48",
  serverIP: "192.168.48.77",
  isBound: () => true,
  isOtherPoolsServer: () => false,
};

const mac = fc.nat(999).map((n) => `52:54:00:00:${n % 100}:${10 + n % 7}`);
const address = fc.nat(200).map((n) => `192.168.48.${n}`);
const count = fc.oneof(fc.nat(3), fc.nat(Number.MAX_SAFE_INTEGER));
function timeAt(ms: number): string {
  return `${new Date(START + ms).toISOString().slice(0, 19)}Z`;
}
const lastTime = fc.integer({ min: -60, max: 60 }).map((minutes) => timeAt(minutes * MINUTE));
const server = fc.record({ serverIdentifier: address, mac, won: count, seen: count, lastTime });

const report: fc.Arbitrary<AgentReport> = fc.record({
  pool: fc.constant(POOL.key),
  instance: fc.constantFrom("agent-a", "agent-b", "agent-c"),
  startedAt: fc.constantFrom("2026-01-01T00:00:00Z", "2026-01-01T00:30:00Z"),
  staleSince: fc.constantFrom("2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z"),
  resourceVersion: fc.nat(99).map(String),
  addressConflicts: fc.array(
    fc.record({
      address,
      mac,
      otherMac: mac,
      how: fc.constantFrom("arp" as const, "declined" as const),
      count,
      lastTime,
    }),
    { maxLength: 32 },
  ),
  otherServers: fc.array(server, { maxLength: 32 }),
  impostors: fc.array(server, { maxLength: 32 }),
  serverAddressClaims: fc.array(fc.record({ mac, count, lastTime }), { maxLength: 32 }),
  unknownClients: fc.record({ packets: count, clients: count, perMinute: count }),
});

const history = fc.array(fc.record({ report, pauseMs: fc.nat(40_000) }), {
  minLength: 20,
  maxLength: 60,
});

Deno.test("whatever is sent on a network, its condition changes once a minute, with few Events", () => {
  fc.assert(
    fc.property(history, (steps) => {
      const sightings = new WireSightings();
      const condition = new ShownCondition();
      const notes = new WireNotes(0);
      let nowMs = 0;
      const changedMs: number[] = [];
      let told = 0;
      for (const { report, pauseMs } of steps) {
        nowMs += pauseMs;
        sightings.note(report, { monotonicMs: nowMs, nowMs: START + nowMs });
        const current = sightings.current(nowMs);
        assert.ok(current.length <= 4 * 32);
        told += notes.due(current, POOL, nowMs).length;
        told += notes.stale(report, POOL, nowMs).length;
        const wanted = networkClearOf(current, POOL);
        assert.ok(wanted.message.length < 2000, "a sentence that can be read");
        if (condition.update(wanted, nowMs)) changedMs.push(nowMs);
      }
      for (const [i, ms] of changedMs.entries()) {
        assert.ok(i === 0 || ms - changedMs[i - 1]! >= MINUTE);
      }
      const toldMax = REASONS * (3 + nowMs / (10 * MINUTE));
      assert.ok(told <= toldMax, `${told} Events in ${nowMs / MINUTE} minutes`);
    }),
    { numRuns: 100 },
  );
});

/** The same, seen once, just when the first report is read. */
function lasting(report: AgentReport): AgentReport {
  const now = <T>(all: readonly T[]) => all.map((each) => ({ ...each, lastTime: timeAt(0) }));
  return {
    ...report,
    addressConflicts: now(report.addressConflicts),
    otherServers: now(report.otherServers),
    impostors: now(report.impostors),
    serverAddressClaims: now(report.serverAddressClaims),
    unknownClients: { packets: 0, clients: 0, perMinute: 0 },
  };
}

Deno.test("whatever agents report, AgentsCurrent changes once a minute, and follows from that alone", () => {
  // A report without the field is that of an agent that follows its pool.
  const following = report.map(({ staleSince: _, ...others }) => others);
  const step = fc.record({
    report: fc.oneof(report, following),
    forged: report,
    pauseMs: fc.nat(40_000),
  });
  const steps = fc.array(step, { minLength: 20, maxLength: 60 });
  fc.assert(
    fc.property(steps, (steps) => {
      const [agents, others] = [new FollowingAgents(), new FollowingAgents()];
      const condition = new ShownCondition();
      let nowMs = 0;
      let changedMs = -Infinity;
      for (const { report, forged, pauseMs } of steps) {
        nowMs += pauseMs;
        const reading = { poolVersion: "7", monotonicMs: nowMs, nowMs: START + nowMs };
        agents.note(report, reading);
        const late = agents.late(nowMs, () => true);
        const wanted = agentsCurrentOf(late, POOL.key);
        const isStale = late.some(({ instance, reason }) =>
          instance === report.instance && reason === "Stale"
        );
        assert.equal(isStale, "staleSince" in report);
        assert.ok(wanted.message.length < 2000, "a sentence that can be read");
        // The same agents on a network where other packets are sent.
        const { instance, startedAt, resourceVersion, staleSince } = report as AgentReport;
        const { staleSince: _, ...seen } = forged;
        const own = { instance, startedAt, ...defined({ resourceVersion, staleSince }) };
        others.note({ ...seen, ...own }, reading);
        assert.deepEqual(agentsCurrentOf(others.late(nowMs, () => true), POOL.key), wanted);
        if (!condition.update(wanted, nowMs)) continue;
        assert.ok(nowMs - changedMs >= MINUTE);
        changedMs = nowMs;
      }
    }),
    { numRuns: 100 },
  );
});

Deno.test("sightings that last change no condition after a minute, and those that end are gone", () => {
  fc.assert(
    fc.property(report, (same) => {
      const sightings = new WireSightings();
      const condition = new ShownCondition();
      const changedMs: number[] = [];
      for (let nowMs = 0; nowMs <= 10 * MINUTE; nowMs += 30_000) {
        sightings.note(lasting(same), { monotonicMs: nowMs, nowMs: START });
        const wanted = networkClearOf(sightings.current(nowMs), POOL);
        if (condition.update(wanted, nowMs)) changedMs.push(nowMs);
      }
      // Once more when it is clear that what was seen are no other agents.
      assert.ok(changedMs.every((ms) => ms === 0 || ms === MINUTE), changedMs.join());
      const later = networkClearOf(sightings.current(26 * MINUTE), POOL);
      assert.equal(later.status, "True");
    }),
    { numRuns: 100 },
  );
});
