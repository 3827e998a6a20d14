import { deepEqual, equal, match, ok } from "node:assert/strict";
import { settle } from "../../../tests/support/clocks/fake_clock.ts";
import { eventNote, setUpRecorder } from "../../../tests/support/kube/event_setup.ts";
import { StatusError } from "../contract.ts";

Deno.test("EventRecorder sends what the API server's validation asks of an Event", async () => {
  const { recorder, sent } = setUpRecorder();
  recorder.record(eventNote("a"));
  await settle();
  const [event] = sent;
  ok(event !== undefined);
  match(event.metadata.name, /^a\.[0-9a-f]{19}$/);
  deepEqual({ ...event, metadata: event.metadata.namespace }, {
    apiVersion: "v1",
    kind: "Event",
    metadata: "default",
    firstTimestamp: "2024-01-01T00:00:00Z",
    lastTimestamp: "2024-01-01T00:00:00Z",
    count: 1,
    type: "Normal",
    reason: "IPAllocated",
    message: "10.0.0.2 was allocated",
    involvedObject: {
      apiVersion: "v1",
      kind: "ConfigMap",
      name: "a",
      namespace: "default",
      uid: "uid-a",
      resourceVersion: "7",
    },
    source: { component: "vm-dhcp" },
    reportingComponent: "vm-dhcp",
    reportingInstance: "controller-0",
  });
});

Deno.test("EventRecorder logs the first of each warning, with its sentence", () => {
  const { recorder, log } = setUpRecorder();
  const note = "all addresses of ippool default/a are in use; delete VMs";
  for (let time = 0; time < 3; time++) {
    recorder.record({ ...eventNote("a"), type: "Warning", reason: "PoolExhausted", note });
  }
  recorder.record(eventNote("b"));
  deepEqual(log.lines.filter(({ level }) => level !== "debug"), [{
    level: "warn",
    msg: "event",
    fields: { kind: "ConfigMap", key: "default/a", reason: "PoolExhausted", note },
  }]);
});

Deno.test("EventRecorder keeps within the limits of names and notes, and puts cluster objects into default", async () => {
  const { recorder, sent } = setUpRecorder();
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
  equal(new TextEncoder().encode(String(event["message"])).length, 1024);
});

Deno.test("EventRecorder counts repetitions in the series of one object, a write each five minutes", async () => {
  const { recorder, clock, sent, patches } = setUpRecorder();
  for (let second = 0; second < 20 * 60; second++) {
    recorder.record(eventNote("a"));
    await clock.advance(1000);
  }
  recorder.record(eventNote("b"));
  recorder.record(eventNote("a", "10.0.0.3 was allocated"));
  await settle();
  deepEqual(sent.map((event) => [event.metadata.name.split(".")[0], event["count"]]), [
    ["a", 1],
    ["b", 1],
    ["a", 1],
  ]);
  const minute = (n: string) => `2024-01-01T00:${n}Z`;
  deepEqual(patches.slice(0, 2), [
    { name: "a", count: 300, lastTimestamp: minute("04:59") },
    { name: "a", count: 600, lastTimestamp: minute("09:59") },
  ]);
  await recorder.close();
  deepEqual(patches.at(-1), {
    name: "a",
    count: 1200,
    lastTimestamp: minute("19:59"),
  });
});

Deno.test("EventRecorder tells of what was repeated while the event was on its way", async () => {
  const onTheWay = Promise.withResolvers<void>();
  const { recorder, clock, patches } = setUpRecorder(async (object) => {
    await onTheWay.promise;
    return object;
  });
  recorder.record(eventNote("a"));
  await settle();
  recorder.record(eventNote("a"));
  await settle();
  onTheWay.resolve();
  await clock.advance(5 * 60_000);
  deepEqual(patches.map((patch) => patch["count"]), [2]);
  await recorder.close();
});

Deno.test("EventRecorder begins a new event when a note was not repeated for six minutes", async () => {
  const { recorder, clock, sent } = setUpRecorder();
  recorder.record(eventNote("a"));
  await clock.advance(6 * 60_000);
  recorder.record(eventNote("a"));
  await settle();
  equal(sent.length, 2);
});

for (const [jump, hours] of [["forward", 1], ["back", -1]] as const) {
  Deno.test(`EventRecorder keeps a series and its pauses when the host's clock jumps ${jump}`, async () => {
    const { recorder, clock, sent, patches } = setUpRecorder();
    recorder.record(eventNote("a"));
    await clock.advance(60_000);
    clock.wallSkewMs = hours * 3_600_000;
    recorder.record(eventNote("a"));
    await clock.advance(3 * 60_000);
    equal(patches.length, 0);
    await clock.advance(60_000);
    equal(sent.length, 1);
    const lastTimestamp = hours > 0 ? "2024-01-01T01:01:00Z" : "2023-12-31T23:01:00Z";
    deepEqual(patches, [{ name: "a", count: 2, lastTimestamp }]);
    await recorder.close();
  });
}

Deno.test("EventRecorder creates an event that expired on the server again, with its count", async () => {
  const { recorder, sent, patches, refused } = setUpRecorder();
  refused.push(new StatusError(404, "NotFound", "no such event"));
  recorder.record(eventNote("a"));
  await settle();
  recorder.record(eventNote("a"));
  await recorder.close();
  equal(patches.length, 1);
  deepEqual(sent.map((event) => event["count"]), [1, 2]);
});

Deno.test("EventRecorder combines what it says of one object for one reason after ten sentences", async () => {
  const { recorder, sent } = setUpRecorder();
  for (let index = 0; index < 50; index++) recorder.record(eventNote("a", `sentence ${index}`));
  recorder.record(eventNote("b"));
  await settle();
  equal(sent.length, 12);
  equal(sent[10]?.["message"], "(combined from similar events): sentence 10");
  equal(sent[10]?.["count"], 40);
});

Deno.test("EventRecorder gives combined events another sentence when they go on", async () => {
  const { recorder, clock, sent } = setUpRecorder();
  for (let minute = 0; minute < 20; minute++) {
    for (let index = 0; index < 11; index++) {
      recorder.record(eventNote("a", index < 10 ? `sentence ${index}` : `in minute ${minute}`));
    }
    await clock.advance(60_000);
  }
  const combined = sent.map((event) => `${event["message"]}`).filter((text) =>
    /^\(comb/.test(text)
  );
  ok(new Set(combined).size > 1, combined.join("\n"));
});
