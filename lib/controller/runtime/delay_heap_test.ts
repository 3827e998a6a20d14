import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import { DelayHeap } from "./delay_heap.ts";

Deno.test("DelayHeap gives keys back by their times, each at its earliest", () => {
  const entry = fc.record({ key: fc.constantFrom(..."abcdefghij"), dueMs: fc.nat(100) });
  fc.assert(fc.property(fc.array(entry, { maxLength: 200 }), (entries) => {
    const heap = new DelayHeap();
    const earliest = new Map<string, number>();
    for (const { key, dueMs } of entries) {
      heap.push(key, dueMs);
      earliest.set(key, Math.min(dueMs, earliest.get(key) ?? Infinity));
    }
    equal(heap.size, earliest.size);
    const taken: (readonly [string, number])[] = [];
    for (let nextMs = heap.nextDueMs; nextMs !== undefined; nextMs = heap.nextDueMs) {
      for (const key of heap.takeDue(nextMs)) taken.push([key, nextMs]);
    }
    deepEqual(taken.map(([, dueMs]) => dueMs), [...earliest.values()].sort((a, b) => a - b));
    deepEqual(new Map(taken), earliest);
  }));
});

Deno.test("DelayHeap.takeDue() leaves what is due later", () => {
  const heap = new DelayHeap();
  heap.push("later", 11);
  heap.push("now", 10);
  deepEqual(heap.takeDue(10), ["now"]);
  deepEqual(heap.takeDue(10), []);
  equal(heap.nextDueMs, 11);
});

Deno.test("DelayHeap takes a key again after it was due, also for a later time", () => {
  const heap = new DelayHeap();
  heap.push("a", 1);
  deepEqual(heap.takeDue(1), ["a"]);
  heap.push("a", 5);
  equal(heap.nextDueMs, 5);
});
