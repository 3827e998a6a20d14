/** How clients reach a control plane. */

import type { ClusterAccess } from "../../../lib/kube/access/cluster_access.ts";
import { ApiConnection } from "../apiserver/api_connection.ts";
import type { ControlPlaneAccess } from "./control_plane.ts";

/** Access for `lib/kube` as the administrator. */
export function clusterAccessOf(access: ControlPlaneAccess): ClusterAccess {
  return {
    server: access.server,
    certificateAuthority: { text: access.certificateAuthority },
    token: { text: access.token },
  };
}

/** Makes a namespace with a new name. @returns The name. */
export async function makeNamespace(access: ControlPlaneAccess, prefix: string): Promise<string> {
  using api = new ApiConnection(access);
  const name = `${prefix}-${crypto.randomUUID().slice(0, 8)}`;
  const { status, text } = await api.send("POST", "/api/v1/namespaces", {
    body: { apiVersion: "v1", kind: "Namespace", metadata: { name } },
  });
  if (status !== 201) throw new Error(`cannot make the namespace ${name}: ${text}`);
  return name;
}

/** Writes the administrator's kubeconfig to the path in `access`. */
export async function writeKubeconfig(access: ControlPlaneAccess): Promise<void> {
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{
      name: "test",
      cluster: {
        server: access.server,
        "certificate-authority-data": btoa(access.certificateAuthority),
      },
    }],
    users: [{ name: "admin", user: { token: access.token } }],
    contexts: [{ name: "test", context: { cluster: "test", user: "admin", namespace: "default" } }],
    "current-context": "test",
  };
  await Deno.writeTextFile(access.kubeconfig, JSON.stringify(config, null, 2), { mode: 0o600 });
}
