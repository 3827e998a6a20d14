import assert from "node:assert/strict";
import type { JsonObject } from "../../base/json.ts";
import type { KubeObject } from "../../api/meta.ts";
import { lastWarningOf } from "./pod_warning.ts";

function event(fields: JsonObject): KubeObject {
  const metadata = { name: "x", creationTimestamp: "2026-01-01T00:00:00Z" };
  return { apiVersion: "events.k8s.io/v1", kind: "Event", type: "Warning", metadata, ...fields };
}

const CASES: readonly { name: string; events: readonly KubeObject[]; want: string | undefined }[] =
  [
    { name: "none", events: [], want: undefined },
    {
      name: "good news only",
      events: [event({ type: "Normal", note: "pulled" })],
      want: undefined,
    },
    {
      name: "the one that was repeated last",
      events: [
        event({ note: "a", deprecatedLastTimestamp: "2026-01-01T00:00:05Z" }),
        event({
          note: "b",
          deprecatedLastTimestamp: null,
          eventTime: "2026-01-01T00:00:04.000000Z",
        }),
        event({
          reason: "Failed",
          note: "c",
          series: { lastObservedTime: "2026-01-01T00:00:09.5Z" },
        }),
        event({ note: "d" }),
      ],
      want: "Failed: c",
    },
    {
      name: "the first of those of one instant",
      events: [event({ note: "a" }), event({ note: "b" }), event({ note: "c" })],
      want: "a",
    },
    { name: "odd ones", events: [event({ note: 1, reason: {}, series: "x" })], want: "" },
  ];

for (const { name, events, want } of CASES) {
  Deno.test(`lastWarningOf() ${name}`, () => {
    assert.equal(lastWarningOf(events), want);
  });
}
