import assert from "node:assert/strict";
import { clientFrame, leaseTable, MX } from "../../tests/support/dhcp/dhcp_packets.ts";
import { POOL } from "../../tests/support/network/dhcp_server_setup.ts";
import { FakeClock } from "../../tests/support/clocks/fake_clock.ts";
import { FakeNetwork } from "../../tests/support/network/fake_network.ts";
import { RecordingLogger } from "../../tests/support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../tests/support/metrics/recording_registry.ts";
import { AgentMetrics } from "./agent_metrics.ts";
import { Responder } from "./responder.ts";
import { ServedPool } from "./served_pool.ts";
import { WireMemory } from "./wire/wire_memory.ts";

function setUp(logPackets = false) {
  const eth1 = new FakeNetwork().add("eth1");
  const registry = new RecordingRegistry();
  const port = eth1.openPort();
  const served = new ServedPool();
  const metrics = new AgentMetrics(registry, POOL);
  const log = new RecordingLogger();
  const clock = new FakeClock();
  const responder = new Responder({
    port,
    served,
    metrics,
    wire: new WireMemory({ metrics, log, clock }),
    log,
    clock,
    logPackets,
    logLeases: false,
  });
  served.set(leaseTable());
  responder.update([]);
  eth1.sent.length = 0;
  /** @param ageMs How long ago the kernel got it. */
  function answer(bytes: Uint8Array, ageMs: number, waitedMsMax?: number): void {
    responder.begin(waitedMsMax);
    const receivedMs = port.stampMs() - ageMs;
    responder.answer({ bytes, packetType: 1, checksumReady: true, receivedMs });
    responder.flush();
  }
  /** Series of the metric with what they hold. */
  function valuesOf(metric: string): Record<string, number> {
    registry.read();
    return Object.fromEntries([...registry.values].filter(([name]) => name.startsWith(metric)));
  }
  return { eth1, answer, valuesOf };
}

Deno.test("Responder answers no frame that waited for more than five seconds", () => {
  const { eth1, answer, valuesOf } = setUp();
  answer(clientFrame(), 5001);
  assert.equal(eth1.sent.length, 0);
  assert.deepEqual(valuesOf("vmdhcpagent_packets_total"), {
    'vmdhcpagent_packets_total{ippool="pool",outcome="stale",pool="default/pool",type="unknown"}':
      1,
  });
  answer(clientFrame(), 5000);
  assert.equal(eth1.sent.length, 1);
});

Deno.test("Responder answers frames of before the clock was set back", () => {
  const { eth1, answer, valuesOf } = setUp();
  answer(clientFrame(), -3_600_000);
  assert.equal(eth1.sent.length, 1);
  assert.deepEqual(valuesOf("vmdhcpagent_reply_latency_seconds_sum"), {
    'vmdhcpagent_reply_latency_seconds_sum{ippool="pool",pool="default/pool"}': 0,
  });
});

Deno.test("Responder answers frames of before the clock was set ahead, and counts no longer than they can have waited", () => {
  const { eth1, answer, valuesOf } = setUp();
  answer(clientFrame(), 3_600_000, 500);
  assert.equal(eth1.sent.length, 1);
  assert.deepEqual(valuesOf("vmdhcpagent_reply_latency_seconds_sum"), {
    'vmdhcpagent_reply_latency_seconds_sum{ippool="pool",pool="default/pool"}': 0.5,
  });
  answer(clientFrame(), 3_600_000, 5001);
  assert.equal(eth1.sent.length, 1, "it may well have waited for that long");
});

Deno.test("Responder measures the latency of replies from the kernel's receipt on", () => {
  const { answer, valuesOf } = setUp();
  answer(clientFrame(), 4);
  answer(clientFrame(), 16);
  answer(clientFrame({ mac: MX }), 3);
  const latency = valuesOf("vmdhcpagent_reply_latency_seconds");
  assert.equal(
    latency['vmdhcpagent_reply_latency_seconds_sum{ippool="pool",pool="default/pool"}'],
    0.02,
  );
  assert.equal(
    latency['vmdhcpagent_reply_latency_seconds_count{ippool="pool",pool="default/pool"}'],
    2,
  );
  assert.deepEqual(valuesOf("vmdhcpagent_reply_stage_seconds_"), {});
});

Deno.test("Responder measures the stages of replies when it logs packets", () => {
  const { answer, valuesOf } = setUp(true);
  answer(clientFrame(), 4);
  answer(clientFrame({ mac: MX }), 4);
  answer(clientFrame(), 4);
  const series = (what: string, stage: string) =>
    `vmdhcpagent_reply_stage_seconds_${what}{ippool="pool",pool="default/pool",stage="${stage}"}`;
  assert.deepEqual(valuesOf("vmdhcpagent_reply_stage_seconds_"), {
    [series("sum", "wait")]: 0.008,
    [series("count", "wait")]: 2,
    [series("sum", "answer")]: 0,
    [series("count", "answer")]: 2,
    [series("sum", "send")]: 0,
    [series("count", "send")]: 2,
  });
});

Deno.test("Responder measures each stage by the clock of the port, in seconds", () => {
  const { eth1, answer, valuesOf } = setUp(true);
  // Each look at the clock finds that one millisecond more has passed than before the last one.
  let looks = 0;
  eth1.nowMs = () => 1_000_000 + (looks * ++looks) / 2;
  answer(clientFrame(), 0);
  const sums = Object.entries(valuesOf("vmdhcpagent_reply_"))
    .filter(([name]) => name.includes("_sum{"));
  assert.deepEqual(sums, [
    ['vmdhcpagent_reply_stage_seconds_sum{ippool="pool",pool="default/pool",stage="wait"}', 0.002],
    [
      'vmdhcpagent_reply_stage_seconds_sum{ippool="pool",pool="default/pool",stage="answer"}',
      0.003,
    ],
    ['vmdhcpagent_reply_stage_seconds_sum{ippool="pool",pool="default/pool",stage="send"}', 0.004],
    ['vmdhcpagent_reply_latency_seconds_sum{ippool="pool",pool="default/pool"}', 0.009],
  ]);
});
