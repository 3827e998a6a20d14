import assert from "node:assert/strict";
import type { KubeObject } from "../../api/meta.ts";
import { fromCoreEvent, toCoreEvent } from "./events.ts";

const NEW_EVENT: KubeObject = {
  apiVersion: "events.k8s.io/v1",
  kind: "Event",
  metadata: { name: "e" },
  regarding: { kind: "IPPool", name: "p" },
  note: "Pool is full",
  reason: "PoolFull",
  type: "Warning",
  action: "Allocate",
  reportingController: "vm-dhcp",
  reportingInstance: "vm-dhcp-0",
  eventTime: "2026-01-01T00:00:00.000000Z",
  series: { count: 3, lastObservedTime: "2026-01-01T00:05:00.000000Z" },
};

const CORE_EVENT: KubeObject = {
  apiVersion: "v1",
  kind: "Event",
  metadata: { name: "e" },
  involvedObject: { kind: "IPPool", name: "p" },
  message: "Pool is full",
  reason: "PoolFull",
  type: "Warning",
  source: { component: "kubelet" },
  count: 2,
  firstTimestamp: "2026-01-01T00:00:00Z",
  lastTimestamp: "2026-01-01T00:05:00Z",
};

Deno.test("toCoreEvent() gives the fields that kubectl describe shows", () => {
  const event = toCoreEvent(NEW_EVENT);
  assert.equal(event.apiVersion, "v1");
  assert.deepEqual(event["involvedObject"], { kind: "IPPool", name: "p" });
  assert.equal(event["message"], "Pool is full");
  assert.equal(event["reportingComponent"], "vm-dhcp");
  assert.deepEqual(event["source"], { component: "vm-dhcp" });
  assert.deepEqual(event["series"], NEW_EVENT["series"]);
});

Deno.test("toCoreEvent() has the times by which kubectl sorts, also where they are not set", () => {
  const { firstTimestamp, lastTimestamp } = toCoreEvent(NEW_EVENT);
  assert.deepEqual([firstTimestamp, lastTimestamp], [null, null]);
  assert.equal(
    toCoreEvent(fromCoreEvent(CORE_EVENT))["lastTimestamp"],
    CORE_EVENT["lastTimestamp"],
  );
});

Deno.test("fromCoreEvent() keeps the fields that it has no other place for as deprecated", () => {
  const event = fromCoreEvent(CORE_EVENT);
  assert.equal(event.apiVersion, "events.k8s.io/v1");
  assert.equal(event["note"], "Pool is full");
  assert.equal(event["deprecatedCount"], 2);
  assert.deepEqual(event["deprecatedSource"], { component: "kubelet" });
});

Deno.test("toCoreEvent() after fromCoreEvent() gives the event back", () => {
  assert.deepEqual(toCoreEvent(fromCoreEvent(CORE_EVENT)), CORE_EVENT);
});

Deno.test("toCoreEvent() adds nothing to an event without a reporter", () => {
  const { reportingController: _, ...event } = NEW_EVENT;
  assert.equal("source" in toCoreEvent(event as KubeObject), false);
});
