/**
 * Containers as Kubernetes runs those of a restricted Pod: the named capabilities and no other, no
 * way to get more, a root file system that cannot be written, the filter of system calls that
 * containers have. Only the network namespace is this one's, where the tests' networks are.
 */

import { containerSeccomp } from "./container_seccomp.ts";
import { commandIn, HERE } from "../network/network_namespace.ts";

/** crun gives up where both versions of control groups are mounted, although it needs none. */
const WITHOUT_CONTROL_GROUPS = `mount -t tmpfs none /sys/fs/cgroup && exec "$@"`;

/** What runs in a container. */
export interface ContainerOptions {
  /** Folder with its root file system. */
  readonly root: string;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** User and group. */
  readonly uid: number;
  readonly capabilities: readonly string[];
  /** Files and folders of this host, by their paths in the container. */
  readonly mounts?: Readonly<Record<string, string>>;
}

/**
 * A command that runs a container until its program ends.
 *
 * @param folder For the container alone. The runtime writes the number of its process to `pid`.
 */
export async function containerCommand(
  folder: string,
  options: ContainerOptions,
): Promise<Deno.Command> {
  await Deno.writeTextFile(`${folder}/config.json`, JSON.stringify(await configOf(options)));
  return commandIn(HERE, [
    ...["unshare", "--mount", "sh", "-c", WITHOUT_CONTROL_GROUPS, "sh"],
    ...["crun", "--root", `${folder}/state`, "--cgroup-manager", "disabled", "run"],
    ...["--bundle", folder, "--pid-file", `${folder}/pid`, `vm-dhcp-${crypto.randomUUID()}`],
  ], { stdin: "null", stdout: "piped", stderr: "piped" });
}

/** An OCI configuration (runtime-spec 1.0). */
async function configOf(
  { root, command, env = {}, uid, capabilities, mounts = {} }: ContainerOptions,
): Promise<unknown> {
  const namespaces = ["mount", "pid", "ipc", "uts"];
  return {
    ociVersion: "1.0.2",
    process: {
      user: { uid, gid: uid },
      cwd: "/",
      args: command,
      env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
      capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
      noNewPrivileges: true,
    },
    root: { path: root, readonly: true },
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "size=64k"] },
      ...bindMounts(mounts),
    ],
    linux: {
      namespaces: namespaces.map((type) => ({ type })),
      seccomp: await containerSeccomp(capabilities),
    },
  };
}

function bindMounts(sources: Readonly<Record<string, string>>): readonly unknown[] {
  return Object.entries(sources).map(([destination, source]) => ({
    destination,
    type: "bind",
    source,
    options: ["rbind", "ro"],
  }));
}
