import assert from "node:assert/strict";
import { SeriesCounter, SeriesHistogram } from "./series.ts";

Deno.test("SeriesCounter has one series for each combination of labels", () => {
  const counter = new SeriesCounter({ name: "sent_total", help: "Sent.", labelNames: ["errno"] });
  const series = counter.series({ errno: "ENOBUFS" });
  for (let i = 0; i < 5; i++) series.inc();
  counter.series({ errno: "ENETDOWN" });
  assert.equal(counter.series({ errno: "ENOBUFS" }), series);
  assert.deepEqual(counter.get(), {
    name: "sent_total",
    help: "Sent.",
    type: "counter",
    values: [
      { labels: { errno: "ENOBUFS" }, value: 5 },
      { labels: { errno: "ENETDOWN" }, value: 0 },
    ],
  });
});

Deno.test("SeriesCounter finds a series by its labels in any order", () => {
  const spec = { name: "sent_total", help: "Sent.", labelNames: ["errno", "pool"] };
  const counter = new SeriesCounter(spec);
  const series = counter.series({ errno: "ENOBUFS", pool: "a" });
  assert.equal(counter.series({ pool: "a", errno: "ENOBUFS" }), series);
  assert.notEqual(counter.series({ pool: "ENOBUFS", errno: "a" }), series);
});

Deno.test("SeriesHistogram's buckets hold what is not above their bound, and add up", () => {
  const spec = { name: "seconds", help: "Time.", labelNames: ["pool"], buckets: [0.1, 1] };
  const histogram = new SeriesHistogram(spec);
  for (const value of [0.05, 0.1, 0.5, 3]) histogram.series({ pool: "a" }).observe(value);
  const { type, values } = histogram.get();
  assert.equal(type, "histogram");
  assert.deepEqual(values, [
    { metricName: "seconds_bucket", labels: { pool: "a", le: "0.1" }, value: 2 },
    { metricName: "seconds_bucket", labels: { pool: "a", le: "1" }, value: 3 },
    { metricName: "seconds_bucket", labels: { pool: "a", le: "+Inf" }, value: 4 },
    { metricName: "seconds_sum", labels: { pool: "a" }, value: 3.65 },
    { metricName: "seconds_count", labels: { pool: "a" }, value: 4 },
  ]);
});
