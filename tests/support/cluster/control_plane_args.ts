/** How the programs of a control plane are called. */

import type { Places } from "./control_plane.ts";

/** Addresses of services, and the one of the API server. */
const SERVICE_RANGE = "10.96.0.0/24";
export const API_SERVICE_ADDRESS = "10.96.0.1";

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
export function kubeApiServerArgs(places: Places): readonly string[] {
  const { folder, address, etcdPort, apiPort } = places;
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    `--bind-address=${address}`,
    `--advertise-address=${address}`,
    `--secure-port=${apiPort}`,
    `--tls-cert-file=${folder}/apiserver.crt`,
    `--tls-private-key-file=${folder}/apiserver.key`,
    `--client-ca-file=${folder}/ca.crt`,
    `--token-auth-file=${folder}/tokens.csv`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${folder}/sa.pub`,
    `--service-account-signing-key-file=${folder}/sa.key`,
    `--service-cluster-ip-range=${SERVICE_RANGE}`,
    "--profiling=false",
    ...(places.hasNodes ? apiServerArgsForNodes(folder) : [
      "--authorization-mode=RBAC",
      // Without it, Pods wait for a service account that no controller makes.
      "--disable-admission-plugins=ServiceAccount",
      "--endpoint-reconciler-type=none",
    ]),
    ...(places.isAudited
      ? [`--audit-policy-file=${folder}/audit.json`, `--audit-log-path=${folder}/audit.log`]
      : []),
    ...places.apiServerArgs,
  ];
}

/** Kubelets have the rights of their node, and show logs to the API server. */
function apiServerArgsForNodes(folder: string): readonly string[] {
  return [
    "--authorization-mode=Node,RBAC",
    "--enable-admission-plugins=NodeRestriction",
    `--kubelet-client-certificate=${folder}/kubelet-client.crt`,
    `--kubelet-client-key=${folder}/kubelet-client.key`,
    "--kubelet-preferred-address-types=InternalIP",
    // Pods are reached from here, services are not.
    "--enable-aggregator-routing=true",
  ];
}

/** Only what tests rely on: the end of namespaces, and garbage collection; with nodes, everything. */
export function controllerManagerArgs(
  { folder, hasNodes }: Places,
  kubeconfig: string,
): readonly string[] {
  return [
    ...schedulerArgs(kubeconfig),
    ...(hasNodes
      ? [
        `--service-account-private-key-file=${folder}/sa.key`,
        `--root-ca-file=${folder}/ca.crt`,
        // With the defaults, a Pod is replaced a minute after the end of its node.
        ...["--node-monitor-grace-period=16s", "--node-monitor-period=1s"],
        "--node-eviction-rate=10",
      ]
      : ["--controllers=garbage-collector-controller,namespace-controller"]),
  ];
}

/** The flags of a kube-scheduler, which a kube-controller-manager has as well. */
export function schedulerArgs(kubeconfig: string): readonly string[] {
  return [`--kubeconfig=${kubeconfig}`, "--leader-elect=false", "--secure-port=0"];
}
