/** `./dev bench`: the figures of the engine, the Kubernetes layer, the controller, the webhook, agents, the packet path and the executable. */

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

async function runOnControlPlane(what: string, ...args: readonly string[]): Promise<void> {
  if (await findControlPlane() !== undefined) return await run("run", "--allow-all", ...args);
  say(`${what} is not measured: run ./dev kube`);
}

async function benchAgents(options: readonly string[]): Promise<void> {
  if (Deno.uid() !== 0) return say("agents are measured as root only");
  await runOnControlPlane("the agent in a pod", "tests/bench/agents_bench.ts", ...options);
}

async function benchExecutable(options: readonly string[]): Promise<void> {
  if (Deno.uid() !== 0) return say("the packet path and the executable are measured as root only");
  if (!await isExecutable(PROGRAMS.executable[0])) {
    return say("the packet path is not measured: run ./dev compile before");
  }
  await installTools(BENCH_TOOLS);
  await run("run", "--allow-all", "tests/bench/standalone_start.ts");
  await run("run", "--allow-all", "tests/bench/packets/interfaces_bench.ts");
  if (await findControlPlane() !== undefined) {
    await run("run", "--allow-all", "tests/bench/kube/changing_pool_bench.ts");
  }
  await run("run", "--allow-all", "tests/bench/packets/packet_bench.ts", ...options);
}

/** The parts, in their order; each gets the options after its name. */
const PARTS: Readonly<Record<string, (options: readonly string[]) => Promise<void>>> = {
  engine: () => run("bench", "--allow-all", "--no-check", "tests/bench/engine"),
  apiserver: () => run("run", "--allow-all", "tests/bench/api_server_bench.ts"),
  kube: () => runOnControlPlane("the Kubernetes layer", "tests/bench/kube_bench.ts"),
  controller: (options) =>
    runOnControlPlane("the controller", "tests/bench/controller_bench.ts", ...options),
  webhook: (options) =>
    runOnControlPlane("the webhook", "tests/bench/webhook_bench.ts", ...options),
  agents: benchAgents,
  executable: benchExecutable,
};

const [first = "", second = "", ...rest] = Deno.args;
const part = PARTS[second];
if (first === "--quick" && Deno.args.length === 1) await quickBench();
else if (first === "--against" && Deno.args.length === 2) await compareBench(second);
else if (first === "--only" && part !== undefined) await part(rest);
else if (["--quick", "--against", "--only"].includes(first)) {
  say("usage: bench [--quick | --against EXECUTABLE | --only PART [OPTION...]]");
  say(`parts: ${Object.keys(PARTS).join(", ")}`);
  Deno.exitCode = 2;
} else {
  for (const [name, measure] of Object.entries(PARTS)) {
    await measure(name === "executable" ? Deno.args : []);
  }
}
