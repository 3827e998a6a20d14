import assert from "node:assert/strict";
import { OneAtATime } from "./one_at_a_time.ts";

Deno.test("OneAtATime runs tasks of one key after each other, also after one that failed", async () => {
  const turns = new OneAtATime();
  const order: string[] = [];
  const task = (name: string, end: Promise<void>) => async () => {
    order.push(`${name} begins`);
    await end;
    order.push(`${name} ends`);
  };
  const first = Promise.withResolvers<void>();
  const failing = turns.run("a", task("first", first.promise));
  const second = turns.run("a", task("second", Promise.resolve()));
  await turns.run("b", task("other", Promise.resolve()));
  assert.deepEqual(order, ["first begins", "other begins", "other ends"]);
  first.reject(new Error("no"));
  await assert.rejects(failing, /no/);
  await second;
  assert.deepEqual(order.slice(3), ["second begins", "second ends"]);
});
