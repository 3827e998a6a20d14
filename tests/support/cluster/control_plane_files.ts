/** The keys, certificates and tokens of a control plane. */

import { type CertificateAuthority, createSigningKeys } from "./certificate_authority.ts";
import { writeKubeconfig } from "./cluster_access.ts";
import type { ControlPlaneAccess, Places } from "./control_plane.ts";
import { API_SERVICE_ADDRESS } from "./control_plane_args.ts";

/** Notes the requests of Pods, and nothing of what they carry. */
const AUDIT_POLICY = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [
    { level: "Metadata", userGroups: ["system:serviceaccounts"] },
    { level: "None" },
  ],
};

/** The user that all kube-proxies are; its rights are bound by default. */
export const PROXY_USER = "system:kube-proxy";

/** The user that the kubelet of a node is. */
export function nodeUserOf(node: string): string {
  return `system:node:${node}`;
}

/** The token of a user that is not the administrator; it is as secret as the administrator's. */
export function tokenOf(user: string, { token }: Pick<ControlPlaneAccess, "token">): string {
  return `${token}-${user.replaceAll(":", "-")}`;
}

/**
 * Writes what the programs read, and the administrator's kubeconfig.
 *
 * @param nodes The names of the nodes that may join.
 */
export async function writeControlPlaneFiles(
  { folder, address, apiPort }: Places,
  authority: CertificateAuthority,
  nodes: readonly string[],
): Promise<ControlPlaneAccess> {
  const token = crypto.randomUUID();
  const serving = await authority.issue({
    commonName: "kube-apiserver",
    addresses: [address, API_SERVICE_ADDRESS],
  });
  const toKubelets = await authority.issue({
    commonName: "kube-apiserver",
    organizations: ["system:masters"],
  });
  const signing = await createSigningKeys();
  const files = {
    "ca.crt": authority.cert,
    "apiserver.crt": serving.cert,
    "apiserver.key": serving.key,
    "sa.pub": signing.publicKey,
    "sa.key": signing.privateKey,
    "kubelet-client.crt": toKubelets.cert,
    "kubelet-client.key": toKubelets.key,
    "audit.json": JSON.stringify(AUDIT_POLICY),
    "tokens.csv": [
      `${token},admin,admin,"system:masters"`,
      ...nodes.map((name) => nodeUserOf(name)).map((user) =>
        `${tokenOf(user, { token })},${user},${user},"system:nodes"`
      ),
      `${tokenOf(PROXY_USER, { token })},${PROXY_USER},${PROXY_USER}`,
      "",
    ].join("\n"),
  };
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${folder}/${name}`, text, { mode: 0o600 });
  }
  const access = {
    server: `https://${address}:${apiPort}`,
    certificateAuthority: authority.cert,
    token,
    kubeconfig: `${folder}/kubeconfig`,
  };
  await writeKubeconfig(access);
  return access;
}
