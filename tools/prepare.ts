/** What tests across modules need built: the executable, and programs of Kubernetes. */

import { messageOf } from "../lib/base/errors.ts";
import { compile, UNREACHABLE } from "./compile.ts";
import { prepareHelm } from "./kubernetes/helm.ts";
import { prepareControlPlane } from "./kubernetes/kube.ts";
import { prepareKubectl } from "./kubernetes/kubectl.ts";
import { prepareNodePrograms } from "./kubernetes/node_programs.ts";
import { fetchOperatorDefinitions } from "./kubernetes/prometheus_operator.ts";
import { FAILED, PASSED, say, skip } from "./steps.ts";
import type { Tally } from "./junit.ts";
import { unpack } from "./unpacked.ts";

/** Builds everything that is not there. That takes minutes, so it is not left to the tests. */
export async function prepare(): Promise<readonly Tally[]> {
  return [
    await compileStep(),
    await buildStep("kubectl", prepareKubectl),
    await buildStep("helm", prepareHelm),
    await buildStep("kube-apiserver", prepareControlPlane),
    await buildStep("the programs of nodes", prepareNodePrograms),
    await buildStep("an old etcd", () => unpack("old etcd")),
    await buildStep("promtool", () => unpack("promtool")),
    await buildStep("definitions of the Prometheus operator", fetchOperatorDefinitions),
  ];
}

async function compileStep(): Promise<Tally> {
  say("compile");
  switch (await compile()) {
    case "compiled":
      return PASSED;
    case "failed":
      return FAILED;
    case "unreachable":
      return skip("compile", UNREACHABLE);
  }
}

async function buildStep(what: string, build: () => Promise<string>): Promise<Tally> {
  say(what);
  try {
    await build();
    return PASSED;
  } catch (error) {
    return skip(what, messageOf(error));
  }
}
