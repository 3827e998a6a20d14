/** The program's own client against a control plane. */

import type { ClusterAccess } from "../../../lib/kube/access/cluster_access.ts";
import { ApiConnection } from "../apiserver/api_connection.ts";
import type { ControlPlaneAccess } from "./control_plane.ts";

/** What `lib/kube` needs to know to be the administrator. */
export function clusterAccessOf(access: ControlPlaneAccess): ClusterAccess {
  return {
    server: access.server,
    certificateAuthority: { text: access.certificateAuthority },
    token: { text: access.token },
  };
}

/** Makes a namespace of a name that nobody else has. @returns Its name. */
export async function makeNamespace(access: ControlPlaneAccess, prefix: string): Promise<string> {
  using api = new ApiConnection(access);
  const name = `${prefix}-${crypto.randomUUID().slice(0, 8)}`;
  const { status, text } = await api.send("POST", "/api/v1/namespaces", {
    body: { apiVersion: "v1", kind: "Namespace", metadata: { name } },
  });
  if (status !== 201) throw new Error(`cannot make the namespace ${name}: ${text}`);
  return name;
}
