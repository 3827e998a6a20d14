/** No series of an agent has two owners, and none outlives its agent. */

import assert from "node:assert/strict";
import { AgentMetrics } from "../../../lib/agent/agent_metrics.ts";
import { createPrometheusRegistry } from "../../../lib/endpoints/prometheus_registry.ts";

/** Counts everything that an agent can count, each `times` times. */
function countAll(metrics: AgentMetrics, times: number): void {
  for (let i = 0; i < times; i++) {
    metrics.packet("discover", "offered");
    metrics.reply(1);
    metrics.replyStage("wait", 1);
    metrics.sendErrors("ENOBUFS", 1);
    metrics.lostFrames({ overload: 1, overrun: 1, tooLong: 1 });
    metrics.internalError();
    metrics.otherServerReply();
    metrics.ownIdentifierReply("replica");
    metrics.addressClaim();
    metrics.foreignChaddr();
    metrics.leftOutOption(121);
    metrics.ready(true);
  }
}

function setUp() {
  const registry = createPrometheusRegistry();
  const agentOf = (namespace: string) =>
    new AgentMetrics(registry, { namespace, name: "ippool-1" });
  /** Lines of a pool, without the pool's own labels. */
  async function linesOf(namespace: string): Promise<readonly string[]> {
    const text = await registry.expose();
    const own = `ippool="ippool-1",pool="${namespace}/ippool-1"`;
    return text.split("\n").filter((line) => line.includes(own))
      .map((line) => line.replace(own, "")).sort();
  }
  return { registry, agentOf, linesOf };
}

Deno.test("agents of pools of one name in two namespaces share no series, and one leaves the other's", async () => {
  const { registry, agentOf, linesOf } = setUp();
  const [a, b, alone] = ["a", "b", "alone"].map(agentOf);
  countAll(a!, 1);
  countAll(b!, 3);
  countAll(alone!, 3);
  assert.deepEqual(await linesOf("b"), await linesOf("alone"), "b counts as if it were alone");
  const before = await linesOf("b");
  a!.end();
  assert.deepEqual(await linesOf("a"), []);
  assert.deepEqual(await linesOf("b"), before);
  for (const agent of [b!, alone!]) agent.end();
  const left = (await registry.expose()).split("\n").filter((line) => /^[^#]/.test(line));
  assert.deepEqual(left, []);
});

Deno.test("an agent that ends late takes nothing from the next one of its pool, and adds nothing", async () => {
  const { agentOf, linesOf } = setUp();
  const last = agentOf("a");
  countAll(last, 5);
  last.end();
  const next = agentOf("a");
  countAll(next, 1);
  const before = await linesOf("a");
  countAll(last, 1);
  last.ready(false);
  last.packet("request", "acked");
  last.end();
  assert.deepEqual(await linesOf("a"), before);
});
