import assert from "node:assert/strict";
import { CONTROLLER_CASES } from "./all_cases.ts";
import { NEEDS } from "./controller_cases.ts";

Deno.test("each need of users has a case of the controller", () => {
  const met = new Set(CONTROLLER_CASES.map(({ need }) => need));
  assert.deepEqual(NEEDS.filter((need) => !met.has(need)), []);
});
