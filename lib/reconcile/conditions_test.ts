import assert from "node:assert/strict";
import { withConditions } from "./conditions.ts";

const READY = { type: "Ready", status: "True", reason: "Serving", message: "" } as const;
const OLD = "2026-01-01T00:00:00Z";
const NOW = "2026-01-02T00:00:00Z";
const CURRENT = { ...READY, lastUpdateTime: OLD, lastTransitionTime: OLD, observedGeneration: 2 };

Deno.test("withConditions() leaves a condition alone that is as wanted, its times too", () => {
  assert.deepEqual(withConditions([CURRENT], [READY], NOW), [CURRENT]);
});

Deno.test("withConditions() keeps the time of transition when only the message changes", () => {
  assert.deepEqual(withConditions([CURRENT], [{ ...READY, message: "slowly" }], NOW), [
    { ...CURRENT, message: "slowly", lastUpdateTime: NOW },
  ]);
});

Deno.test("withConditions() sets both times when the status changes", () => {
  assert.deepEqual(withConditions([CURRENT], [{ ...READY, status: "False" }], NOW), [
    { ...CURRENT, status: "False", lastUpdateTime: NOW, lastTransitionTime: NOW },
  ]);
});

Deno.test("withConditions() gives a condition of the Go version the time that it lacked", () => {
  const { lastTransitionTime: _, ...current } = CURRENT;
  const [condition] = withConditions([current], [{ ...READY, reason: "New" }], NOW);
  assert.equal(condition?.lastTransitionTime, NOW);
});

Deno.test("withConditions() keeps foreign conditions and appends new ones", () => {
  const foreign = { type: "Foreign", status: "True" };
  const conditions = withConditions([foreign], [READY], NOW);
  assert.deepEqual(conditions.map(({ type }) => type), ["Foreign", "Ready"]);
  assert.equal(conditions[0], foreign);
});

Deno.test("withConditions() starts a list where there is none", () => {
  const conditions = withConditions("?", [READY], NOW);
  assert.deepEqual(conditions, [{ ...READY, lastUpdateTime: NOW, lastTransitionTime: NOW }]);
});
