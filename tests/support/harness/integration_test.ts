/** Tests that need more than the runtime: rights, programs, the executable. */

import {
  findControlPlane,
  findHelm,
  findNodePrograms,
} from "../../../tools/kubernetes/programs.ts";
import { findOperatorDefinitions } from "../../../tools/kubernetes/prometheus_operator.ts";
import { findUnpacked, isUnpacked, type UnpackedName } from "../../../tools/unpacked.ts";
import { PROGRAMS } from "../process/standalone_process.ts";
import {
  findProgram,
  isExecutable,
  succeeds,
  type ToolName,
  TOOLS,
} from "../../../tools/programs.ts";

/**
 * What a test may need: network namespaces; rights that root of a user namespace lacks, such as to
 * become another user or to have large socket buffers; the executable, the programs of a Kubernetes
 * control plane, those of nodes, helm, the definitions of the Prometheus operator, a program out of a
 * package, or an installed one.
 */
export type Need =
  | "namespaces"
  | "real root"
  | "executable"
  | "kube"
  | "nodes"
  | "helm"
  | "Prometheus operator"
  | UnpackedName
  | ToolName;

/** A test and what it needs. */
export interface IntegrationTest {
  readonly name: string;
  readonly needs: readonly Need[];
  /** Its context is for tests of several steps. */
  readonly run: (context: Deno.TestContext) => Promise<void>;
}

/**
 * Registers a test. Where something is missing it is skipped and says what it needs; with CI=true
 * it fails instead.
 */
export async function integrationTest({ name, needs, run }: IntegrationTest): Promise<void> {
  const missing = (await Promise.all(needs.map(cureOf))).filter((cure) => cure !== undefined);
  if (missing.length === 0) {
    Deno.test(name, run);
    return;
  }
  const text = `needs ${missing.join("; ")}`;
  if (Deno.env.get("CI") === "true") {
    Deno.test(name, () => {
      throw new Error(text);
    });
    return;
  }
  console.log(`skipped: ${name}: ${text}`);
  Deno.test.ignore(name, run);
}

const cures = new Map<Need, Promise<string | undefined>>();

/** What to do about a need; undefined when it is met. Each need is looked at once. */
function cureOf(need: Need): Promise<string | undefined> {
  const known = cures.get(need) ?? findCure(need);
  cures.set(need, known);
  return known;
}

async function findCure(need: Need): Promise<string | undefined> {
  if (need === "executable") {
    const built = await isExecutable(PROGRAMS.executable[0]);
    return built ? undefined : "dist/vm-dhcp: run ./dev compile";
  }
  if (need === "kube") {
    const found = await findControlPlane();
    return found === undefined ? "kube-apiserver and etcd: run ./dev kube" : undefined;
  }
  if (need === "nodes") return await cureOfNodes();
  if (need === "helm") {
    return await findHelm() === undefined ? "helm: run ./dev helm" : undefined;
  }
  if (need === "Prometheus operator") {
    const found = await findOperatorDefinitions();
    return found === undefined
      ? "definitions of the Prometheus operator: run ./dev test"
      : undefined;
  }
  if (isUnpacked(need)) {
    return await findUnpacked(need) === undefined ? `${need}: run ./dev test` : undefined;
  }
  if (need === "namespaces") {
    return await succeeds("unshare", "--net", "true")
      ? undefined
      : "root, or `unshare -Urn --mount` around it";
  }
  if (need === "real root") {
    const may = await Deno.readTextFile("/proc/self/setgroups");
    return Deno.uid() === 0 && may.trim() === "allow" ? undefined : "root, not of a user namespace";
  }
  const found = await findProgram(need) !== undefined;
  return found ? undefined : `${need}: install ${TOOLS[need].debianPackage}`;
}

/** What is missing of what `tests/support/nodes` relies on. */
async function cureOfNodes(): Promise<string | undefined> {
  if (await findNodePrograms() === undefined) return "kubelet and Multus: run ./dev test";
  const programs = ["containerd", "host-local", "iptables", "runc"] as const;
  const others = await Promise.all(programs.map((name) => findCure(name)));
  const groups = await Deno.stat("/sys/fs/cgroup/pids").then(() => true, () => false);
  return others.find((cure) => cure !== undefined) ??
    (groups ? undefined : "control groups of version 1, which a host with version 2 alone lacks");
}
