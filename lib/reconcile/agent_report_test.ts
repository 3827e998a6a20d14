import assert from "node:assert/strict";
import { mulberry32 } from "../../tests/support/harness/seeded_random.ts";
import {
  type AgentReport,
  parseAgentReport,
  REPORT_BYTES_MAX,
  REPORTED_HOSTS_MAX,
  REPORTED_LAST_SEEN_MAX,
} from "./agent_report.ts";

const TIME = "2026-01-31T12:00:00Z";
const MAC = "52:54:00:12:34:56";

const REPORT: AgentReport = {
  pool: "default/ippool-1",
  instance: "default-ippool-1-agent-7c9f-x2x4z",
  startedAt: TIME,
  macAddress: "0a:58:0a:01:02:03",
  resourceVersion: "1234",
  staleSince: TIME,
  unready: "interface eth1 is down",
  addressConflicts: [
    {
      address: "192.0.2.10",
      mac: MAC,
      otherMac: "52:54:00:00:00:01",
      how: "arp",
      count: 2,
      lastTime: TIME,
    },
    { address: "192.0.2.10", mac: MAC, how: "declined", count: 1, lastTime: TIME },
  ],
  otherServers: [{ serverIdentifier: "192.0.2.66", mac: MAC, won: 1, seen: 4, lastTime: TIME }],
  impostors: [{ serverIdentifier: "192.0.2.1", mac: MAC, won: 0, seen: 1, lastTime: TIME }],
  serverAddressClaims: [{ mac: MAC, count: 1, lastTime: TIME }],
  unknownClients: { packets: 100, clients: 3, perMinute: 20 },
  lastSeen: [{ mac: MAC, time: TIME, type: "REQUEST", outcome: "ack", count: 7 }],
  lastSeenLeftOut: 0,
};

function reasonOf(text: string): string {
  const parsed = parseAgentReport(text);
  assert.ok(!parsed.ok, "it was accepted");
  return parsed.reason;
}

function reportWith(changes: Record<string, unknown>): string {
  return JSON.stringify({ ...REPORT, ...changes });
}

Deno.test("parseAgentReport() reads what an agent sends", () => {
  assert.deepEqual(parseAgentReport(JSON.stringify(REPORT)), { ok: true, report: REPORT });
});

Deno.test("parseAgentReport() reads a report without what may be absent", () => {
  const { macAddress: _, resourceVersion: __, staleSince: ___, unready: ____, ...others } = REPORT;
  const { lastSeen: _____, lastSeenLeftOut: ______, ...rest } = others;
  assert.deepEqual(parseAgentReport(JSON.stringify(rest)), { ok: true, report: rest });
});

Deno.test("parseAgentReport() leaves out fields that it does not know", () => {
  const text = reportWith({ news: [1], unknownClients: { ...REPORT.unknownClients, more: {} } });
  assert.deepEqual(parseAgentReport(text), { ok: true, report: REPORT });
});

const REFUSED: readonly { name: string; text: string; reason: RegExp }[] = [
  { name: "an empty answer", text: "", reason: /not JSON/ },
  { name: "half a report", text: JSON.stringify(REPORT).slice(0, 300), reason: /not JSON/ },
  { name: "a list", text: "[]", reason: /it must be an object/ },
  { name: "null", text: "null", reason: /it must be an object/ },
  { name: "deep nesting", text: "[".repeat(100_000), reason: /not JSON/ },
  {
    name: "a sentence of two lines",
    text: reportWith({ unready: "a\nb" }),
    reason: /unready must be a line of up to 400 printable characters/,
  },
  {
    name: "a sentence that steers a terminal",
    text: reportWith({ unready: "\u202e" }),
    reason: /unready must be/,
  },
  {
    name: "a sentence without an end",
    text: reportWith({ unready: "x".repeat(401) }),
    reason: /unready must be/,
  },
  {
    name: "a list that is missing",
    text: reportWith({ impostors: undefined }),
    reason: /impostors is/,
  },
  {
    name: "a list that is an object",
    text: reportWith({ impostors: {} }),
    reason: /must be a list/,
  },
  {
    name: "more hosts than an agent sends",
    text: reportWith({
      serverAddressClaims: new Array(REPORTED_HOSTS_MAX + 1).fill(REPORT.serverAddressClaims[0]),
    }),
    reason: /serverAddressClaims must have at most 32 items, not 33/,
  },
  {
    name: "more bindings than an agent sends",
    text: reportWith({ lastSeen: new Array(REPORTED_LAST_SEEN_MAX + 1).fill(REPORT.lastSeen![0]) }),
    reason: /lastSeen must have at most 1500 items/,
  },
  { name: "a long text", text: " ".repeat(REPORT_BYTES_MAX + 1), reason: /more than 262144/ },
  {
    name: "another pool name",
    text: reportWith({ pool: "a/b/c" }),
    reason: /pool must be namespace/,
  },
  {
    name: "a day that does not exist",
    text: reportWith({ startedAt: "2026-02-30T12:00:00Z" }),
    reason: /startedAt must be a time/,
  },
  {
    name: "a time of another zone",
    text: reportWith({ startedAt: "2026-02-28T12:00:00+01:00" }),
    reason: /startedAt must be a time/,
  },
  {
    name: "a negative count",
    text: reportWith({ unknownClients: { packets: -1, clients: 0, perMinute: 0 } }),
    reason: /unknownClients\.packets must be a number from 0/,
  },
  {
    name: "a fraction",
    text: reportWith({ unknownClients: { packets: 0.5, clients: 0, perMinute: 0 } }),
    reason: /unknownClients\.packets must be an integer/,
  },
  {
    name: "markup for a name",
    text: reportWith({ instance: "<b>\u202e" }),
    reason: /instance must be the name of a pod, not "<b>\\u202e"/,
  },
  {
    name: "an invalid MAC address",
    text: reportWith({ serverAddressClaims: [{ mac: "x", count: 1, lastTime: TIME }] }),
    reason: /serverAddressClaims\[0\]\.mac must be a MAC address/,
  },
  {
    name: "a word of another kind",
    text: reportWith({ lastSeen: [{ ...REPORT.lastSeen![0], outcome: "a b" }] }),
    reason: /lastSeen\[0\]\.outcome must be a word/,
  },
  {
    name: "a conflict of another kind",
    text: reportWith({ addressConflicts: [{ ...REPORT.addressConflicts[0], how: "toString" }] }),
    reason: /addressConflicts\[0\]\.how must be declined or arp/,
  },
];

for (const { name, text, reason } of REFUSED) {
  Deno.test(`parseAgentReport() refuses ${name} in a sentence`, () => {
    assert.match(reasonOf(text), reason);
  });
}

Deno.test("parseAgentReport() says little about a text that is wrong everywhere", () => {
  const wrong = { [""]: 1, mac: "\u001b[31m".repeat(1000) };
  const text = reportWith({
    addressConflicts: new Array(1000).fill(wrong),
    lastSeen: new Array(1000).fill(wrong),
  });
  const reason = reasonOf(text);
  assert.ok(reason.length < 4000, `${reason.length} characters`);
  assert.doesNotMatch(reason, /\p{Cc}/u);
});

Deno.test("parseAgentReport() gives a bounded report or a sentence, whatever is changed in one", () => {
  const seed = 20260131;
  const random = mulberry32(seed);
  const values = [null, -1, 1e300, "x", "", [], {}, true, [[]], "0", { length: 5 }, TIME, MAC];
  function damage(value: unknown): unknown {
    if (random() < 0.05) return values[Math.floor(random() * values.length)];
    if (Array.isArray(value)) return value.map(damage);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, damage(item)]));
  }
  let accepted = 0;
  for (let round = 0; round < 3000; round++) {
    const parsed = parseAgentReport(JSON.stringify(damage(REPORT)));
    if (!parsed.ok) {
      assert.match(parsed.reason, /^the report of the agent cannot be used: \S/, `seed ${seed}`);
      continue;
    }
    accepted++;
    // What was accepted is what it says, so it is accepted again.
    assert.deepEqual(parseAgentReport(JSON.stringify(parsed.report)), parsed, `seed ${seed}`);
  }
  assert.ok(accepted > 50 && accepted < 2900, `${accepted} of 3000 accepted`);
});
