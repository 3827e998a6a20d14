/** `./dev e2e`: the tests on real nodes, and what they need. */

import { installTools } from "./install.ts";
import { formatTally, sumTallies } from "./junit.ts";
import { prepare } from "./prepare.ts";
import { TEST_TOOLS } from "./programs.ts";
import { runTests, type TestRun } from "./steps.ts";

/** Alone, because a cluster with nodes keeps the whole machine busy. */
export const TESTS_ON_NODES: TestRun = { what: "tests on nodes", paths: ["tests/e2e"] };

if (import.meta.main) {
  await installTools(TEST_TOOLS);
  const tally = sumTallies([...await prepare(), await runTests(TESTS_ON_NODES)]);
  console.log(formatTally(tally));
  if (tally.failed > 0) Deno.exitCode = 1;
}
