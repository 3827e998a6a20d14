/** `./dev test`: everything that CI runs. (`deno test` takes a file `test.ts` for tests.) */

import { check, QUICK_TESTS } from "./check.ts";
import { TESTS_ON_NODES } from "./e2e.ts";
import { installTools } from "./install.ts";
import { prepare } from "./prepare.ts";
import { ControlPlane } from "../tests/support/cluster/control_plane.ts";
import { findControlPlane } from "./kubernetes/programs.ts";
import { SHARED_KUBECONFIG } from "../tests/support/cluster/shared_control_plane.ts";
import { formatTally, sumTallies, type Tally } from "./junit.ts";
import { FAILED, PASSED, runLoudly, runTests, say, skip, type TestRun } from "./steps.ts";
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

/** Tests that mostly wait for API servers, and need nothing else of the host. */
const CLUSTER_TESTS = [
  ...["tests/chart", "tests/cluster", "tests/contract/clients", "tests/contract/controller"],
  ...["tests/contract/kube", "tests/simulation"],
];

/** Two runs side by side: those with packets share the host's network, those with clusters do not need it. */
async function testsAcrossModules(): Promise<readonly Tally[]> {
  const enter = await wayToNamespaces();
  return await Promise.all([
    testsOfClusters(enter),
    runTests({
      what: "tests across modules",
      paths: ["tests"],
      ignore: [...QUICK_TESTS, ...CLUSTER_TESTS, ...TESTS_ON_NODES.paths],
      enter,
    }),
  ]);
}

/** One control plane serves all files, if its programs are there. */
async function testsOfClusters(enter: readonly string[]): Promise<Tally> {
  const run: TestRun = { what: "tests with API servers", paths: CLUSTER_TESTS, enter };
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
