import assert from "node:assert/strict";
import { createPrometheusRegistry } from "./prometheus_registry.ts";

function linesOf(text: string): readonly string[] {
  return text.trim().split("\n").filter((line) => line !== "");
}

Deno.test("a counter's series are exposed with what was counted by then", () => {
  const registry = createPrometheusRegistry();
  const spec = { name: "sent_total", help: "Sent.", labelNames: ["errno"] };
  const series = registry.counter(spec).series({ errno: "ENOBUFS" });
  series.inc();
  series.inc(4);
  registry.counter(spec).inc({ errno: "ENETDOWN" }, 2);
  assert.equal(registry.counter(spec).series({ errno: "ENOBUFS" }), series);
  assert.deepEqual(linesOf(registry.expose()), [
    "# HELP sent_total Sent.",
    "# TYPE sent_total counter",
    'sent_total{errno="ENOBUFS"} 5',
    'sent_total{errno="ENETDOWN"} 2',
  ]);
});

Deno.test("a counter without labels is exposed before it has counted", () => {
  const registry = createPrometheusRegistry();
  registry.counter({ name: "faults_total", help: "Faults." });
  assert.match(registry.expose(), /^faults_total 0$/m);
});

Deno.test("a histogram's buckets hold what is not above their bound, and add up", () => {
  const registry = createPrometheusRegistry();
  const spec = { name: "seconds", help: "Time.", labelNames: ["pool"], buckets: [0.1, 1] };
  const series = registry.histogram(spec).series({ pool: "a" });
  for (const value of [0.05, 0.1, 0.5, 3]) series.observe(value);
  assert.deepEqual(linesOf(registry.expose()), [
    "# HELP seconds Time.",
    "# TYPE seconds histogram",
    'seconds_bucket{pool="a",le="0.1"} 2',
    'seconds_bucket{pool="a",le="1"} 3',
    'seconds_bucket{pool="a",le="+Inf"} 4',
    'seconds_sum{pool="a"} 3.65',
    'seconds_count{pool="a"} 4',
  ]);
});
