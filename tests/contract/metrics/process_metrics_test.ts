/** docs/metrics-process.md must list what every process tells about itself. */

import assert from "node:assert/strict";
import { PART_READY } from "../../../cmd/compose/optional_parts.ts";
import {
  BUILD_INFO,
  LOG_LINES_LEFT_OUT,
  PROCESS_START,
} from "../../../cmd/compose/process_parts.ts";
import { UNHANDLED_ERRORS } from "../../../cmd/compose/unhandled_errors.ts";
import { BUDGET_BYTES } from "../../../lib/http/memory_budget.ts";
import { CONNECTION_LIMITS, CUT_REASONS } from "../../../lib/http/connection_table.ts";
import { createHttpMetrics } from "../../../lib/http/http_metrics.ts";
import { documentedMetrics, MetricNotes } from "../../support/metrics/metric_notes.ts";

const DOCUMENT = Deno.readTextFileSync(
  new URL("../../../docs/metrics-process.md", import.meta.url),
);

Deno.test("docs/metrics-process.md lists the metrics of every process with their labels", () => {
  const notes = new MetricNotes();
  createHttpMetrics(notes.registry, "endpoints");
  notes.registry.gauge(PROCESS_START);
  notes.registry.gauge(BUILD_INFO);
  notes.registry.counter(LOG_LINES_LEFT_OUT);
  notes.registry.counter(UNHANDLED_ERRORS);
  notes.registry.gauge(PART_READY);
  assert.deepEqual(notes.rows(), documentedMetrics("metrics-process.md"));
});

Deno.test("docs/metrics-process.md explains each reason for which a connection is cut off", () => {
  const explained = [...DOCUMENT.matchAll(/^\| `(\w+)` \| (?:has|is) /gm)].map(([, name]) => name);
  assert.deepEqual(explained, CUT_REASONS);
});

Deno.test("the documents name the limits that the listeners have", () => {
  const budget = `${BUDGET_BYTES / 2 ** 20} MiB`;
  const standalone = Deno.readTextFileSync(
    new URL("../../../docs/standalone.md", import.meta.url),
  );
  assert.ok(DOCUMENT.includes(budget) && standalone.includes(`hold up to ${budget} for clients`));
  assert.ok(DOCUMENT.includes(`up to ${CONNECTION_LIMITS.connections} for endpoints`));
});
