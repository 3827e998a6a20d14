import { deepEqual } from "node:assert/strict";
import { askAll } from "./ask.ts";
import type { Finding, Question } from "./contract.ts";
import { EMPTY_WORLD } from "../../tests/support/explain/empty_world.ts";

const answers: Record<string, Finding | undefined> = {
  A: { verdict: "ok", says: "a is well" },
  B: { verdict: "failed", says: "b is not", cure: "mend b" },
  C: { verdict: "ok", says: "never said" },
  D: { verdict: "ok", says: "never said" },
  E: undefined,
  F: { verdict: "unknown", says: "f may not be read" },
  G: { verdict: "ok", says: "never said" },
};
const needs: Record<string, readonly string[]> = { C: ["A", "B"], D: ["C"], F: ["E"], G: ["F"] };

const questions: readonly Question<string>[] = Object.entries(answers).map(([code, finding]) => ({
  code,
  holds: `${code} holds`,
  needs: needs[code] ?? [],
  ask: () => finding,
}));

Deno.test("what depends on a check that is not well is skipped, and so is what depends on that", () => {
  const checks = askAll(questions, { subject: "x", about: "x" }, EMPTY_WORLD);
  deepEqual(
    checks.map(({ code, verdict }) => `${code} ${verdict}`),
    ["A ok", "B failed", "C skipped", "D skipped", "F unknown", "G skipped"],
  );
});
