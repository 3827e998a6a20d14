/** docs/metrics.md must list the metrics that an agent has. */

import assert from "node:assert/strict";
import { AgentMetrics } from "../../../lib/agent/agent_metrics.ts";
import { measureEventLoopDelay } from "../../../lib/endpoints/event_loop_delay.ts";
import { FakeClock } from "../../support/clocks/fake_clock.ts";
import { documentedMetrics, MetricNotes } from "../../support/metrics/metric_notes.ts";

async function notesOfAgent(): Promise<MetricNotes> {
  const notes = new MetricNotes();
  const parts = { registry: notes.registry, clock: new FakeClock() };
  new AgentMetrics(notes.registry, { namespace: "default", name: "pool" });
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
    assert.equal(name.endsWith("_seconds"), kind === "histogram", name);
  }
});
