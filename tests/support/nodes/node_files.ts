/** What the programs of a node read. */

import type { JsonObject } from "../../../lib/base/json.ts";

/** Where a node's programs find things. */
export interface NodeFilesOptions {
  /** The node's own folder. */
  readonly folder: string;
  /** Network of its Pods, such as `198.19.1.0/24`. */
  readonly podRange: string;
  readonly labels: Readonly<Record<string, string>>;
  /** PEM of the authority of the control plane. */
  readonly certificateAuthority: string;
  /** Image of the process that holds a Pod's namespaces. */
  readonly pauseImage: string;
  /** Path of Multus. */
  readonly multus: string;
}

/** Where Debian's package has the plugins that Multus calls. */
const PLUGINS = "/usr/lib/cni";

/** Makes the folders of a node and all its files but the kubeconfigs and the images. */
export async function writeNodeFiles(options: NodeFilesOptions): Promise<void> {
  const { folder, labels, certificateAuthority, multus } = options;
  for (const name of ["var-lib", "var-log", "log", "cni", "plugins"]) {
    await Deno.mkdir(`${folder}/${name}`, { recursive: true });
  }
  const files = {
    "containerd.toml": containerdConfig(options),
    "kubelet.json": JSON.stringify(kubeletConfig(folder)),
    "cni/00-multus.conf": JSON.stringify(multusConfig(options)),
    "ca.crt": certificateAuthority,
    labels: Object.entries(labels).map(([key, value]) => `${key}=${value}`).join(),
  };
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${folder}/${name}`, text);
  }
  await Deno.symlink(multus, `${folder}/plugins/multus`);
  for (const { name } of Deno.readDirSync(PLUGINS)) {
    await Deno.symlink(`${PLUGINS}/${name}`, `${folder}/plugins/${name}`);
  }
}

function containerdConfig({ folder, pauseImage }: NodeFilesOptions): string {
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  return `version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "/var/lib/containerd-opt"
[${cri}]
  sandbox_image = "${pauseImage}"
  # Otherwise no container starts where the tests may not lower the score.
  restrict_oom_score_adj = true
[${cri}.containerd]
  snapshotter = "overlayfs"
[${cri}.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[${cri}.cni]
  bin_dir = "${folder}/plugins"
  conf_dir = "${folder}/cni"
  max_conf_num = 1
`;
}

function kubeletConfig(folder: string): JsonObject {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: `${folder}/ca.crt` },
    },
    authorization: { mode: "Webhook" },
    containerRuntimeEndpoint: "unix:///run/containerd/containerd.sock",
    cgroupDriver: "cgroupfs",
    failCgroupV1: false,
    failSwapOn: false,
    oomScoreAdj: 0,
    resolvConf: "",
    // The disk is the host's, and images that were deleted could not be pulled again.
    evictionHard: { "nodefs.available": "0%", "imagefs.available": "0%", "memory.available": "0%" },
    imageGCHighThresholdPercent: 100,
    // Together with the controller manager's grace, a lost node is found after 16 seconds.
    nodeStatusUpdateFrequency: "4s",
    nodeLeaseDurationSeconds: 8,
  };
}

function multusConfig({ folder, podRange }: NodeFilesOptions): JsonObject {
  return {
    cniVersion: "0.3.1",
    name: "multus",
    type: "multus",
    kubeconfig: `${folder}/multus.kubeconfig`,
    binDir: `${folder}/plugins`,
    capabilities: { portMappings: true },
    delegates: [{
      cniVersion: "0.3.1",
      name: "pods",
      plugins: [
        {
          type: "bridge",
          bridge: "pods",
          isGateway: true,
          ipMasq: false,
          ipam: {
            type: "host-local",
            ranges: [[{ subnet: podRange }]],
            routes: [{ dst: "0.0.0.0/0" }],
          },
        },
        { type: "portmap", capabilities: { portMappings: true } },
      ],
    }],
  };
}
