import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { QUICK_TESTS } from "./check.ts";
import { TESTS_ON_NODES } from "./e2e.ts";
import { PROJECT, type TestRun } from "./steps.ts";
import { RUNS_ACROSS_MODULES } from "./test_everything.ts";

/** Whether one of the paths is the file, or a folder above it. */
function covers(paths: readonly string[], file: string): boolean {
  return paths.some((path) => file === path || file.startsWith(`${path}/`));
}

function runsOf(file: string): readonly TestRun[] {
  const runs = [{ what: "unit tests", paths: QUICK_TESTS }, TESTS_ON_NODES, ...RUNS_ACROSS_MODULES];
  return runs.filter(({ paths, ignore = [] }: TestRun) =>
    covers(paths, file) && !covers(ignore, file)
  );
}

Deno.test("each test across modules is in one run, whichever folder it is in", () => {
  const files = readdirSync(`${PROJECT}/tests`, { recursive: true, encoding: "utf8" })
    .map((file) => `tests/${file}`)
    .filter((file) => file.endsWith("_test.ts"));
  assert.ok(files.length > 100);
  for (const file of [...files, "tests/new_folder/new_test.ts"]) {
    const names = runsOf(file).map(({ what }) => what);
    assert.equal(names.length, 1, `${file} is in ${names.join(", ") || "none"}`);
  }
});

Deno.test("each path of a run exists", () => {
  for (const { paths, ignore = [] } of RUNS_ACROSS_MODULES) {
    for (const path of [...paths, ...ignore]) assert.ok(Deno.lstatSync(`${PROJECT}/${path}`));
  }
});
