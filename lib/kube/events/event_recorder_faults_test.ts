import { deepEqual, equal, ok } from "node:assert/strict";
import { settle } from "../../../tests/support/clocks/fake_clock.ts";
import { eventNote, setUpRecorder } from "../../../tests/support/kube/event_setup.ts";
import type { RecordingLogger } from "../../../tests/support/metrics/recording_logger.ts";
import { StatusError } from "../contract.ts";

/** The objects whose Events could not be recorded, as the log has them. */
function complaintsIn(log: RecordingLogger): readonly unknown[] {
  return log.lines.filter(({ msg }) => msg === "event could not be recorded")
    .map(({ fields }) => fields["key"]);
}

Deno.test("EventRecorder keeps what it has while the API is away, and gives up after twelve attempts", async () => {
  let isAway = true;
  const { recorder, clock, sent, registry, log } = setUpRecorder((object) =>
    isAway ? Promise.reject(new Error("connection refused")) : Promise.resolve(object)
  );
  recorder.record(eventNote("a"));
  recorder.record(eventNote("b"));
  await clock.advance(60_000);
  isAway = false;
  await clock.advance(30_000);
  equal(registry.value("event_recorder_events_total", { result: "sent" }), 2);
  deepEqual(complaintsIn(log), []);
  isAway = true;
  const before = sent.length;
  recorder.record(eventNote("c"));
  await clock.advance(600_000);
  equal(sent.length - before, 12);
  equal(registry.value("event_recorder_events_total", { result: "failed" }), 1);
});

Deno.test("EventRecorder tries again after five minutes when an event that was refused is repeated", async () => {
  const refusals = [new StatusError(403, "Forbidden", "events is forbidden")];
  const { recorder, clock, sent, registry } = setUpRecorder((object) => {
    const refusal = refusals.pop();
    return refusal === undefined ? Promise.resolve(object) : Promise.reject(refusal);
  });
  for (let minute = 0; minute < 6; minute++) {
    recorder.record(eventNote("a"));
    await clock.advance(60_000);
  }
  equal(sent.length, 2);
  equal(registry.value("event_recorder_events_total", { result: "sent" }), 1);
  await recorder.close();
});

Deno.test("EventRecorder lets a burst of 25 through and 5 a second after that", async () => {
  const { recorder, clock, sent } = setUpRecorder();
  for (let index = 0; index < 100; index++) recorder.record(eventNote(`map-${index}`));
  await settle();
  equal(sent.length, 25);
  await clock.advance(2000);
  equal(sent.length, 35);
});

Deno.test("EventRecorder drops what its queue cannot hold, and counts it", async () => {
  const { recorder, clock, registry } = setUpRecorder();
  for (let index = 0; index < 1500; index++) recorder.record(eventNote(`map-${index}`));
  equal(registry.value("event_recorder_events_total", { result: "dropped" }), 499);
  await clock.advance(1_000_000);
  equal(registry.value("event_recorder_events_total", { result: "sent" }), 1001);
});

Deno.test("EventRecorder offers what its queue cannot hold every five minutes, not all the time", async () => {
  const { recorder, clock, registry } = setUpRecorder(() => Promise.reject(new Error("no route")));
  const events = Array.from({ length: 1100 }, (_, i) => eventNote(`map-${i}`));
  for (const event of [...events, ...events]) recorder.record(event);
  const dropped = () => registry.value("event_recorder_events_total", { result: "dropped" }) ?? 0;
  equal(dropped(), 99);
  await clock.advance(310_000);
  const again = dropped();
  ok(again > 99, "none was offered again");
  ok(again <= 2 * 99, `${again} were dropped`);
  await recorder.close();
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
  const { recorder, log, registry } = setUpRecorder(() => Promise.reject(failures.shift()));
  for (let index = 0; index < 6; index++) recorder.record(eventNote(`map-${index}`));
  await settle();
  deepEqual(complaintsIn(log), [
    "default/map-0",
    "default/map-2",
    "default/map-4",
    "default/map-5",
  ]);
  equal(registry.value("event_recorder_events_total", { result: "failed" }), 6);
});

Deno.test("EventRecorder does not complain of a namespace that is being deleted, but of rights after that", async () => {
  const cause = { field: "metadata.namespace", reason: "NamespaceTerminating", message: "" };
  const failures = [
    new StatusError(403, "Forbidden", "it is being terminated", [cause]),
    new StatusError(403, "Forbidden", "events is forbidden"),
  ];
  const { recorder, log, registry } = setUpRecorder(() => Promise.reject(failures.shift()));
  recorder.record(eventNote("going"));
  recorder.record(eventNote("staying"));
  await settle();
  deepEqual(complaintsIn(log), ["default/staying"]);
  equal(registry.value("event_recorder_events_total", { result: "failed" }), 2);
});

Deno.test("EventRecorder complains of missing rights again after an hour", async () => {
  const forbidden = new StatusError(403, "Forbidden", "events is forbidden");
  const { recorder, clock, log } = setUpRecorder(() => Promise.reject(forbidden));
  for (const map of ["a", "b"]) {
    recorder.record(eventNote(map));
    await settle();
    await clock.advance(3600_000);
  }
  deepEqual(complaintsIn(log), ["default/a", "default/b"]);
});

Deno.test("EventRecorder.close() sends what waits without a pause and takes nothing more", async () => {
  const { recorder, clock, sent } = setUpRecorder();
  for (let index = 0; index < 60; index++) recorder.record(eventNote(`map-${index}`));
  await settle();
  await recorder.close();
  equal(sent.length, 60);
  recorder.record(eventNote("too late"));
  await settle();
  equal(sent.length, 60);
  equal(clock.sleeping, 0);
});

Deno.test("EventRecorder.close() gives up after two seconds", async () => {
  const { recorder, clock, sent } = setUpRecorder((object, signal) =>
    new Promise((resolve) => signal?.addEventListener("abort", () => resolve(object)))
  );
  recorder.record(eventNote("a"));
  recorder.record(eventNote("b"));
  await settle();
  const closed = recorder.close();
  await clock.advance(2000);
  await closed;
  equal(sent.length, 1);
});
