/** Access to the cluster as the flags name it. */

import { messageOf } from "../../lib/base/errors.ts";
import type { ClusterAccess } from "../../lib/kube/access/cluster_access.ts";
import { loadClusterAccess } from "../../lib/kube/access/load_cluster_access.ts";
import { CommandError } from "../cli/command.ts";
import type { Environment } from "../cli/flags.ts";

/**
 * Loads the access that `--kubeconfig` and `--kubecontext` name.
 *
 * @throws {CommandError} when it cannot be used.
 */
export async function loadAccess(
  { kubeconfig, kubecontext }: {
    readonly kubeconfig: string | undefined;
    readonly kubecontext: string | undefined;
  },
  env: Environment,
): Promise<ClusterAccess> {
  try {
    return await loadClusterAccess({ kubeconfig, context: kubecontext, env });
  } catch (error) {
    // All failures here concern a file or a variable of the operator.
    const message = messageOf(error);
    const variable = variableOf(message, { kubeconfig, kubecontext }, env);
    const origin = variable === undefined ? "" : ` (variable ${variable})`;
    throw new CommandError(`${message}${origin}`, { cause: error });
  }
}

/** The API server with the file that names it, for messages. */
export function describeServer(
  { server }: ClusterAccess,
  { kubeconfig }: { readonly kubeconfig: string | undefined },
  env: Environment,
): string {
  const pod = env["KUBERNETES_SERVICE_HOST"] ?? "";
  if (pod !== "" && server.includes(pod)) return server;
  return `${server} (named in ${kubeconfig ?? (env["KUBECONFIG"] || "~/.kube/config")})`;
}

/** The variable that an error is about; `undefined` when no variable says what it is about. */
function variableOf(
  message: string,
  { kubeconfig, kubecontext }: {
    readonly kubeconfig: string | undefined;
    readonly kubecontext: string | undefined;
  },
  env: Environment,
): string | undefined {
  if (kubecontext !== undefined && message.endsWith(`has no context "${kubecontext}"`)) {
    return env["KUBECONTEXT"] === kubecontext ? "KUBECONTEXT" : undefined;
  }
  const files = env["KUBECONFIG"] ?? "";
  return kubeconfig === undefined && files !== "" ? "KUBECONFIG" : undefined;
}
