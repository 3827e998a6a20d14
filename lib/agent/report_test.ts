import assert from "node:assert/strict";
import { SERVER_MAC } from "../../tests/support/dhcp/dhcp_packets.ts";
import {
  parseAgentReport,
  REPORT_BYTES_MAX,
  REPORTED_HOSTS_MAX,
  REPORTED_LAST_SEEN_MAX,
  REPORTED_SENTENCE_MAX,
} from "../reconcile/agent_report.ts";
import { agentReportOf, type Reporter } from "./report.ts";

const TIME = "2026-01-31T12:00:00Z";
const MAC = "52:54:00:12:34:56";
const ADDRESS = "192.168.148.177";
const COUNT = Number.MAX_SAFE_INTEGER;

/** The longest of everything. */
const SEEN = {
  mac: MAC,
  time: TIME,
  type: "DISCOVER",
  outcome: "a".repeat(32),
  count: 0xffffffff,
};

function listOf<T>(item: T): readonly T[] {
  return new Array<T>(REPORTED_HOSTS_MAX).fill(item);
}

function reporter(instance = "p".repeat(300)): Reporter {
  const server = { serverIdentifier: ADDRESS, mac: MAC, won: COUNT, seen: COUNT, lastTime: TIME };
  const conflict = { address: ADDRESS, mac: MAC, otherMac: MAC, count: COUNT, lastTime: TIME };
  return {
    poolKey: `${"n".repeat(63)}/${"p".repeat(253)}`,
    instance,
    startedMs: Date.parse(TIME),
    agent: {
      table: undefined,
      status: { ready: true, reason: "Serving", message: "serving" },
      resourceVersion: "9".repeat(128),
      staleSinceMs: Date.parse(TIME),
      wire: {
        report: () => ({
          macAddress: MAC,
          addressConflicts: listOf({ ...conflict, how: "declined" as const }),
          otherServers: listOf(server),
          impostors: listOf(server),
          serverAddressClaims: listOf({ mac: MAC, count: COUNT, lastTime: TIME }),
          unknownClients: { packets: COUNT, clients: COUNT, perMinute: COUNT },
        }),
        lastSeenOf: (mac) => mac === SERVER_MAC ? SEEN : undefined,
        latest: (most) => ({ lastSeen: new Array(most).fill(SEEN), leftOut: COUNT }),
      },
    },
  };
}

Deno.test("agentReportOf() fits its limit with the longest of everything, and can be read", () => {
  const text = JSON.stringify(agentReportOf(reporter(), { lastSeen: true }));
  assert.ok(text.length < REPORT_BYTES_MAX, `${text.length} octets`);
  const parsed = parseAgentReport(text);
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.reason);
  assert.equal(parsed.report.lastSeen?.length, REPORTED_LAST_SEEN_MAX);
  assert.equal(parsed.report.staleSince, TIME);
});

for (const message of ["interface eth1 is down", "two\nlines \u001b[31m", "x".repeat(1000)]) {
  Deno.test(`agentReportOf() says on one line why it does not answer: ${JSON.stringify(message.slice(0, 30))}`, () => {
    const { agent, ...rest } = reporter();
    const status = { ready: false, reason: "InterfaceDown", message };
    const report = agentReportOf({ ...rest, agent: { ...agent, status } }, { lastSeen: false });
    const parsed = parseAgentReport(JSON.stringify(report));
    assert.ok(parsed.ok, parsed.ok ? "" : parsed.reason);
    const { unready = "" } = parsed.report;
    assert.equal(unready.slice(0, 3), message.slice(0, 3));
    assert.ok(unready.length <= REPORTED_SENTENCE_MAX);
  });
}

Deno.test("agentReportOf() tells of one client, or that it was not seen", () => {
  const seen = agentReportOf(reporter(), { lastSeen: true, mac: SERVER_MAC });
  assert.deepEqual([seen.lastSeen, seen.lastSeenLeftOut], [[SEEN], undefined]);
  const mac = SERVER_MAC + 1 as typeof SERVER_MAC;
  assert.deepEqual(agentReportOf(reporter(), { lastSeen: true, mac }).lastSeen, []);
  assert.ok(!("lastSeen" in agentReportOf(reporter(), { lastSeen: false, mac })));
});

for (const name of ["", "a b\u202e<script>", "agent-1"]) {
  Deno.test(`agentReportOf() names an agent that is called ${JSON.stringify(name)}`, () => {
    const { instance } = agentReportOf(reporter(name), { lastSeen: false });
    assert.match(instance, /^[-.\w]+$/);
  });
}
