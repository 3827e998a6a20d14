import assert from "node:assert/strict";
import { SeriesCounter, SeriesHistogram } from "../observe/series.ts";
import { createPrometheusRegistry } from "./prometheus_registry.ts";

function linesOf(text: string): readonly string[] {
  return text.trim().split("\n").filter((line) => line !== "");
}

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

Deno.test("a registry writes what the exposition format demands", async () => {
  const registry = createPrometheusRegistry();
  const gauge = registry.gauge({ name: "g", help: 'A \\ and\na "line".', labelNames: ["l"] });
  gauge.set(Infinity, { l: 'a\\b"c\nd' });
  gauge.set(-Infinity, { l: "low" });
  gauge.set(NaN, { l: "none" });
  gauge.set(1e21, { l: "much" });
  registry.counter({ name: "c_total", help: "C." }).inc();
  // Numbers are what ParseFloat of Go reads, and it reads NaN in any case of its letters.
  assert.equal(
    await registry.expose(),
    '# HELP g A \\\\ and\\na "line".\n# TYPE g gauge\n' +
      'g{l="a\\\\b\\"c\\nd"} +Inf\ng{l="low"} -Inf\ng{l="none"} Nan\ng{l="much"} 1e+21\n' +
      "\n# HELP c_total C.\n# TYPE c_total counter\nc_total 1\n",
  );
});

Deno.test("a counter's labels may come in any order and are written as they first came", async () => {
  const registry = createPrometheusRegistry();
  const spec = { name: "sent_total", help: "Sent.", labelNames: ["errno", "pool"] };
  registry.counter(spec).inc({ errno: "ENOBUFS", pool: "a" }, 3);
  registry.counter(spec).inc({ pool: "a", errno: "ENOBUFS" }, 2);
  registry.counter(spec).inc({ errno: "ENETDOWN", pool: "a" }, 0);
  assert.deepEqual(linesOf(await registry.expose()), [
    "# HELP sent_total Sent.",
    "# TYPE sent_total counter",
    'sent_total{errno="ENOBUFS",pool="a"} 5',
    'sent_total{errno="ENETDOWN",pool="a"} 0',
  ]);
});

Deno.test("metrics without labels are exposed before they have counted", async () => {
  const registry = createPrometheusRegistry();
  registry.counter({ name: "faults_total", help: "Faults." });
  registry.gauge({ name: "level", help: "Level." });
  registry.histogram({ name: "seconds", help: "Time.", buckets: [1] });
  const text = await registry.expose();
  assert.match(text, /^faults_total 0$/m);
  assert.match(text, /^level 0$/m);
  assert.match(text, /^seconds_bucket\{le="\+Inf"\} 0$/m);
});

Deno.test("a registry makes every update before each reading, in their order", async () => {
  const registry = createPrometheusRegistry();
  const level = registry.gauge({ name: "level", help: "Level." });
  let readings = 0;
  registry.beforeRead(() => readings++);
  registry.beforeRead(() => level.set(readings));
  assert.match(await registry.expose(), /^level 1$/m);
  assert.match(await registry.expose(), /^level 2$/m);
});

Deno.test("metrics that count for themselves are exposed with what was counted by then", async () => {
  const registry = createPrometheusRegistry();
  const sent = { name: "sent_total", help: "Sent.", labelNames: ["errno"] };
  const time = { name: "seconds", help: "Time.", labelNames: ["pool"], buckets: [0.1, 1] };
  const counter = registry.add(new SeriesCounter(sent));
  const again = registry.add(new SeriesCounter(sent));
  const histogram = registry.add(new SeriesHistogram(time));
  assert.equal(counter, again);
  counter.series({ errno: "ENOBUFS" }).inc();
  again.series({ errno: "ENOBUFS" }).inc();
  for (const value of [0.05, 0.1, 0.5, 3]) histogram.series({ pool: "a" }).observe(value);
  assert.deepEqual(linesOf(await registry.expose()), [
    "# HELP sent_total Sent.",
    "# TYPE sent_total counter",
    'sent_total{errno="ENOBUFS"} 2',
    "# HELP seconds Time.",
    "# TYPE seconds histogram",
    'seconds_bucket{pool="a",le="0.1"} 2',
    'seconds_bucket{pool="a",le="1"} 3',
    'seconds_bucket{pool="a",le="+Inf"} 4',
    'seconds_sum{pool="a"} 3.65',
    'seconds_count{pool="a"} 4',
  ]);
});

Deno.test("a histogram's buckets hold what is not above their bound, and add up", async () => {
  const registry = createPrometheusRegistry();
  const spec = { name: "seconds", help: "Time.", labelNames: ["pool"], buckets: [0.1, 1] };
  for (const value of [0.05, 0.1, 0.5, 3]) registry.histogram(spec).observe(value, { pool: "a" });
  assert.deepEqual(linesOf(await registry.expose()), [
    "# HELP seconds Time.",
    "# TYPE seconds histogram",
    'seconds_bucket{le="0.1",pool="a"} 2',
    'seconds_bucket{le="1",pool="a"} 3',
    'seconds_bucket{le="+Inf",pool="a"} 4',
    'seconds_sum{pool="a"} 3.65',
    'seconds_count{pool="a"} 4',
  ]);
});
