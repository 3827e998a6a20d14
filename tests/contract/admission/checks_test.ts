/** Each rule with a case that it speaks of and one that it does not. */

import assert from "node:assert/strict";
import type { Finding } from "../../../lib/admission/contract.ts";
import { ADMISSION_CHECKS, judge } from "../../../lib/admission/judge.ts";
import { worldOf } from "../../support/apiserver/admission_worlds.ts";
import { ADMISSION_CASES } from "./cases/admission_cases.ts";

for (const { check, name, request, around = {}, says } of ADMISSION_CASES) {
  Deno.test(`${check} says ${says.length === 0 ? "nothing" : "why"}: ${name}`, () => {
    const verdict = judge(request, worldOf(around));
    const { effect } = ADMISSION_CHECKS.find((row) => row.name === check)!;
    const [found, others] = effect === "deny"
      ? [verdict.errors, verdict.warnings]
      : [verdict.warnings, verdict.errors];
    assert.deepEqual(found.filter((one) => one.check === check).map(sentenceOf), says);
    assert.ok(others.every((one) => one.check !== check), "a rule either denies or warns");
  });
}

function sentenceOf({ field, message }: Finding): string {
  return `${field}: ${message}`;
}

Deno.test("each rule has a name of its own, and cases that it speaks of and that it does not", () => {
  const names = ADMISSION_CHECKS.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const name of names) {
    const said = ADMISSION_CASES.filter(({ check }) => check === name).map(({ says }) =>
      says.length > 0
    );
    assert.deepEqual([...new Set(said)].sort(), [false, true], name);
  }
  assert.deepEqual(ADMISSION_CASES.filter(({ check }) => !names.includes(check)), []);
});
