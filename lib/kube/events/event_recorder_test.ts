import type { JsonObject } from "../../base/json.ts";
import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { KubeObject } from "../../api/meta.ts";
import { FakeClock, settle } from "../../../tests/support/clocks/fake_clock.ts";
import { configMap } from "../../../tests/support/kube/kube_samples.ts";
import { RecordingLogger } from "../../../tests/support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../../tests/support/metrics/recording_registry.ts";
import { type EventNote, StatusError } from "../contract.ts";
import { createEventRecorder } from "./event_recorder.ts";

type Create = (object: KubeObject, signal: AbortSignal | undefined) => Promise<KubeObject>;

function setUp(create: Create = (object) => Promise.resolve(object)) {
  const clock = new FakeClock();
  const log = new RecordingLogger();
  const registry = new RecordingRegistry();
  const sent: KubeObject[] = [];
  const patches: JsonObject[] = [];
  /** Failures of the patches to come. */
  const refused: Error[] = [];
  const recorder = createEventRecorder({
    client: {
      create: (_type, object, options) => {
        sent.push(object);
        return create(object, options?.signal);
      },
      mergePatch: (_type, name, patch) => {
        patches.push({ name: name.name.split(".")[0], ...patch });
        const refusal = refused.shift();
        return refusal === undefined ? Promise.resolve(configMap("a", 1)) : Promise.reject(refusal);
      },
    },
    reportingInstance: "controller-0",
    clock,
    random: () => 0.5,
    log,
    registry,
  });
  return { recorder, clock, log, registry, sent, patches, refused };
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

Deno.test("EventRecorder counts repetitions in the series of one object, a write each five minutes", async () => {
  const { recorder, clock, sent, patches } = setUp();
  for (let second = 0; second < 20 * 60; second++) {
    recorder.record(note("a"));
    await clock.advance(1000);
  }
  recorder.record(note("b"));
  recorder.record(note("a", "10.0.0.3 was allocated"));
  await settle();
  deepEqual(sent.map((event) => [event.metadata.name.split(".")[0], event["series"]]), [
    ["a", undefined],
    ["b", undefined],
    ["a", undefined],
  ]);
  const minute = (n: string) => `2024-01-01T00:${n}.000000Z`;
  deepEqual(patches.slice(0, 2), [
    { name: "a", series: { count: 300, lastObservedTime: minute("04:59") } },
    { name: "a", series: { count: 600, lastObservedTime: minute("09:59") } },
  ]);
  await recorder.close();
  deepEqual(patches.at(-1), {
    name: "a",
    series: { count: 1200, lastObservedTime: minute("19:59") },
  });
});

Deno.test("EventRecorder tells of what was repeated while the event was on its way", async () => {
  const onTheWay = Promise.withResolvers<void>();
  const { recorder, clock, patches } = setUp(async (object) => {
    await onTheWay.promise;
    return object;
  });
  recorder.record(note("a"));
  await settle();
  recorder.record(note("a"));
  await settle();
  onTheWay.resolve();
  await clock.advance(5 * 60_000);
  deepEqual(patches.map((patch) => (patch["series"] as { count: number }).count), [2]);
  await recorder.close();
});

Deno.test("EventRecorder begins a new event when a note was not repeated for six minutes", async () => {
  const { recorder, clock, sent } = setUp();
  recorder.record(note("a"));
  await clock.advance(6 * 60_000);
  recorder.record(note("a"));
  await settle();
  equal(sent.length, 2);
});

for (const [jump, hours] of [["forward", 1], ["back", -1]] as const) {
  Deno.test(`EventRecorder keeps a series and its pauses when the host's clock jumps ${jump}`, async () => {
    const { recorder, clock, sent, patches } = setUp();
    recorder.record(note("a"));
    await clock.advance(60_000);
    clock.wallSkewMs = hours * 3_600_000;
    recorder.record(note("a"));
    await clock.advance(3 * 60_000);
    equal(patches.length, 0);
    await clock.advance(60_000);
    equal(sent.length, 1);
    const lastObservedTime = hours > 0
      ? "2024-01-01T01:01:00.000000Z"
      : "2023-12-31T23:01:00.000000Z";
    deepEqual(patches, [{ name: "a", series: { count: 2, lastObservedTime } }]);
    await recorder.close();
  });
}

Deno.test("EventRecorder creates an event that expired on the server again, with its count", async () => {
  const { recorder, sent, patches, refused } = setUp();
  refused.push(new StatusError(404, "NotFound", "no such event"));
  recorder.record(note("a"));
  await settle();
  recorder.record(note("a"));
  await recorder.close();
  equal(patches.length, 1);
  deepEqual(sent.map((event) => event["series"]), [
    undefined,
    { count: 2, lastObservedTime: "2024-01-01T00:00:00.000000Z" },
  ]);
});

Deno.test("EventRecorder combines what it says of one object for one reason after ten sentences", async () => {
  const { recorder, sent } = setUp();
  for (let index = 0; index < 50; index++) recorder.record(note("a", `sentence ${index}`));
  recorder.record(note("b"));
  await settle();
  equal(sent.length, 12);
  equal(sent[10]?.["note"], "(combined from similar events): sentence 10");
  equal((sent[10]?.["series"] as { count: number } | undefined)?.count, 40);
});

Deno.test("EventRecorder gives combined events another sentence when they go on", async () => {
  const { recorder, clock, sent } = setUp();
  for (let minute = 0; minute < 20; minute++) {
    for (let index = 0; index < 11; index++) {
      recorder.record(note("a", index < 10 ? `sentence ${index}` : `in minute ${minute}`));
    }
    await clock.advance(60_000);
  }
  const combined = sent.map((event) => `${event["note"]}`).filter((text) => /^\(comb/.test(text));
  ok(new Set(combined).size > 1, combined.join("\n"));
});

Deno.test("EventRecorder keeps what it has while the API is away, and gives up after twelve attempts", async () => {
  let isAway = true;
  const { recorder, clock, sent, registry, log } = setUp((object) =>
    isAway ? Promise.reject(new Error("connection refused")) : Promise.resolve(object)
  );
  recorder.record(note("a"));
  recorder.record(note("b"));
  await clock.advance(60_000);
  isAway = false;
  await clock.advance(30_000);
  equal(registry.value("event_recorder_events_total", { result: "sent" }), 2);
  deepEqual(log.lines, []);
  isAway = true;
  const before = sent.length;
  recorder.record(note("c"));
  await clock.advance(600_000);
  equal(sent.length - before, 12);
  equal(registry.value("event_recorder_events_total", { result: "failed" }), 1);
});

Deno.test("EventRecorder tries again after five minutes when an event that was refused is repeated", async () => {
  const refusals = [new StatusError(403, "Forbidden", "events is forbidden")];
  const { recorder, clock, sent, registry } = setUp((object) => {
    const refusal = refusals.pop();
    return refusal === undefined ? Promise.resolve(object) : Promise.reject(refusal);
  });
  for (let minute = 0; minute < 6; minute++) {
    recorder.record(note("a"));
    await clock.advance(60_000);
  }
  equal(sent.length, 2);
  equal(registry.value("event_recorder_events_total", { result: "sent" }), 1);
  await recorder.close();
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
    new StatusError(422, "Invalid", "regarding.name is wrong"),
    new StatusError(422, "Invalid", "regarding.name is wrong"),
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

Deno.test("EventRecorder complains of missing rights again after an hour", async () => {
  const forbidden = new StatusError(403, "Forbidden", "events is forbidden");
  const { recorder, clock, log } = setUp(() => Promise.reject(forbidden));
  for (const map of ["a", "b"]) {
    recorder.record(note(map));
    await settle();
    await clock.advance(3600_000);
  }
  deepEqual(log.lines.map((line) => line.fields["key"]), ["default/a", "default/b"]);
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
