/** `./dev check`: the part of the tests that takes less than a minute. */

import { findProgram } from "./programs.ts";
import { formatTally, sumTallies, type Tally } from "./junit.ts";
import { runProgram, runTests, say, skip } from "./steps.ts";

/** Folders whose tests need only the runtime. */
export const QUICK_TESTS: readonly string[] = ["tests/lint", "tools"];

const SHELL_SCRIPTS = [
  ...["dev", ".ci/run", "tests/support/dhcp/dhcp_client_hook.sh"],
  ...["tests/support/machines/plug_in.sh", "tests/support/nodes/node_boot.sh"],
  ...["tests/support/nodes/node_enter.sh", "tests/integration/standalone/service_host.sh"],
];

/** Format, lint, types, unit tests, and the examples in comments. */
export async function check(): Promise<Tally[]> {
  const deno = Deno.execPath();
  return [
    await runProgram("format", deno, "fmt", "--check"),
    await runProgram("lint", deno, "lint"),
    await runProgram("types", deno, "check", "--quiet", "main.ts", "cmd", "lib", "tests", "tools"),
    await checkShell(),
    await runTests({
      what: "unit tests",
      paths: ["lib", "cmd", ...QUICK_TESTS],
      examples: true,
      parallel: true,
    }),
  ];
}

async function checkShell(): Promise<Tally> {
  if (await findProgram("shellcheck") === undefined) {
    return skip("shell scripts", "install shellcheck");
  }
  return await runProgram("shell scripts", "shellcheck", ...SHELL_SCRIPTS);
}

if (import.meta.main) {
  const tally = sumTallies(await check());
  say(formatTally(tally));
  if (tally.failed > 0) Deno.exitCode = 1;
}
