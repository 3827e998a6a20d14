/** docs/metrics-controller.md must list the metrics that a controller has. */

import assert from "node:assert/strict";
import { createEventRecorder } from "../../../lib/kube/events/event_recorder.ts";
import { LeaderElector } from "../../../lib/kube/election/leader_election.ts";
import { createPrometheusRegistry } from "../../../lib/endpoints/prometheus_registry.ts";
import { ReportReader } from "../../../lib/controller/agents/report/report_reader.ts";
import { ControlLoop } from "../../../lib/controller/runtime/control_loop.ts";
import { IPPoolMetrics } from "../../../lib/controller/ippool/ippool_metrics.ts";
import { VmnetcfgMetrics } from "../../../lib/controller/vmnetcfg/vmnetcfg_metrics.ts";
import { measureEventLoopDelay } from "../../../lib/endpoints/event_loop_delay.ts";
import { TIMINGS } from "../../support/kube/candidate.ts";
import { FakeClock } from "../../support/clocks/fake_clock.ts";
import { LeaseApi } from "../../support/kube/lease_api.ts";
import { documentedMetrics, MetricNotes } from "../../support/metrics/metric_notes.ts";
import { RecordingLogger } from "../../support/metrics/recording_logger.ts";

Deno.test("docs/metrics-controller.md lists the metrics of the controller with their labels", async () => {
  const notes = new MetricNotes();
  const clock = new FakeClock();
  const parts = {
    clock,
    registry: notes.registry,
    log: new RecordingLogger(),
    random: () => 0,
  };
  const recorder = createEventRecorder({
    ...parts,
    client: { create: () => Promise.reject(), mergePatch: () => Promise.reject() },
    reportingInstance: "tests",
  });
  new ControlLoop({
    ...parts,
    name: "loop",
    workers: 1,
    reconcile: () => Promise.resolve({}),
  });
  new IPPoolMetrics(parts.registry);
  new VmnetcfgMetrics({ ...parts, withoutNicSeries: false });
  await measureEventLoopDelay("vmdhcpcontroller", parts, AbortSignal.abort());
  new LeaderElector({
    ...parts,
    client: new LeaseApi(clock).connect(),
    recorder,
    lease: { namespace: "lab", name: "lease" },
    identity: "a",
    timings: TIMINGS,
  });
  new ReportReader({
    ...parts,
    poolKeys: () => [],
    agentPodsOf: () => [],
    credentialsOf: () => undefined,
    fetchReport: () => Promise.resolve(""),
    onReport: () => {},
    onUnready: () => {},
    onRefused: () => {},
  });
  assert.deepEqual(notes.rows(), documentedMetrics("metrics-controller.md"));
});

Deno.test("histograms have the buckets of controller-runtime", async () => {
  const registry = createPrometheusRegistry();
  new ControlLoop({
    name: "loop",
    workers: 1,
    reconcile: () => Promise.resolve({}),
    clock: new FakeClock(),
    registry,
    log: new RecordingLogger(),
    random: () => 0,
  }).enqueue("a");
  const time = registry.histogram({
    name: "controller_runtime_reconcile_time_seconds",
    help: "",
    buckets: [],
  });
  const wait = registry.histogram({
    name: "workqueue_queue_duration_seconds",
    help: "",
    buckets: [],
  });
  time.observe(1, { controller: "loop" });
  wait.observe(1, { name: "loop", controller: "loop" });
  const text = await registry.expose();
  const bucketsOf = (name: string) =>
    [...text.matchAll(new RegExp(`^${name}_bucket\\{.*le="([^"]+)"`, "gm"))].map((match) =>
      match[1]
    );
  assert.equal(bucketsOf("controller_runtime_reconcile_time_seconds").length, 41);
  assert.deepEqual(
    bucketsOf("workqueue_queue_duration_seconds").slice(0, -1).map(Number),
    [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10, 100, 1000],
  );
});
