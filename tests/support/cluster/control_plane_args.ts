/** How the programs of a control plane are called. */

import type { Places } from "./control_plane.ts";

/** @param isOld True for an etcd before 3.5, which knows fewer flags. */
export function etcdArgs(
  { folder, etcdPort, etcdPeerPort }: Places,
  { isOld }: { readonly isOld: boolean },
): readonly string[] {
  const client = `http://127.0.0.1:${etcdPort}`;
  const peer = `http://127.0.0.1:${etcdPeerPort}`;
  return [
    ...["--data-dir", `${folder}/etcd`, "--name", "test"],
    ...["--listen-client-urls", client, "--advertise-client-urls", client],
    ...["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer],
    ...["--initial-cluster", `test=${peer}`],
    // The data does not outlive the test.
    ...(isOld ? [] : ["--unsafe-no-fsync"]),
  ];
}

/** TLS with the authority of the folder, tokens and client certificates, RBAC. */
export function kubeApiServerArgs({ folder, etcdPort, apiPort }: Places): readonly string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    "--bind-address=127.0.0.1",
    "--advertise-address=127.0.0.1",
    `--secure-port=${apiPort}`,
    `--tls-cert-file=${folder}/apiserver.crt`,
    `--tls-private-key-file=${folder}/apiserver.key`,
    `--client-ca-file=${folder}/ca.crt`,
    `--token-auth-file=${folder}/tokens.csv`,
    "--authorization-mode=RBAC",
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${folder}/sa.pub`,
    `--service-account-signing-key-file=${folder}/sa.key`,
    "--service-cluster-ip-range=10.96.0.0/24",
    // Without it, Pods wait for a service account that no controller makes.
    "--disable-admission-plugins=ServiceAccount",
    "--endpoint-reconciler-type=none",
    "--profiling=false",
  ];
}

/** Only what tests rely on: the end of namespaces, and garbage collection. */
export function controllerManagerArgs(kubeconfig: string): readonly string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    "--controllers=garbage-collector-controller,namespace-controller",
    "--leader-elect=false",
    "--secure-port=0",
  ];
}
