import assert from "node:assert/strict";
import { namesIn } from "./promql_names.ts";

Deno.test("namesIn() finds metrics with the labels that choose them, and those that group", () => {
  const cases = [
    {
      expr: 'max by (pool, ippool) (a{x="by (z)", y!~"1|2"}) == 1 and on (pool) b',
      metrics: [{ name: "a", labels: ["x", "y"] }, { name: "b", labels: [] }],
      grouping: ["pool", "ippool", "pool"],
    },
    {
      expr: "sum(rate(a_total[$__rate_interval])) or increase(b[5m] offset 1h) > 1.5e3",
      metrics: [{ name: "a_total", labels: [] }, { name: "b", labels: [] }],
      grouping: [],
    },
    {
      expr: "histogram_quantile(0.9, sum by (le) (a_bucket)) * on (p) group_left (q) absent(b{})",
      metrics: [{ name: "a_bucket", labels: [] }, { name: "b", labels: [] }],
      grouping: ["le", "p", "q"],
    },
  ];
  for (const { expr, ...want } of cases) assert.deepEqual(namesIn(expr), want, expr);
});
