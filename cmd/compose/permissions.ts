/** What the commands that talk to a cluster keep once they know how to reach it. */

import type { ClusterAccess } from "../../lib/kube/access/cluster_access.ts";
import type { Logger } from "../../lib/observe/logger.ts";
import {
  keepPermissions,
  keptPermissions,
  type PermissionName,
} from "../../lib/sys/host/permissions.ts";

/**
 * Gives up writing files and running programs, unless the kubeconfig asks for what needs them: a
 * credential plugin, or the socket in a folder of its own that stands for an unchecked server.
 *
 * @param kept What the command needs besides.
 */
export function keepForCluster(
  { exec, insecureSkipTlsVerify }: ClusterAccess,
  { log }: { readonly log: Logger },
  kept: readonly PermissionName[],
): void {
  const also: readonly PermissionName[] = [
    ...(exec === undefined ? [] : ["run"] as const),
    ...(insecureSkipTlsVerify === true ? ["write"] as const : []),
  ];
  keepPermissions([...kept, ...also]);
  log.log("debug", "permissions kept", { permissions: keptPermissions() });
}
