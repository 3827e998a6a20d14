import assert from "node:assert/strict";
import { WritePace } from "./write_pace.ts";

/** When each of the objects has its turn, in milliseconds, when all ask at once. */
function turnsOf(pace: WritePace, count: number): readonly number[] {
  const turns: number[] = [];
  const asking = Array.from({ length: count }, (_, i) => ({ key: `default/vm-${i}`, atMs: 0 }));
  for (let next = asking.shift(); next !== undefined; next = asking.shift()) {
    const waitMs = pace.waitMs(next.key, next.atMs);
    if (waitMs === 0) turns.push(next.atMs);
    else asking.push({ ...next, atMs: next.atMs + waitMs });
    asking.sort((a, b) => a.atMs - b.atMs);
  }
  return turns;
}

Deno.test("WritePace lets a hundred objects write at once, and ten a second after that", () => {
  const turns = turnsOf(new WritePace(0), 1000);
  assert.equal(turns.filter((ms) => ms === 0).length, 100);
  for (let second = 1; second < 90; second++) {
    const within = turns.filter((ms) => ms > 0 && ms <= 1000 * second).length;
    assert.ok(within <= 10 * second + 1, `${within} after ${second} s`);
  }
  assert.ok(turns.at(-1)! <= 100_000, `the last one after ${turns.at(-1)} ms`);
});

Deno.test("WritePace takes no time for objects that wait no more", () => {
  const pace = new WritePace(0);
  for (let i = 0; i < 1100; i++) pace.waitMs(`default/vm-${i}`, 0);
  for (let i = 100; i < 1100; i++) pace.forget(`default/vm-${i}`);
  assert.equal(pace.waitMs("default/vm-0", 0), 100);
  assert.equal(pace.waitMs("default/vm-0", 100), 0);
});
