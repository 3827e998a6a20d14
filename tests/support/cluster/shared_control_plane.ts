/** One control plane for a whole run of tests. */

import { parse } from "yaml";
import { ControlPlane, type ControlPlaneAccess } from "./control_plane.ts";

/** Kubeconfig of the control plane that `./dev test` has started for all test files. */
export const SHARED_KUBECONFIG = "VM_DHCP_TEST_KUBECONFIG";

let started: Promise<ControlPlaneAccess> | undefined;

/**
 * The control plane of this run; a file that is tested alone gets one of its own, which ends with
 * it. It is for tests that neither stop nor reconfigure it and that use namespaces of their own.
 */
export function sharedControlPlane(): Promise<ControlPlaneAccess> {
  started ??= findOrStart();
  return started;
}

async function findOrStart(): Promise<ControlPlaneAccess> {
  const kubeconfig = Deno.env.get(SHARED_KUBECONFIG);
  if (kubeconfig !== undefined) return await readAccess(kubeconfig);
  const own = await ControlPlane.start();
  addEventListener("unload", () => own.abandon());
  return own.access;
}

async function readAccess(kubeconfig: string): Promise<ControlPlaneAccess> {
  const { clusters: [{ cluster }], users: [{ user }] } = parse(
    await Deno.readTextFile(kubeconfig),
  ) as {
    readonly clusters: readonly [
      { readonly cluster: { server: string; "certificate-authority-data": string } },
    ];
    readonly users: readonly [{ readonly user: { token: string } }];
  };
  return {
    server: cluster.server,
    certificateAuthority: atob(cluster["certificate-authority-data"]),
    token: user.token,
    kubeconfig,
  };
}
