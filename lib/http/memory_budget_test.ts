import assert from "node:assert/strict";
import { MemoryBudget } from "./memory_budget.ts";

function openTogether(budget: MemoryBudget, names: readonly string[], cut: string[]) {
  return names.map((name) => budget.open(() => cut.push(name)));
}

Deno.test("MemoryBudget cuts off the slowest client first, and as few as are needed", () => {
  const cut: string[] = [];
  const budget = new MemoryBudget(100);
  const [a, b, c] = openTogether(budget, ["a", "b", "c"], cut);
  for (const account of [a!, b!, c!]) account.hold({}, 30);
  a!.progress();
  c!.hold({}, 20);
  assert.deepEqual([cut, budget.bytes], [["b"], 80]);
  a!.hold({}, 30);
  assert.deepEqual([cut, budget.bytes], [["b", "c"], 60]);
});

Deno.test("MemoryBudget lets one client hold more than the limit when no other holds anything", () => {
  const cut: string[] = [];
  const budget = new MemoryBudget(100);
  const [a, b] = openTogether(budget, ["a", "b"], cut);
  a!.hold({}, 300);
  assert.deepEqual(cut, []);
  b!.hold({}, 1);
  assert.deepEqual([cut, budget.bytes], [["a"], 1]);
});

Deno.test("MemoryBudget counts an object that several clients hold once", () => {
  const budget = new MemoryBudget(100);
  const [a, b] = openTogether(budget, ["a", "b"], []);
  const text = {};
  a!.hold(text, 60);
  b!.hold(text, 60);
  b!.hold(text, 60);
  assert.equal(budget.bytes, 60);
  a!.close();
  assert.equal(budget.bytes, 60);
  b!.release(text);
  b!.release(text);
  assert.equal(budget.bytes, 0);
});

Deno.test("MemoryBudget does not take a client for slow that had nothing to read", () => {
  const cut: string[] = [];
  const budget = new MemoryBudget(100);
  const [quiet, stalled] = openTogether(budget, ["quiet", "stalled"], cut);
  const line = {};
  quiet!.hold(line, 10);
  quiet!.release(line);
  stalled!.hold({}, 60);
  quiet!.hold({}, 50);
  assert.deepEqual(cut, ["stalled"]);
});

Deno.test("an account that is closed holds nothing more", () => {
  const budget = new MemoryBudget(100);
  const [a] = openTogether(budget, ["a"], []);
  a!.hold({}, 10);
  a!.close();
  a!.hold({}, 10);
  a!.close();
  assert.equal(budget.bytes, 0);
  assert.ok(budget.hasRoomFor(100) && !budget.hasRoomFor(101));
});
