/** Kubeconfigs for a control plane. */

import type { ControlPlaneAccess } from "./control_plane.ts";

/** Writes the administrator's kubeconfig to where `access` says that it is. */
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
