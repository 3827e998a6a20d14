/** Programs of Kubernetes for the tests: the user's own, or built from their published modules. */

import { dirname, resolve } from "node:path";
import { findGo } from "./go_toolchain.ts";
import { findProgram, isExecutable } from "../programs.ts";

const MODULES = resolve(import.meta.dirname ?? ".");

/** Version of the programs of Kubernetes, such as `v1.34.4`; the others have modules of their own. */
export const KUBERNETES_VERSION: string = requiredVersion("kubernetes", "k8s.io/kubernetes");

/** Path of Helm's module, and the version that is built, such as `v3.22.0`. */
const HELM = "helm.sh/helm/v3";
const HELM_VERSION = requiredVersion("helm", HELM);

/** The programs of a control plane. */
const CONTROL_PLANE = ["etcd", "kube-apiserver", "kube-controller-manager"] as const;

/** What a cluster with nodes needs beyond a control plane and Debian's packages. */
const NODE_PROGRAMS = ["kube-scheduler", "kubelet", "kube-proxy", "multus"] as const;

/** A program that can be built. */
export type KubernetesProgram =
  | typeof CONTROL_PLANE[number]
  | typeof NODE_PROGRAMS[number]
  | "helm"
  | "kubectl";

/** Multus is published below this path, at the version that its module names. */
const MULTUS = "gopkg.in/k8snetworkplumbingwg/multus-cni.v4";

/** Older kubectls lack `kubectl apply --server-side` with the defaults that we rely on. */
const KUBECTL_MINOR_OLDEST = 27;

/** Folder for what is downloaded or built once per machine; `./dev` sets it. */
export function cacheFolder(): string {
  const base = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME") ?? "/root"}/.cache`;
  return Deno.env.get("VM_DHCP_CACHE") ?? `${base}/vm-dhcp`;
}

/**
 * Folder with the programs of a control plane: KUBEBUILDER_ASSETS, else the cache.
 *
 * @throws {Error} when KUBEBUILDER_ASSETS names another folder.
 */
export async function findControlPlane(): Promise<string | undefined> {
  const named = Deno.env.get("KUBEBUILDER_ASSETS");
  if (named !== undefined && named !== "") {
    if (await hasPrograms(named, CONTROL_PLANE)) return named;
    throw new Error(`KUBEBUILDER_ASSETS=${named} lacks one of ${CONTROL_PLANE.join(", ")}`);
  }
  return await hasPrograms(builtFolder(), CONTROL_PLANE) ? builtFolder() : undefined;
}

/**
 * Folder with the programs of a control plane, which are built if necessary.
 *
 * @throws {Error} that says what to install when they cannot be built.
 */
export async function controlPlaneFolder(): Promise<string> {
  const found = await findControlPlane();
  if (found !== undefined) return found;
  for (const program of CONTROL_PLANE) await build(program);
  return builtFolder();
}

/** Folder with the programs of a node, if it has all of them. */
export async function findNodePrograms(): Promise<string | undefined> {
  return await hasPrograms(builtFolder(), NODE_PROGRAMS) ? builtFolder() : undefined;
}

/**
 * Folder with the programs of a node, which are built if necessary.
 *
 * @throws {Error} that says what to install when they cannot be built.
 */
export async function nodeProgramsFolder(): Promise<string> {
  for (const program of NODE_PROGRAMS) await build(program);
  return builtFolder();
}

/**
 * Path of an existing kubectl: KUBECTL, else PATH if it is new enough, else the cache.
 *
 * @throws {Error} when KUBECTL names something else.
 */
export async function findKubectl(): Promise<string | undefined> {
  const named = Deno.env.get("KUBECTL");
  if (named !== undefined && named !== "") {
    if (await isUsableKubectl(named)) return named;
    throw new Error(
      `KUBECTL=${named} is not a kubectl of version 1.${KUBECTL_MINOR_OLDEST} or newer`,
    );
  }
  const installed = await findProgram("kubectl");
  if (installed !== undefined && await isUsableKubectl(installed)) return installed;
  return await hasPrograms(builtFolder(), ["kubectl"]) ? `${builtFolder()}/kubectl` : undefined;
}

/**
 * Path of a usable kubectl, which is built if necessary.
 *
 * @throws {Error} that says what to install when it cannot be built.
 */
export async function kubectlPath(): Promise<string> {
  return await findKubectl() ?? await build("kubectl");
}

/** Path of the helm that the tests use, if it is built: always the same version, whatever PATH has. */
export async function findHelm(): Promise<string | undefined> {
  return await isExecutable(pathOf("helm")) ? pathOf("helm") : undefined;
}

/**
 * Path of the helm that the tests use, which is built if necessary.
 *
 * @throws {Error} that says what to install when it cannot be built.
 */
export async function helmPath(): Promise<string> {
  return await build("helm");
}

/** The version of a package that the module in a folder requires, which is written nowhere else. */
function requiredVersion(folder: string, name: string): string {
  const text = Deno.readTextFileSync(`${MODULES}/${folder}/go.mod`);
  const version = new RegExp(`^require ${RegExp.escape(name)} (v\\S+)$`, "m").exec(text)?.[1];
  if (version === undefined) throw new Error(`${folder}/go.mod does not require ${name}`);
  return version;
}

function builtFolder(): string {
  return `${cacheFolder()}/kubernetes-${KUBERNETES_VERSION}`;
}

/** Where a program is built. One of another version is another file. */
function pathOf(program: KubernetesProgram): string {
  return program === "helm"
    ? `${cacheFolder()}/helm-${HELM_VERSION}/helm`
    : `${builtFolder()}/${program}`;
}

async function hasPrograms(folder: string, programs: readonly string[]): Promise<boolean> {
  const there = await Promise.all(programs.map((name) => isExecutable(`${folder}/${name}`)));
  return there.every((isThere) => isThere);
}

/** Builds a program unless it is there. @returns Its path. */
async function build(program: KubernetesProgram): Promise<string> {
  const path = pathOf(program);
  if (await isExecutable(path)) return path;
  const [module, target] = sourceOf(program);
  const go = await findGo(module, cacheFolder());
  console.error(`dev: building ${path} (once, some minutes)`);
  await Deno.mkdir(dirname(path), { recursive: true });
  // Renamed when complete, because another run may look for it or build it as well.
  const unfinished = `${path}.${Deno.pid}`;
  const { success, stderr } = await new Deno.Command(go, {
    args: ["build", "-trimpath", "-ldflags", linkerFlags(), "-o", unfinished, target],
    cwd: module,
    env: { CGO_ENABLED: "0" },
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`cannot build ${program}: ${new TextDecoder().decode(stderr)}`);
  await Deno.rename(unfinished, path);
  return path;
}

/** The folder of a program's module, and the path of its package. */
function sourceOf(program: KubernetesProgram): readonly [module: string, target: string] {
  switch (program) {
    case "etcd":
      return [`${MODULES}/etcd`, "."];
    case "helm":
      return [`${MODULES}/helm`, `${HELM}/cmd/helm`];
    case "multus":
      return [`${MODULES}/multus`, `${MULTUS}/cmd/multus`];
    default:
      return [`${MODULES}/kubernetes`, `k8s.io/kubernetes/cmd/${program}`];
  }
}

/**
 * The version is not in the module; releases set it in the same way. Helm renders for the Kubernetes that it
 * was linked for where no cluster is asked.
 */
function linkerFlags(): string {
  const [major, minor] = KUBERNETES_VERSION.slice(1).split(".");
  const values = {
    "k8s.io/component-base/version.gitVersion": KUBERNETES_VERSION,
    "k8s.io/component-base/version.gitMajor": major,
    "k8s.io/component-base/version.gitMinor": minor,
    [`${HELM}/internal/version.version`]: HELM_VERSION,
    [`${HELM}/pkg/chartutil.k8sVersionMajor`]: major,
    [`${HELM}/pkg/chartutil.k8sVersionMinor`]: minor,
    [`${HELM}/pkg/lint/rules.k8sVersionMajor`]: major,
    [`${HELM}/pkg/lint/rules.k8sVersionMinor`]: minor,
  };
  const settings = Object.entries(values).map(([name, value]) => `-X ${name}=${value}`);
  return ["-s", "-w", ...settings].join(" ");
}

async function isUsableKubectl(kubectl: string): Promise<boolean> {
  const { success, stdout } = await new Deno.Command(kubectl, {
    args: ["version", "--client", "--output=json"],
    stderr: "null",
  }).output();
  if (!success) return false;
  const { clientVersion }: { clientVersion?: { major: string; minor: string } } = JSON.parse(
    new TextDecoder().decode(stdout),
  );
  // Some vendors append a sign: "32+".
  const minor = parseInt(clientVersion?.minor ?? "", 10);
  return Number(clientVersion?.major) > 1 || minor >= KUBECTL_MINOR_OLDEST;
}
