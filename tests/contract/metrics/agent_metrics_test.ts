/** docs/metrics.md lists the metrics that an agent has, with their types and labels. */

import assert from "node:assert/strict";
import type { MetricRegistry, MetricSpec } from "../../../lib/observe/metrics.ts";
import { AgentMetrics } from "../../../lib/agent/agent_metrics.ts";
import { measureEventLoopDelay } from "../../../lib/endpoints/event_loop_delay.ts";
import { FakeClock } from "../../support/clocks/fake_clock.ts";
import { RecordingRegistry } from "../../support/metrics/recording_registry.ts";

const DOCUMENT = new URL("../../../docs/metrics.md", import.meta.url);

/** Every metric of an agent, as the lines of the table have it. */
async function metricsOfAgent(): Promise<readonly MetricSpec[]> {
  const specs: MetricSpec[] = [];
  const made = new RecordingRegistry();
  function note<S extends MetricSpec>(type: string, spec: S): S {
    const labels = (spec.labelNames ?? []).map((label) => `\`${label}\``).join(", ");
    specs.push({ ...spec, name: `\`${spec.name}\` | ${type} |${labels && ` ${labels}`} |` });
    return spec;
  }
  const registry: MetricRegistry = {
    counter: (spec) => made.counter(note("counter", spec)),
    gauge: (spec) => made.gauge(note("gauge", spec)),
    histogram: (spec) => made.histogram(note("histogram", spec)),
    beforeRead: (update) => made.beforeRead(update),
  };
  new AgentMetrics(registry, "default/pool");
  await measureEventLoopDelay(
    "vmdhcpagent",
    { registry, clock: new FakeClock() },
    AbortSignal.abort(),
  );
  return specs;
}

Deno.test("docs/metrics.md has a line for each metric of an agent, and for no other", async () => {
  const lines = (await Deno.readTextFile(DOCUMENT)).split("\n")
    .filter((line) => line.startsWith("| `"))
    // The formatter fills columns up with spaces.
    .map((line) => line.slice(2).replaceAll(/ +/g, " ").split("|").slice(0, 3).join("|") + "|");
  const expected = (await metricsOfAgent()).map(({ name }) => name);
  assert.deepEqual(lines.sort(), expected.sort());
});

Deno.test("the metrics of an agent say what they are and follow the naming conventions", async () => {
  for (const { name, help } of await metricsOfAgent()) {
    assert.ok(help.length > 20 && help.endsWith("."), `${name}: ${help}`);
    assert.equal(name.includes("_total`"), name.includes("| counter |"), name);
    assert.equal(name.includes("_seconds`"), name.includes("| histogram |"), name);
  }
});
