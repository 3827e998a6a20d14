import assert from "node:assert/strict";
import { QUIET_WIRE } from "../../../tests/support/controller/agent_worlds.ts";
import type { AgentReport } from "../agent_report.ts";
import { agentsCurrentOf, StaleAgents } from "./agents_current.ts";

const POOL = "default/ippool-1";
const MINUTE = 60_000;
const SINCE = "2026-01-01T11:00:00Z";

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
  const agents = new StaleAgents();
  for (const report of reports) agents.note(report, 0);
  const current = agents.current(laterMs, (instance) => !instance.startsWith("gone-"));
  const { status, reason, message } = agentsCurrentOf(current, POOL);
  return [status, reason, ...(message === "" ? [] : [message])].join(" ");
}

const FOLLOWING = "True Following";

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

Deno.test("StaleAgents remembers sixteen agents, however many names there are", () => {
  const agents = new StaleAgents();
  for (let i = 0; i < 1000; i++) agents.note(staleReportOf(`a${i}`), 0);
  assert.equal(agents.current(0, () => true).length, 16);
});
