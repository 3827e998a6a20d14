import assert from "node:assert/strict";
import { createPrometheusRegistry } from "./prometheus_registry.ts";

Deno.test("a registry gives the same metric when asked twice", async () => {
  const registry = createPrometheusRegistry();
  const spec = { name: "packets_total", help: "Packets.", labelNames: ["outcome"] };
  registry.counter(spec).inc({ outcome: "ack" });
  registry.counter(spec).inc({ outcome: "ack" }, 2);
  assert.match(await registry.expose(), /^packets_total\{outcome="ack"\} 3$/m);
});

Deno.test("a gauge drops the series of deleted objects", async () => {
  const registry = createPrometheusRegistry();
  const gauge = registry.gauge({ name: "used", help: "Used.", labelNames: ["ippool"] });
  gauge.set(1, { ippool: "a" });
  gauge.set(2, { ippool: "b" });
  gauge.remove({ ippool: "a" });
  const text = await registry.expose();
  assert.doesNotMatch(text, /ippool="a"/);
  assert.match(text, /^used\{ippool="b"\} 2$/m);
  gauge.reset();
  assert.doesNotMatch(await registry.expose(), /ippool="b"/);
});

Deno.test("a histogram counts into its buckets", async () => {
  const registry = createPrometheusRegistry();
  registry.histogram({ name: "seconds", help: "Time.", buckets: [0.1, 1] }).observe(0.5);
  assert.match(await registry.expose(), /^seconds_bucket\{le="1"\} 1$/m);
});
