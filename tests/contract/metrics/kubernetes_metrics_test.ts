/** docs/metrics-kubernetes.md must list the metrics that a client with a cache has. */

import assert from "node:assert/strict";
import { IPPOOLS } from "../../../lib/api/resources.ts";
import type { KubeObject } from "../../../lib/api/meta.ts";
import { createInformer } from "../../../lib/kube/cache/informer.ts";
import { OptionalInformer } from "../../../lib/kube/cache/optional_informer.ts";
import { createKubeClient } from "../../../lib/kube/client/rest_client.ts";
import { FakeClock } from "../../support/clocks/fake_clock.ts";
import { documentedMetrics, MetricNotes } from "../../support/metrics/metric_notes.ts";
import { RecordingLogger } from "../../support/metrics/recording_logger.ts";

Deno.test("docs/metrics-kubernetes.md lists the metrics of client and caches with their labels", () => {
  const notes = new MetricNotes();
  const parts = {
    clock: new FakeClock(),
    random: () => 0,
    log: new RecordingLogger(),
    registry: notes.registry,
    userAgent: "vm-dhcp/0.0.0 (test) test",
  };
  const client = createKubeClient({ server: "https://127.0.0.1:1" }, parts);
  const options = { ...parts, client, type: IPPOOLS, convert: (object: KubeObject) => object };
  new OptionalInformer((onList) => createInformer({ ...options, onList }), {
    ...options,
    isOnDemand: false,
  });
  client.close();
  assert.deepEqual(notes.rows(), documentedMetrics("metrics-kubernetes.md"));
});
