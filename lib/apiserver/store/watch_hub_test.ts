import assert from "node:assert/strict";
import type { Change } from "./queries.ts";
import { WatchHub } from "./watch_hub.ts";

function change(revision: number, chars = 10, storage = "things"): Change {
  return { storage, namespace: "n", name: `o${revision}`, revision, after: "x".repeat(chars) };
}

function hubAt(startRevision: number, faults: unknown[] = []): WatchHub {
  return new WatchHub(startRevision, (error) => faults.push(error));
}

function revisions(changes: readonly Change[] | undefined): number[] | undefined {
  return changes?.map(({ revision }) => revision);
}

Deno.test("changesSince() gives what came after a revision, and only of that storage", () => {
  const hub = hubAt(10);
  hub.publish([change(11), change(12, 10, "others"), change(13)]);
  assert.deepEqual(revisions(hub.changesSince("things", 10)), [11, 13]);
  assert.deepEqual(revisions(hub.changesSince("things", 11)), [13]);
  assert.deepEqual(revisions(hub.changesSince("things", 13)), []);
  assert.deepEqual(revisions(hub.changesSince("nothing", 12)), []);
});

Deno.test("changesSince() does not know what was before the start", () => {
  assert.equal(hubAt(10).changesSince("things", 9), undefined);
});

Deno.test("changesSince() forgets the oldest changes when they take too much room", () => {
  const hub = hubAt(1);
  const megabyte = 1024 * 1024;
  for (let revision = 2; revision <= 21; revision++) hub.publish([change(revision, megabyte)]);
  assert.deepEqual(revisions(hub.changesSince("things", 13)), [14, 15, 16, 17, 18, 19, 20, 21]);
  assert.equal(hub.changesSince("things", 12), undefined);
});

Deno.test("changesSince() keeps the newest change, however large it is", () => {
  const hub = hubAt(1);
  hub.publish([change(2), change(3, 20 * 1024 * 1024)]);
  assert.deepEqual(revisions(hub.changesSince("things", 2)), [3]);
});

Deno.test("publish() tells the subscribers of the storage until they leave", () => {
  const hub = hubAt(1);
  const seen: number[] = [];
  const leave = hub.subscribe("things", {
    onChange: ({ revision }) => seen.push(revision),
    onClose: () => {},
  });
  hub.publish([change(2), change(3, 10, "others")]);
  leave();
  hub.publish([change(4)]);
  assert.deepEqual(seen, [2]);
  assert.equal(hub.size, 0);
});

Deno.test("close() ends the watches there are, and those that come later", () => {
  const hub = hubAt(1);
  let ended = 0;
  const subscriber = { onChange: () => {}, onClose: () => ended++ };
  hub.subscribe("things", subscriber);
  hub.close();
  assert.equal(ended, 1);
  hub.subscribe("things", subscriber);
  assert.equal(ended, 2);
  assert.equal(hub.size, 0);
});

Deno.test("publish() ends a watch that throws, and tells the others", () => {
  const faults: unknown[] = [];
  const hub = hubAt(1, faults);
  const seen: string[] = [];
  const broken = new RangeError("no");
  hub.subscribe("things", {
    onChange: () => {
      throw broken;
    },
    onClose: () => seen.push("closed"),
  });
  hub.subscribe("things", {
    onChange: ({ revision }) => seen.push(String(revision)),
    onClose: () => {},
  });
  hub.publish([change(2), change(3)]);
  assert.deepEqual(seen, ["closed", "2", "3"]);
  assert.deepEqual(faults, [broken]);
  assert.equal(hub.size, 1);
});
