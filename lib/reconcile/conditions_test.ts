import assert from "node:assert/strict";
import { isSettled, type WantedCondition, withConditions } from "./conditions.ts";

const READY = { type: "Ready", status: "True", reason: "Serving", message: "" } as const;
const OLD = "2026-01-01T00:00:00Z";
const NOW = "2026-01-02T00:00:00Z";
const CURRENT = { ...READY, lastUpdateTime: OLD, lastTransitionTime: OLD, observedGeneration: 2 };

Deno.test("withConditions() notes a newer generation without touching the times", () => {
  const conditions = { wanted: [READY], own: [], generation: 3 };
  assert.deepEqual(withConditions([CURRENT], conditions, NOW), [
    { ...CURRENT, observedGeneration: 3 },
  ]);
});

function lay(current: unknown, ...wanted: readonly WantedCondition[]) {
  return withConditions(current, { wanted, own: ["Ready", "Cold", "Late"] }, NOW);
}

Deno.test("withConditions() leaves a condition alone that is as wanted, its times too", () => {
  assert.deepEqual(lay([CURRENT], READY), [CURRENT]);
});

Deno.test("withConditions() keeps the time of transition when only the message changes", () => {
  assert.deepEqual(lay([CURRENT], { ...READY, message: "slowly" }), [
    { ...CURRENT, message: "slowly", lastUpdateTime: NOW },
  ]);
});

Deno.test("withConditions() sets both times when the status changes", () => {
  assert.deepEqual(lay([CURRENT], { ...READY, status: "False" }), [
    { ...CURRENT, status: "False", lastUpdateTime: NOW, lastTransitionTime: NOW },
  ]);
});

Deno.test("withConditions() gives a condition of the Go version the time that it lacked", () => {
  const { lastTransitionTime: _, ...current } = CURRENT;
  const [condition] = lay([current], { ...READY, reason: "New" });
  assert.equal(condition?.lastTransitionTime, NOW);
});

Deno.test("withConditions() keeps foreign conditions and appends new ones", () => {
  const foreign = { type: "Foreign", status: "True" };
  const conditions = lay([foreign], READY);
  assert.deepEqual(conditions.map(({ type }) => type), ["Foreign", "Ready"]);
  assert.equal(conditions[0], foreign);
});

Deno.test("withConditions() starts a list where there is none", () => {
  const conditions = lay("?", READY);
  assert.deepEqual(conditions, [{ ...READY, lastUpdateTime: NOW, lastTransitionTime: NOW }]);
});

Deno.test("withConditions() lets go of its own conditions that are not wanted any more, in one order", () => {
  const cold = { ...CURRENT, type: "Cold" };
  const late = { ...CURRENT, type: "Late" };
  const types = (conditions: readonly { type?: unknown }[]) => conditions.map(({ type }) => type);
  assert.deepEqual(types(lay([cold, CURRENT], READY)), ["Ready"]);
  const wanted = [READY, { ...READY, type: "Late" }];
  assert.deepEqual(lay([late, CURRENT], ...wanted), [CURRENT, late]);
});

Deno.test("isSettled() misses no field that a definition dropped, and nothing else", () => {
  const { observedGeneration: _, ...dropped } = CURRENT;
  const ipv4 = { used: 1, available: 2 };
  const next = { conditions: [CURRENT], observedGeneration: 2, ipv4: { ...ipv4, total: 3 } };
  assert.ok(isSettled(next, next));
  assert.ok(isSettled({ conditions: [dropped], ipv4 }, next));
  const used = { conditions: [dropped], ipv4: { ...ipv4, used: 0 } };
  assert.ok(!isSettled(used, next), "a count that the definition has");
  assert.ok(!isSettled({ conditions: [], ipv4 }, next), "an object of the Go version");
  assert.ok(!isSettled({ ...next, observedGeneration: 1 }, next), "a newer specification");
  assert.ok(!isSettled({ ...next, ipv4 }, next), "a field that is new to the definition");
});
