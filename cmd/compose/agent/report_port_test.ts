import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import type { AgentReport } from "../../../lib/reconcile/agent_report.ts";
import { parseAgentReport } from "../../../lib/reconcile/agent_report.ts";
import { createPrometheusRegistry } from "../../../lib/endpoints/prometheus_registry.ts";
import { createClock } from "../../../lib/sys/host/clock.ts";
import { QUIET_WIRE } from "../../../tests/support/controller/agent_worlds.ts";
import { RecordingLogger } from "../../../tests/support/metrics/recording_logger.ts";
import { waitUntil } from "../../../tests/support/harness/wait_until.ts";
import {
  askReportPort,
  REPORT_HOST,
  reportCertificate,
  reportHead,
} from "../../../tests/support/http/report_client.ts";
import { reportPlaceOf } from "./report_flags.ts";
import { ReportPort } from "./report_port.ts";

const TOKEN = "0123456789abcdef-token";

const SEEN = {
  mac: "52:54:00:12:34:56",
  time: "2026-01-31T12:00:00Z",
  type: "REQUEST",
  outcome: "ack",
  count: 3,
};

const AGENT = {
  table: undefined,
  status: { ready: true, reason: "Serving", message: "serving" },
  resourceVersion: "7",
  staleSinceMs: undefined,
  wire: {
    report: () => QUIET_WIRE,
    lastSeenOf: (mac: number) => mac === 0x525400123456 ? SEEN : undefined,
    latest: () => ({ lastSeen: [SEEN], leftOut: 4 }),
  },
};

/** A port with its folder; leaving the scope ends it. */
async function setUp() {
  const folder = await Deno.makeTempDir();
  const place = reportPlaceOf({
    report: { hostname: "127.0.0.1", port: 0 },
    "report-credentials": folder,
    name: "agent_1 <b>",
  }, {})!;
  const log = new RecordingLogger();
  const registry = createPrometheusRegistry();
  const parts = { clock: createClock(), log, registry, random: Math.random };
  const port = new ReportPort(place, { agent: AGENT, poolKey: "default/ippool-1" }, parts);
  const stop = new AbortController();
  const running = port.run(stop.signal);
  async function write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${folder}/${name}.new`, text);
      await Deno.rename(`${folder}/${name}.new`, `${folder}/${name}`);
    }
  }
  return {
    ...{ folder, log, registry, port, write },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function get(path: string, token = TOKEN, host = REPORT_HOST): string {
  return reportHead(path, token, host);
}

async function isListening(
  { port, registry }: { port: ReportPort; registry: { expose(): unknown } },
) {
  await waitUntil(async () =>
    port.notes().length === 0 &&
      `${await registry.expose()}`.includes('vmdhcp_http_listening{listener="report"} 1') ||
    undefined, {
    what: "the port to listen",
    explain: () => port.notes().join(),
  });
}

async function reportOf(port: number, cert: string, path: string): Promise<AgentReport> {
  const { status, body } = await askReportPort(port, cert, get(path));
  assert.equal(status, 200);
  const parsed = parseAgentReport(body);
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.reason);
  return parsed.report;
}

Deno.test("ReportPort gives the report to whoever has the token, and nothing to others", async () => {
  await using setup = await setUp();
  const { cert, key } = await reportCertificate();
  await setup.write({ "tls.crt": cert, "tls.key": key, token: `${TOKEN}\n` });
  await isListening(setup);
  const { port } = setup.port;

  const report = await reportOf(port, cert, "/report");
  assert.deepEqual([report.pool, report.instance, report.resourceVersion, report.lastSeen], [
    "default/ippool-1",
    "agent_1--b-",
    "7",
    undefined,
  ]);
  const all = await reportOf(port, cert, "/report?lastSeen=1");
  assert.deepEqual([all.lastSeen, all.lastSeenLeftOut], [[SEEN], 4]);
  const one = await reportOf(port, cert, `/report?lastSeen=1&mac=${SEEN.mac}`);
  assert.deepEqual(one.lastSeen, [SEEN]);
  const none = await reportOf(port, cert, "/report?lastSeen=1&mac=52:54:00:00:00:01");
  assert.deepEqual(none.lastSeen, []);

  const cases = [
    { head: get("/report", ""), status: 401 },
    { head: get("/report", `${TOKEN}x`), status: 401 },
    { head: get("/report", TOKEN.slice(0, -1)), status: 401 },
    { head: get("/metrics", ""), status: 401 },
    { head: get("/metrics"), status: 404 },
    { head: get("/healthz"), status: 404 },
    { head: get("/leases"), status: 404 },
    { head: get("/report?mac=x"), status: 400 },
    { head: get("/report").replace("GET", "POST"), status: 405 },
    { head: get("/report", TOKEN, "rebound.example.com"), status: 421 },
    { head: get("/report", TOKEN, `127.0.0.1:${port}`), status: 200 },
  ];
  for (const { head, status } of cases) {
    const answer = await askReportPort(port, cert, head);
    assert.equal(answer.status, status, head);
    if (status !== 200) assert.doesNotMatch(answer.body, /default|52:54/);
    if (status === 401) assert.match(answer.head, /www-authenticate: bearer/i);
  }
});

Deno.test("ReportPort says which file is missing or bad, and listens once all are good", async () => {
  await using setup = await setUp();
  const { cert, key } = await reportCertificate();
  const other = await reportCertificate();
  const says = (pattern: RegExp) =>
    waitUntil(() => setup.port.notes().some((note) => pattern.test(note)) || undefined, {
      what: `${pattern}`,
      explain: () => setup.port.notes().join(),
    });
  await says(/tls\.(crt|key)|token/);
  await setup.write({ "tls.crt": cert, "tls.key": other.key });
  await says(/token cannot be read: there is no such file/);
  await setup.write({ token: "short" });
  await says(/tls\.crt and .*tls\.key are no certificate with its key/);
  await setup.write({ "tls.key": key });
  await says(/token is no line of 16 to 512/);
  await setup.write({ token: TOKEN });
  await isListening(setup);
  assert.equal((await askReportPort(setup.port.port, cert, get("/report"))).status, 200);
  const warnings = setup.log.lines.filter(({ level }) => level === "warn");
  assert.ok(warnings.length >= 3, "each reason once");
  assert.ok(warnings.every(({ fields }) => `${fields["reason"]}`.includes(setup.folder)));
});

Deno.test("ReportPort takes another certificate and another token without a restart", async () => {
  await using setup = await setUp();
  const first = await reportCertificate();
  const second = await reportCertificate();
  await setup.write({ "tls.crt": first.cert, "tls.key": first.key, token: TOKEN });
  await isListening(setup);
  const { port } = setup.port;

  const token = "another-token-0123456789";
  await setup.write({ token });
  await waitUntil(
    async () => (await askReportPort(port, first.cert, get("/report"))).status === 401 || undefined,
    { what: "the old token to be refused" },
  );
  assert.equal((await askReportPort(port, first.cert, get("/report", token))).status, 200);

  await setup.write({ "tls.crt": second.cert, "tls.key": second.key });
  await waitUntil(
    () => askReportPort(port, second.cert, get("/report", token)).then(() => true, () => undefined),
    { what: "the new certificate" },
  );
  await assert.rejects(askReportPort(port, first.cert, get("/report", token)), /certificate/i);
  const warnings = setup.log.lines.filter(({ level, msg }) =>
    level === "warn" && /listen/.test(msg)
  );
  assert.deepEqual(warnings, [], "the port was there all the while");
  assert.ok(new X509Certificate(second.cert).subject.includes(REPORT_HOST));
});

Deno.test("ReportPort goes on with what it has while the files are gone", async () => {
  await using setup = await setUp();
  const { cert, key } = await reportCertificate();
  await setup.write({ "tls.crt": cert, "tls.key": key, token: TOKEN });
  await isListening(setup);
  await Deno.remove(`${setup.folder}/token`);
  await waitUntil(() => setup.port.notes().length > 0 || undefined, { what: "a note" });
  assert.equal((await askReportPort(setup.port.port, cert, get("/report"))).status, 200);
});

Deno.test("reportPlaceOf() wants both flags or none", () => {
  const address = { hostname: "127.0.0.1", port: 8443 };
  const none = { report: undefined, "report-credentials": undefined, name: undefined };
  assert.equal(reportPlaceOf(none, {}), undefined);
  assert.throws(() => reportPlaceOf({ ...none, report: address }, {}), /go together/);
  assert.throws(() => reportPlaceOf({ ...none, "report-credentials": "/x" }, {}), /go together/);
  const pod = { report: { hostname: "0.0.0.0", port: 8443 }, "report-credentials": "/x" };
  const place = reportPlaceOf({ ...pod, name: "a" }, { POD_IP: "10.0.0.7" });
  assert.equal(place?.address.hostname, "10.0.0.7");
});
