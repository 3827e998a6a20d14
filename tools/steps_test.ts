import assert from "node:assert/strict";
import { inLanes } from "./steps.ts";

Deno.test("inLanes has so many works under way at once, and begins the next when one is done", async () => {
  const events: string[] = [];
  const works = ["a", "b", "c"].map((name) => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const work = () => {
      events.push(name);
      return promise;
    };
    return { work, end: () => resolve(name) };
  });
  const results = inLanes(2, works.map(({ work }) => work));
  assert.deepEqual(events, ["a", "b"]);
  works[1]!.end();
  await Promise.resolve().then(() => {}).then(() => {});
  assert.deepEqual(events, ["a", "b", "c"]);
  works[2]!.end();
  works[0]!.end();
  assert.deepEqual(await results, ["b", "c", "a"]);
});

Deno.test("inLanes has no more lanes than works, and fails with the first work that fails", async () => {
  assert.deepEqual(await inLanes(9, []), []);
  await assert.rejects(inLanes(2, [() => Promise.reject(new Error("no"))]), /no/);
});
