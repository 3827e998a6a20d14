/** The two sides of a report together: the Secret in a folder, as a kubelet puts it there, and the reader. */

import "../../../tests/support/network/load_libc.ts";
import assert from "node:assert/strict";
import { objectAt } from "../../../lib/base/json.ts";
import { ReportRefused } from "../../../lib/controller/agents/report/report_source.ts";
import { createPrometheusRegistry } from "../../../lib/endpoints/prometheus_registry.ts";
import { parseAgentReport } from "../../../lib/reconcile/agent_report.ts";
import { createClock } from "../../../lib/sys/host/clock.ts";
import { QUIET_WIRE } from "../../../tests/support/controller/agent_worlds.ts";
import { waitUntil } from "../../../tests/support/harness/wait_until.ts";
import { SecretStore } from "../../../tests/support/kube/secret_store.ts";
import { RecordingLogger } from "../../../tests/support/metrics/recording_logger.ts";
import { ReportPort } from "../agent/report_port.ts";
import { fetchReport } from "./report_request.ts";

const DAY_MS = 24 * 3600_000;

const AGENT = {
  table: undefined,
  status: { ready: true, reason: "Serving", message: "serving" },
  resourceVersion: "7",
  staleSinceMs: undefined,
  wire: {
    report: () => QUIET_WIRE,
    lastSeenOf: () => undefined,
    latest: () => ({ lastSeen: [], leftOut: 0 }),
  },
};

/** An agent's port whose credentials are those of a Secret. */
async function setUp() {
  const folder = await Deno.makeTempDir();
  const store = new SecretStore();
  const log = new RecordingLogger();
  const port = new ReportPort(
    { address: { hostname: "127.0.0.1", port: 0 }, folder, name: "agent-a" },
    { agent: AGENT, poolKey: "default/ippool-1" },
    { clock: createClock(), log, registry: createPrometheusRegistry(), random: Math.random },
  );
  const stop = new AbortController();
  const running = port.run(stop.signal);
  return {
    store,
    /** What the kubelet does, a minute or two after each change. */
    async mount(): Promise<void> {
      const data = objectAt(store.stored, "data") as Record<string, string>;
      for (const [key, value] of Object.entries(data)) {
        await Deno.writeFile(`${folder}/${key}.new`, Uint8Array.fromBase64(value));
        await Deno.rename(`${folder}/${key}.new`, `${folder}/${key}`);
      }
    },
    /** How often the port was opened. */
    opened: () => log.lines.filter(({ msg }) => msg === "report is served").length,
    async ask(credentials: Awaited<ReturnType<SecretStore["ensure"]>>) {
      const request = { ip: "127.0.0.1", credentials, port: port.port };
      const text = await fetchReport(request, AbortSignal.timeout(30_000));
      const parsed = parseAgentReport(text);
      return parsed.ok ? parsed.report.instance : parsed.reason;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
      await Deno.remove(folder, { recursive: true });
    },
  };
}

Deno.test("an agent and its reader know each other before, during and after a renewal", async () => {
  await using setup = await setUp();
  const { store } = setup;
  // TLS looks at the clock of the host, for which it is old but valid.
  store.nowMs = Date.now() - 250 * DAY_MS;
  const first = await store.ensure();
  await setup.mount();
  await waitUntil(() => setup.opened() === 1 || undefined, { what: "the port" });
  assert.equal(await setup.ask(first), "agent-a");

  store.nowMs = Date.now();
  const second = await store.ensure();
  assert.notDeepEqual(second, first);
  assert.equal(await setup.ask(second), "agent-a", "while the agent presents the old one");
  await setup.mount();
  await waitUntil(() => setup.opened() === 2 || undefined, { what: "the new certificate" });
  await assert.rejects(setup.ask(first), ReportRefused);
});

Deno.test("an agent with another token is refused until both have the Secret as it is", async () => {
  await using setup = await setUp();
  const { store } = setup;
  store.nowMs = Date.now();
  await store.ensure();
  await setup.mount();
  await waitUntil(() => setup.opened() === 1 || undefined, { what: "the port" });
  store.set("token", "an edit of somebody");
  const repaired = await store.ensure();
  await assert.rejects(setup.ask(repaired), ReportRefused);
  await setup.mount();
  const known = () => setup.ask(repaired).catch(() => undefined);
  assert.equal(await waitUntil(known, { what: "the repaired token" }), "agent-a");
});
