import assert from "node:assert/strict";
import { clientFrame, leaseTable, MX } from "../../tests/support/dhcp/dhcp_packets.ts";
import { FakeClock } from "../../tests/support/clocks/fake_clock.ts";
import { FakeNetwork } from "../../tests/support/network/fake_network.ts";
import { RecordingLogger } from "../../tests/support/metrics/recording_logger.ts";
import { CLIENT_LIMITS_DEFAULT } from "../dhcpv4/guard/client_guard.ts";
import { AgentMetrics } from "./agent_metrics.ts";
import { DhcpResponder } from "./dhcp_responder.ts";
import { createPrometheusRegistry } from "../endpoints/prometheus_registry.ts";

function setUp(logPackets = false) {
  const eth1 = new FakeNetwork().add("eth1");
  const registry = createPrometheusRegistry();
  const port = eth1.openPort();
  const responder = new DhcpResponder({
    port,
    metrics: new AgentMetrics(registry, "default/pool"),
    log: new RecordingLogger(),
    clock: new FakeClock(),
    limits: CLIENT_LIMITS_DEFAULT,
    logPackets,
  });
  responder.update(leaseTable(), []);
  eth1.sent.length = 0;
  /** @param ageMs How long ago the kernel got it. */
  function answer(bytes: Uint8Array, ageMs: number): void {
    responder.begin();
    const receivedMs = port.stampMs() - ageMs;
    responder.answer({ bytes, packetType: 1, checksumReady: true, receivedMs });
    responder.flush();
  }
  /** Lines of the exposition that begin so, without what they begin with. */
  function exposed(beginning: string): readonly string[] {
    return (registry.expose()).split("\n")
      .filter((line) => line.startsWith(beginning))
      .map((line) => line.slice(beginning.length));
  }
  return { eth1, answer, exposed };
}

Deno.test("DhcpResponder answers no frame that waited for more than five seconds", () => {
  const { eth1, answer, exposed } = setUp();
  answer(clientFrame(), 5001);
  assert.equal(eth1.sent.length, 0);
  assert.deepEqual(exposed("vmdhcpagent_packets_total{"), [
    'ippool="default/pool",type="unknown",outcome="stale"} 1',
  ]);
  answer(clientFrame(), 5000);
  assert.equal(eth1.sent.length, 1);
});

Deno.test("DhcpResponder answers frames of before the clock was set back", () => {
  const { eth1, answer, exposed } = setUp();
  answer(clientFrame(), -3_600_000);
  assert.equal(eth1.sent.length, 1);
  assert.deepEqual(exposed("vmdhcpagent_reply_latency_seconds_sum"), [
    '{ippool="default/pool"} 0',
  ]);
});

Deno.test("DhcpResponder measures the latency of replies from the kernel's receipt on", () => {
  const { answer, exposed } = setUp();
  answer(clientFrame(), 4);
  answer(clientFrame(), 16);
  answer(clientFrame({ mac: MX }), 3);
  const [sum] = exposed('vmdhcpagent_reply_latency_seconds_sum{ippool="default/pool"} ');
  const [count] = exposed('vmdhcpagent_reply_latency_seconds_count{ippool="default/pool"} ');
  assert.deepEqual([sum, count], ["0.02", "2"]);
  assert.deepEqual(exposed("vmdhcpagent_reply_stage_seconds_"), []);
});

Deno.test("DhcpResponder measures the stages of replies when it logs packets", () => {
  const { answer, exposed } = setUp(true);
  answer(clientFrame(), 4);
  answer(clientFrame({ mac: MX }), 4);
  assert.deepEqual(
    exposed('vmdhcpagent_reply_stage_seconds_sum{ippool="default/pool",stage='),
    ['"wait"} 0.004', '"answer"} 0', '"send"} 0'],
  );
  assert.deepEqual(
    exposed('vmdhcpagent_reply_stage_seconds_count{ippool="default/pool",stage='),
    ['"wait"} 1', '"answer"} 1', '"send"} 1'],
  );
});
