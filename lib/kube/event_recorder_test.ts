import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { KubeObject } from "../api/meta.ts";
import { FakeClock, settle } from "../../tests/support/fake_clock.ts";
import { configMap } from "../../tests/support/kube_samples.ts";
import { RecordingLogger } from "../../tests/support/recording_logger.ts";
import { RecordingRegistry } from "../../tests/support/recording_registry.ts";
import { StatusError } from "./contract.ts";
import type { EventNote } from "./contract.ts";
import { createEventRecorder } from "./event_recorder.ts";

type Create = (object: KubeObject, signal: AbortSignal | undefined) => Promise<KubeObject>;

function setUp(create: Create = (object) => Promise.resolve(object)) {
  const clock = new FakeClock();
  const log = new RecordingLogger();
  const registry = new RecordingRegistry();
  const sent: KubeObject[] = [];
  const recorder = createEventRecorder({
    client: {
      create: (_type, object, options) => {
        sent.push(object);
        return create(object, options?.signal);
      },
    },
    reportingInstance: "controller-0",
    clock,
    random: () => 0.5,
    log,
    registry,
  });
  return { recorder, clock, log, registry, sent };
}

function note(name: string, text = "10.0.0.2 was allocated"): EventNote {
  const { apiVersion, kind, metadata } = configMap(name, 7);
  return {
    regarding: { apiVersion, kind, metadata },
    type: "Normal",
    reason: "IPAllocated",
    note: text,
  };
}

Deno.test("EventRecorder sends what the API server's validation asks of an Event", async () => {
  const { recorder, sent } = setUp();
  recorder.record(note("a"));
  await settle();
  const [event] = sent;
  ok(event !== undefined);
  match(event.metadata.name, /^a\.[0-9a-f]{19}$/);
  deepEqual({ ...event, metadata: event.metadata.namespace }, {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: "default",
    eventTime: "2024-01-01T00:00:00.000000Z",
    type: "Normal",
    reason: "IPAllocated",
    action: "IPAllocated",
    note: "10.0.0.2 was allocated",
    regarding: {
      apiVersion: "v1",
      kind: "ConfigMap",
      name: "a",
      namespace: "default",
      uid: "uid-a",
      resourceVersion: "7",
    },
    reportingController: "vm-dhcp",
    reportingInstance: "controller-0",
  });
});

Deno.test("EventRecorder keeps within the limits of names and notes, and puts cluster objects into default", async () => {
  const { recorder, sent } = setUp();
  recorder.record({
    regarding: { apiVersion: "v1", kind: "Namespace", metadata: { name: "n".repeat(253) } },
    type: "Warning",
    reason: "Long",
    note: "é".repeat(1000),
  });
  await settle();
  const [event] = sent;
  ok(event !== undefined);
  ok(event.metadata.name.length <= 253);
  equal(event.metadata.namespace, "default");
  equal(new TextEncoder().encode(String(event["note"])).length, 1024);
});

Deno.test("EventRecorder does not repeat a note about the same object within ten minutes", async () => {
  const { recorder, clock, sent } = setUp();
  const names = () => sent.map((event) => event.metadata.name.split(".")[0]);
  for (let minute = 0; minute < 10; minute++) {
    recorder.record(note("a"));
    await clock.advance(59_000);
  }
  recorder.record(note("b"));
  recorder.record(note("a", "10.0.0.3 was allocated"));
  await settle();
  deepEqual(names(), ["a", "b", "a"]);
  await clock.advance(10_000);
  recorder.record(note("a"));
  await settle();
  equal(sent.length, 4);
});

Deno.test("EventRecorder lets a burst of 25 through and 5 a second after that", async () => {
  const { recorder, clock, sent } = setUp();
  for (let index = 0; index < 100; index++) recorder.record(note(`map-${index}`));
  await settle();
  equal(sent.length, 25);
  await clock.advance(2000);
  equal(sent.length, 35);
});

Deno.test("EventRecorder drops what its queue cannot hold, and counts it", async () => {
  const { recorder, clock, registry } = setUp();
  for (let index = 0; index < 1500; index++) recorder.record(note(`map-${index}`));
  equal(registry.value("event_recorder_events_total", { result: "dropped" }), 499);
  await clock.advance(1_000_000);
  equal(registry.value("event_recorder_events_total", { result: "sent" }), 1001);
});

Deno.test("EventRecorder complains once of missing rights and each time of other failures", async () => {
  const failures = [
    new StatusError(403, "Forbidden", "events is forbidden"),
    new StatusError(403, "Forbidden", "events is forbidden"),
    new StatusError(404, "NotFound", "namespace not found"),
    new StatusError(404, "NotFound", "namespace not found"),
    new Error("reset"),
    new Error("reset"),
  ];
  const { recorder, log, registry } = setUp(() => Promise.reject(failures.shift()));
  for (let index = 0; index < 6; index++) recorder.record(note(`map-${index}`));
  await settle();
  deepEqual(log.lines.map((line) => line.fields["key"]), [
    "default/map-0",
    "default/map-2",
    "default/map-4",
    "default/map-5",
  ]);
  equal(registry.value("event_recorder_events_total", { result: "failed" }), 6);
});

Deno.test("EventRecorder.close() sends what waits without a pause and takes nothing more", async () => {
  const { recorder, clock, sent } = setUp();
  for (let index = 0; index < 60; index++) recorder.record(note(`map-${index}`));
  await settle();
  await recorder.close();
  equal(sent.length, 60);
  recorder.record(note("too late"));
  await settle();
  equal(sent.length, 60);
  equal(clock.sleeping, 0);
});

Deno.test("EventRecorder.close() gives up after two seconds", async () => {
  const { recorder, clock, sent } = setUp((object, signal) =>
    new Promise((resolve) => signal?.addEventListener("abort", () => resolve(object)))
  );
  recorder.record(note("a"));
  recorder.record(note("b"));
  await settle();
  const closed = recorder.close();
  await clock.advance(2000);
  await closed;
  equal(sent.length, 1);
});
