import assert from "node:assert/strict";
import { QUIET_WIRE } from "../../../tests/support/controller/agent_worlds.ts";
import type { AgentReport } from "../agent_report.ts";
import { agentsCurrentOf, FollowingAgents } from "./agents_current.ts";

const POOL = "default/ippool-1";
const MINUTE = 60_000;
const SINCE = "2026-01-01T11:00:00Z";
const START = Date.UTC(2026, 0, 1, 12);
const AT_START = { poolVersion: "7", monotonicMs: 0, nowMs: START };

function reportOf(instance: string, changes: Partial<AgentReport> = {}): AgentReport {
  return { pool: POOL, instance, startedAt: SINCE, ...QUIET_WIRE, ...changes };
}

function staleReportOf(instance: string): AgentReport {
  return reportOf(instance, { staleSince: SINCE, resourceVersion: "7" });
}

function sentenceOn(instance: string): string {
  return `since ${SINCE}, agent ${instance} has served version 7 of ippool ${POOL} from its ` +
    "snapshot, because the API server has given it none that it can serve; look at its log and " +
    "at the network of its node";
}

/** What a pool is said to be after reports, all of one time; agents named `gone-…` are no more. */
function conditionAfter(reports: readonly AgentReport[], laterMs = 0): string {
  const agents = new FollowingAgents();
  for (const report of reports) agents.note(report, AT_START);
  const late = agents.late(laterMs, (instance) => !instance.startsWith("gone-"));
  const { status, reason, message } = agentsCurrentOf(late, POOL);
  return [status, reason, message].join(" ");
}

const FOLLOWING = "True Following every agent that reported lately follows the pool";

const CASES = [
  { name: "agents that follow", reports: [reportOf("a"), reportOf("b")], want: FOLLOWING },
  {
    name: "one that serves from its snapshot",
    reports: [reportOf("a"), staleReportOf("b")],
    want: `False Stale ${sentenceOn("b")}`,
  },
  {
    name: "two of them, in any order",
    reports: [staleReportOf("b"), staleReportOf("a"), staleReportOf("b")],
    want: `False Stale ${sentenceOn("a")}; ${sentenceOn("b")}`,
  },
  { name: "one that follows again", reports: [staleReportOf("a"), reportOf("a")], want: FOLLOWING },
  { name: "one whose pod is gone", reports: [staleReportOf("gone-a")], want: FOLLOWING },
  {
    name: "one that was heard lately",
    reports: [staleReportOf("a")],
    laterMs: 5 * MINUTE - 1,
    want: `False Stale ${sentenceOn("a")}`,
  },
  {
    name: "one that was not heard for five minutes",
    reports: [staleReportOf("a")],
    laterMs: 5 * MINUTE,
    want: FOLLOWING,
  },
] as const;

for (const { name, reports, want, ...rest } of CASES) {
  Deno.test(`agentsCurrentOf() after ${name}`, () => {
    assert.equal(conditionAfter(reports, "laterMs" in rest ? rest.laterMs : 0), want);
  });
}

Deno.test("agentsCurrentOf() says how many more there are, and which version of one is unknown", () => {
  const reports = Array.from({ length: 7 }, (_, i) => reportOf(`a${i}`, { staleSince: SINCE }));
  const said = conditionAfter(reports);
  assert.equal(said.match(/version unknown of/g)?.length, 5);
  assert.match(said, /agent a4 .* 2 more/);
});

Deno.test("FollowingAgents remembers sixteen agents, however many names there are", () => {
  const agents = new FollowingAgents();
  for (let i = 0; i < 1000; i++) agents.note(staleReportOf(`a${i}`), AT_START);
  assert.equal(agents.late(0, () => true).length, 16);
});

/** What is said of one agent, minute by minute: its version, or none, and the pool's. */
function statesAfter(versions: readonly (readonly [agent: string, pool: string])[]): string {
  const agents = new FollowingAgents();
  return versions.map(([resourceVersion, poolVersion], minute) => {
    const monotonicMs = minute * MINUTE;
    const reading = { poolVersion, monotonicMs, nowMs: START + monotonicMs };
    agents.note(reportOf("a", { resourceVersion }), reading);
    const { reason } = agentsCurrentOf(agents.late(monotonicMs, () => true), POOL);
    return agents.isUndecided ? `${reason}?` : reason;
  }).join(" ");
}

const BEHIND_CASES: readonly {
  readonly name: string;
  readonly versions: readonly (readonly [string, string])[];
  readonly want: string;
}[] = [
  {
    name: "is behind for three minutes",
    versions: [["7", "7"], ["7", "8"], ["7", "8"], ["7", "8"], ["7", "9"], ["9", "9"]],
    want: "Following Following Following Behind Behind Following",
  },
  {
    name: "is behind a pool that changes all the time",
    versions: [["7", "7"], ["8", "9"], ["10", "11"], ["12", "13"], ["14", "15"], ["16", "17"]],
    want: "Following Following Following Following Following Following",
  },
  {
    name: "is ahead of what the controller knows",
    versions: [["7", "7"], ["8", "7"], ["8", "7"], ["8", "8"], ["8", "8"], ["8", "8"]],
    want: "Following Following Following Following Following Following",
  },
  {
    name: "was behind already when the controller started",
    versions: [["7", "9"], ["7", "9"], ["7", "9"], ["7", "9"], ["9", "9"]],
    want: "Following? Following? Following? Behind? Following",
  },
  {
    name: "stops to follow a pool that changes all the time",
    versions: [["7", "7"], ["8", "9"], ["8", "10"], ["8", "11"], ["8", "12"]],
    want: "Following Following Following Following Behind",
  },
];

for (const { name, versions, want } of BEHIND_CASES) {
  Deno.test(`agentsCurrentOf() of an agent that ${name}`, () => {
    assert.equal(statesAfter(versions), want);
  });
}

Deno.test("agentsCurrentOf() says since when an agent is behind, in the same words all the time", () => {
  const agents = new FollowingAgents();
  const said = [0, 3, 4].map((minute) => {
    const monotonicMs = minute * MINUTE;
    const reading = { poolVersion: `${8 + minute}`, monotonicMs, nowMs: START + monotonicMs };
    agents.note(reportOf("a", { resourceVersion: "7" }), reading);
    return agentsCurrentOf(agents.late(monotonicMs, () => true), POOL).message;
  });
  const sentence = `since 2026-01-01T12:00:00Z, agent a has served version 7 of ippool ${POOL}, ` +
    "and the API server has another one; look at its log and at the network of its node";
  const follows = "every agent that reported lately follows the pool";
  assert.deepEqual(said, [follows, sentence, sentence]);
});
