/** docs/metrics.md must list the metrics that an agent has. */

import assert from "node:assert/strict";
import { AgentMetrics } from "../../../lib/agent/agent_metrics.ts";
import { SnapshotMetrics } from "../../../lib/agent/pool/snapshot_metrics.ts";
import { measureEventLoopDelay } from "../../../lib/endpoints/event_loop_delay.ts";
import { FakeClock } from "../../support/clocks/fake_clock.ts";
import { documentedMetrics, MetricNotes } from "../../support/metrics/metric_notes.ts";

async function notesOfAgent(): Promise<MetricNotes> {
  const notes = new MetricNotes();
  const parts = { registry: notes.registry, clock: new FakeClock() };
  const pool = { namespace: "default", name: "pool" };
  new AgentMetrics(notes.registry, pool);
  new SnapshotMetrics(notes.registry, pool, parts.clock);
  await measureEventLoopDelay("vmdhcpagent", parts, AbortSignal.abort());
  return notes;
}

Deno.test("docs/metrics.md has a line for each metric of an agent and for no other", async () => {
  assert.deepEqual((await notesOfAgent()).rows(), documentedMetrics("metrics.md"));
});

Deno.test("the metrics of an agent have a help text and follow the naming conventions", async () => {
  for (const { name, kind, help } of (await notesOfAgent()).made) {
    assert.ok(help.length > 20 && help.endsWith("."), `${name}: ${help}`);
    assert.equal(name.endsWith("_total"), kind === "counter", name);
    const isDuration = name.endsWith("_seconds") && !name.endsWith("_age_seconds");
    assert.equal(isDuration, kind === "histogram", name);
  }
});
