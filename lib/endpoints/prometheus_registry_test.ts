import assert from "node:assert/strict";
import { createPrometheusRegistry } from "./prometheus_registry.ts";

Deno.test("a registry gives the same metric when asked twice", () => {
  const registry = createPrometheusRegistry();
  const spec = { name: "packets_total", help: "Packets.", labelNames: ["outcome"] };
  registry.counter(spec).inc({ outcome: "ack" });
  registry.counter(spec).inc({ outcome: "ack" }, 2);
  assert.match(registry.expose(), /^packets_total\{outcome="ack"\} 3$/m);
});

Deno.test("a gauge drops the series of deleted objects", () => {
  const registry = createPrometheusRegistry();
  const gauge = registry.gauge({ name: "used", help: "Used.", labelNames: ["ippool"] });
  gauge.set(1, { ippool: "a" });
  gauge.set(2, { ippool: "b" });
  gauge.remove({ ippool: "a" });
  const text = registry.expose();
  assert.doesNotMatch(text, /ippool="a"/);
  assert.match(text, /^used\{ippool="b"\} 2$/m);
  gauge.reset();
  assert.doesNotMatch(registry.expose(), /ippool="b"/);
});

Deno.test("a histogram counts into its buckets", () => {
  const registry = createPrometheusRegistry();
  registry.histogram({ name: "seconds", help: "Time.", buckets: [0.1, 1] }).observe(0.5);
  assert.match(registry.expose(), /^seconds_bucket\{le="1"\} 1$/m);
});

Deno.test("a registry writes what the exposition format demands", () => {
  const registry = createPrometheusRegistry();
  const gauge = registry.gauge({ name: "g", help: 'A \\ and\na "line".', labelNames: ["l"] });
  gauge.set(Infinity, { l: 'a\\b"c\nd' });
  gauge.set(-Infinity, { l: "low" });
  gauge.set(NaN, { l: "none" });
  gauge.set(1e21, { l: "much" });
  registry.counter({ name: "c_total", help: "C." }).inc();
  assert.equal(
    registry.expose(),
    '# HELP g A \\\\ and\\na "line".\n# TYPE g gauge\n' +
      'g{l="a\\\\b\\"c\\nd"} +Inf\ng{l="low"} -Inf\ng{l="none"} NaN\ng{l="much"} 1e+21\n' +
      "\n# HELP c_total C.\n# TYPE c_total counter\nc_total 1\n",
  );
});
