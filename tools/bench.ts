/** `./dev bench`: the figures of the engine, the Kubernetes layer, the packet path and the executable. */

import { compareBench } from "../tests/bench/packets/compare_bench.ts";
import { quickBench } from "../tests/bench/packets/quick_bench.ts";
import { findControlPlane } from "./kubernetes/programs.ts";
import { PROGRAMS } from "../tests/support/process/standalone_process.ts";
import { BENCH_TOOLS, isExecutable } from "./programs.ts";
import { installTools } from "./install.ts";
import { PROJECT, say } from "./steps.ts";

const deno = Deno.execPath();

async function run(...args: readonly string[]): Promise<void> {
  const { success } = await new Deno.Command(deno, { args: [...args], cwd: PROJECT }).spawn()
    .status;
  if (!success) Deno.exitCode = 1;
}

async function benchEverything(options: readonly string[]): Promise<void> {
  await run("bench", "--allow-all", "--no-check", "tests/bench/engine");
  await run("run", "--allow-all", "tests/bench/api_server_bench.ts");
  if (await findControlPlane() === undefined) {
    say("the Kubernetes layer is not measured: run ./dev kube");
  } else await run("run", "--allow-all", "tests/bench/kube_bench.ts");
  if (Deno.uid() !== 0) return say("the packet path and the executable are measured as root only");
  if (!await isExecutable(PROGRAMS.executable[0])) {
    return say("the packet path is not measured: run ./dev compile before");
  }
  await installTools(BENCH_TOOLS);
  await run("run", "--allow-all", "tests/bench/standalone_start.ts");
  await run("run", "--allow-all", "tests/bench/packets/interfaces_bench.ts");
  await run("run", "--allow-all", "tests/bench/packets/packet_bench.ts", ...options);
}

const [first, ...rest] = Deno.args;
if (first === "--quick" && rest.length === 0) await quickBench();
else if (first === "--against" && rest.length === 1) await compareBench(rest[0]!);
else if (first === "--quick" || first === "--against") {
  say(`${first} takes ${first === "--quick" ? "nothing" : "the path of one executable"} after it`);
  Deno.exitCode = 2;
} else await benchEverything(Deno.args);
