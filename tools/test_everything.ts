/** `./dev test`: everything that CI runs. (`deno test` takes a file `test.ts` for tests.) */

import { check, QUICK_TESTS } from "./check.ts";
import { TESTS_ON_NODES } from "./e2e.ts";
import { installTools } from "./install.ts";
import { prepare } from "./prepare.ts";
import { ControlPlane } from "../tests/support/cluster/control_plane.ts";
import { findControlPlane } from "./kubernetes/programs.ts";
import { SHARED_KUBECONFIG } from "../tests/support/cluster/shared_control_plane.ts";
import { formatTally, sumTallies, type Tally } from "./junit.ts";
import { FAILED, inLanes, PASSED, runLoudly, runTests, say, skip, type TestRun } from "./steps.ts";
import { findProgram, succeeds, TEST_TOOLS } from "./programs.ts";

async function testEverything(): Promise<Tally> {
  await installTools(TEST_TOOLS);
  return sumTallies([
    ...await check(),
    ...await prepare(),
    ...await testsAcrossModules(),
    await runTests(TESTS_ON_NODES),
    await benchStep(),
  ]);
}

/** Runs side by side, for each processor: for most of their time, tests wait. */
const LANES_PER_PROCESSOR = 2;

/**
 * Words before a command that computes much, so that tests with packets are kept waiting less. It still has
 * to end in time beside programs that never rest.
 */
const GIVING_WAY = ["nice", "-n", "2"];

/** Tests that kill what they start, or slow it down: each file has a control plane of its own. */
const KILLING_TESTS: TestRun = {
  what: "tests that kill",
  paths: [
    ...["tests/cluster/killed_controllers_test.ts", "tests/cluster/killed_deployments_test.ts"],
    ...["tests/cluster/many_agents_test.ts", "tests/cluster/throttled_controller_test.ts"],
  ],
  enter: GIVING_WAY,
};

/** A chart is installed with all its kinds, so its control plane is not that of other tests. */
const CHART_TESTS: TestRun = {
  what: "tests of the chart",
  paths: ["tests/chart"],
  enter: GIVING_WAY,
};

const CLUSTER_TESTS: TestRun = {
  what: "tests with API servers",
  paths: ["tests/cluster"],
  ignore: KILLING_TESTS.paths,
  enter: GIVING_WAY,
};

const CONTRACT_TESTS: TestRun = {
  what: "contracts with API servers",
  paths: ["tests/contract/clients", "tests/contract/controller", "tests/contract/kube"],
  enter: GIVING_WAY,
};

/** Runs with a control plane that serves all their files. */
const RUNS_ON_CONTROL_PLANES: readonly TestRun[] = [CLUSTER_TESTS, CONTRACT_TESTS, CHART_TESTS];

/** The longest first. */
const NAMED_RUNS: readonly TestRun[] = [
  CLUSTER_TESTS,
  KILLING_TESTS,
  { what: "tests of agents", paths: ["tests/integration/agent"] },
  { what: "soak tests", paths: ["tests/soak"] },
  CHART_TESTS,
  CONTRACT_TESTS,
  { what: "tests of processes", paths: ["tests/integration"], ignore: ["tests/integration/agent"] },
  { what: "simulations", paths: ["tests/simulation"], enter: GIVING_WAY },
];

const REMAINING_TESTS: TestRun = {
  what: "all other tests across modules",
  paths: ["tests"],
  ignore: [
    ...[...QUICK_TESTS, ...TESTS_ON_NODES.paths],
    ...NAMED_RUNS.flatMap(({ paths }) => paths),
  ],
};

/** Tests across modules, but those on nodes. No two runs need the same interface, port or control plane. */
export const RUNS_ACROSS_MODULES: readonly TestRun[] = [...NAMED_RUNS, REMAINING_TESTS];

async function testsAcrossModules(): Promise<readonly Tally[]> {
  const before = await wayToNamespaces();
  const works = RUNS_ACROSS_MODULES.map((run) => {
    const entered = { ...run, enter: [...run.enter ?? [], ...before] };
    const isOnOne = RUNS_ON_CONTROL_PLANES.includes(run);
    return () => isOnOne ? runOnControlPlane(entered) : runTests(entered);
  });
  return await inLanes(LANES_PER_PROCESSOR * navigator.hardwareConcurrency, works);
}

/** Runs tests with a control plane that serves all files, if its programs are there. */
async function runOnControlPlane(run: TestRun): Promise<Tally> {
  if (await findControlPlane() === undefined) return await runTests(run);
  await using controlPlane = await ControlPlane.start();
  const env = { [SHARED_KUBECONFIG]: controlPlane.access.kubeconfig };
  return await runTests({ ...run, env });
}

/** Compares the agent with the reflector here and now. Only a failure to measure counts. */
async function benchStep(): Promise<Tally> {
  if (!await succeeds("unshare", "--net", "true") || await findProgram("gcc") === undefined) {
    return skip("quick benchmark", "root, and gcc");
  }
  say("quick benchmark");
  return await runLoudly(Deno.execPath(), "run", "--allow-all", "tools/bench.ts", "--quick")
    ? PASSED
    : FAILED;
}

/**
 * Words before a command that may make network namespaces: none for root, a user namespace for
 * others where the kernel allows it. Where it does not, the tests that need this are skipped.
 */
async function wayToNamespaces(): Promise<readonly string[]> {
  if (await succeeds("unshare", "--net", "true")) return [];
  const unshare = ["unshare", "-Urn", "--mount"];
  if (!await succeeds(...unshare, "true")) return [];
  say("not root: tests across modules run inside unshare -Urn --mount");
  return [...unshare, "sh", "-c", 'ip link set lo up && exec "$@"', "sh"];
}

if (import.meta.main) {
  const tally = await testEverything();
  console.log(formatTally(tally));
  if (tally.failed > 0) Deno.exitCode = 1;
}
