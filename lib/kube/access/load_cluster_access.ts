/** Finds out how to reach the cluster, by the loading rules of kubectl and client-go. */

import { resolve } from "node:path";
import { messageOf } from "../../base/errors.ts";
import { defined } from "../../base/json.ts";
import type { ClusterAccess } from "./cluster_access.ts";
import type { KubeconfigFile } from "./kubeconfig.ts";
import { proxyFor } from "./proxy_rules.ts";
import { PROXY_VARIABLES } from "./proxy_variables.ts";
import { readFileOrOutput } from "./text_file.ts";

/** Where Kubernetes mounts the identity of a pod. */
const SERVICE_ACCOUNT_DIR = "/var/run/secrets/kubernetes.io/serviceaccount";

/** What the user asked for. */
export interface LoadOptions {
  /** The file of `--kubeconfig`. */
  readonly kubeconfig?: string | undefined;
  /** A context of the kubeconfig; absent for the current one. */
  readonly context?: string | undefined;
  /**
   * Environment variables: KUBECONFIG, HOME, KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT, and those
   * about proxies.
   */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Loads the access to the cluster: the given file, else the files of KUBECONFIG, else
 * `~/.kube/config`; where none of them exists, what Kubernetes gives to a pod.
 *
 * @throws {KubeconfigError} when a file cannot be used.
 * @throws {Error} when there is nothing to load, naming what was looked for.
 */
export async function loadClusterAccess(options: LoadOptions): Promise<ClusterAccess> {
  return withEnvironment(await loadAccess(options), options.env);
}

/** What the environment says about proxies; a kubeconfig that names one wins. */
function withEnvironment(access: ClusterAccess, env: LoadOptions["env"]): ClusterAccess {
  const { server, exec, insecureSkipTlsVerify, tlsServerName } = access;
  const proxyUrl = access.proxyUrl ?? proxyFor(server, env);
  const isHelped = insecureSkipTlsVerify === true || tlsServerName !== undefined;
  if (isHelped && proxyUrl !== undefined && !proxyUrl.startsWith("http://")) {
    throw new Error(
      "with tls-server-name or insecure-skip-tls-verify, HTTPS_PROXY must begin with http://",
    );
  }
  const proxies = PROXY_VARIABLES.flatMap((name) =>
    env[name] === undefined ? [] : [[name, env[name]] as const]
  );
  return {
    ...access,
    ...defined({
      proxyUrl,
      // This process does not keep them, so the plugin would not get them.
      exec: exec && { ...exec, env: { ...Object.fromEntries(proxies), ...exec.env } },
    }),
  };
}

/** The namespace of the pod that this process runs in; `undefined` outside of one. */
export async function readPodNamespace(): Promise<string | undefined> {
  const text = await readFile(`${SERVICE_ACCOUNT_DIR}/namespace`).catch(() => undefined);
  return text?.text.trim() || undefined;
}

async function loadAccess(options: LoadOptions): Promise<ClusterAccess> {
  const paths = kubeconfigPaths(options);
  const files = (await Promise.all(paths.map(readFile))).filter((file) => file !== undefined);
  if (files.length > 0) {
    // The parser of YAML costs start time and memory that a pod does not need.
    const { clusterAccessOf, mergeKubeconfigs } = await import("./kubeconfig.ts");
    return clusterAccessOf(mergeKubeconfigs(files), options.context);
  }
  const inCluster = inClusterAccess(options.env);
  if (inCluster !== undefined) return inCluster;
  throw new Error(
    `no Kubernetes cluster to talk to: ${
      paths.length === 0
        ? "no kubeconfig is named"
        : `${paths.join(" and ")} ${paths.length === 1 ? "does" : "do"} not exist`
    }, and KUBERNETES_SERVICE_HOST is not set, so this is no pod; name a kubeconfig that exists with ` +
      "--kubeconfig or the variable KUBECONFIG",
  );
}

/** What Kubernetes gives to a pod; `undefined` outside of one. */
function inClusterAccess(env: LoadOptions["env"]): ClusterAccess | undefined {
  const host = env["KUBERNETES_SERVICE_HOST"] ?? "";
  const port = env["KUBERNETES_SERVICE_PORT"] ?? "";
  if (host === "" || port === "") return undefined;
  return {
    server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    certificateAuthority: { path: `${SERVICE_ACCOUNT_DIR}/ca.crt` },
    token: { path: `${SERVICE_ACCOUNT_DIR}/token` },
  };
}

function kubeconfigPaths({ kubeconfig = "", env }: LoadOptions): readonly string[] {
  if (kubeconfig !== "") return [resolve(kubeconfig)];
  const listed = (env["KUBECONFIG"] ?? "").split(":").filter((path) => path !== "");
  if (listed.length > 0) return [...new Set(listed)].map((path) => resolve(path));
  const home = env["HOME"] ?? "";
  return home === "" ? [] : [resolve(home, ".kube/config")];
}

async function readFile(path: string): Promise<KubeconfigFile | undefined> {
  try {
    return { path, text: await readFileOrOutput(path) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    // The runtime keeps some files of the system from programs, and speaks of its own flags.
    const reason = error instanceof Deno.errors.NotCapable
      ? "it is a file of the system"
      : messageOf(error);
    throw new Error(`cannot read the kubeconfig ${path}: ${reason}`, { cause: error });
  }
}
