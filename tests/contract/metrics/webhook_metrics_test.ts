/** docs/webhook.md must list what the webhook tells about itself. */

import assert from "node:assert/strict";
import { WebhookMetrics } from "../../../lib/webhook/webhook_metrics.ts";
import { documentedMetrics, MetricNotes } from "../../support/metrics/metric_notes.ts";

Deno.test("docs/webhook.md lists the metrics of the webhook with their labels", () => {
  const notes = new MetricNotes();
  new WebhookMetrics(notes.registry);
  assert.deepEqual(notes.rows(), documentedMetrics("webhook.md"));
});
