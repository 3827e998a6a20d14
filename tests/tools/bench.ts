/** `./dev bench`: the figures of the engine, and of the executable where it can be run. */

import { PROGRAMS } from "../support/standalone_process.ts";
import { isExecutable } from "../support/tools.ts";
import { PROJECT, say } from "./steps.ts";

const deno = Deno.execPath();

async function run(...args: readonly string[]): Promise<void> {
  const { success } = await new Deno.Command(deno, { args: [...args], cwd: PROJECT }).spawn()
    .status;
  if (!success) Deno.exitCode = 1;
}

await run("bench", "--allow-all", "--no-check", "tests/bench");
if (Deno.uid() !== 0) {
  say("the start of the executable is measured as root only");
} else if (!await isExecutable(PROGRAMS.executable[0])) {
  say("the start of the executable is not measured: run ./dev compile before");
} else {
  await run("run", "--allow-all", "tests/bench/standalone_start.ts");
}
