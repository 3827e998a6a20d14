/**
 * The compiled agent in a container as Kubernetes would run it: CAP_NET_RAW and no other capability,
 * no way to get more, a root file system that cannot be written, the filter of system calls that
 * containers have. Only the network namespace is this one's, where the tests' networks are.
 */

import { containerSeccomp } from "./container_seccomp.ts";
import { LineLog } from "./line_log.ts";
import { commandIn, HERE } from "../network/network_namespace.ts";
import { PacketStory, type ServedPacket, servedPacket } from "../dhcp/packet_story.ts";
import { type PoolApi, SERVICE_ACCOUNT_FOLDER } from "../apiserver/pool_api.ts";
import { PROGRAMS } from "./standalone_process.ts";
import { waitUntil } from "../harness/wait_until.ts";

const CAPABILITIES = ["CAP_NET_RAW"];

/** crun gives up where both versions of control groups are mounted, although it needs none. */
const WITHOUT_CONTROL_GROUPS = `mount -t tmpfs none /sys/fs/cgroup && exec "$@"`;

/** What an agent serves, and how. */
export interface AgentContainerOptions {
  readonly interfaceName: string;
  readonly api: PoolApi;
  /** Further arguments, such as `--debug` to log each packet. */
  readonly args?: readonly string[];
}

/** A running agent; disposing ends it. */
export class AgentContainer extends PacketStory implements AsyncDisposable {
  readonly log = new LineLog();
  readonly #runtime: Deno.ChildProcess;
  readonly #folder: string;
  #ended = false;

  private constructor(folder: string) {
    super();
    this.#folder = folder;
    const crun = ["crun", "--root", `${folder}/state`, "--cgroup-manager", "disabled", "run"];
    const options = ["--bundle", folder, "--pid-file", `${folder}/pid`, `vm-dhcp-${Deno.pid}`];
    this.#runtime = commandIn(HERE, [
      ...["unshare", "--mount", "sh", "-c", WITHOUT_CONTROL_GROUPS, "sh"],
      ...crun,
      ...options,
    ], { stdin: "null", stdout: "piped", stderr: "piped" }).spawn();
    this.log.follow(this.#runtime.stdout);
    this.log.follow(this.#runtime.stderr);
    this.#runtime.status.then(() => this.#ended = true);
  }

  /** Starts an agent and waits until it serves the interface. */
  static async start(options: AgentContainerOptions): Promise<AgentContainer> {
    const folder = await Deno.makeTempDir();
    await Deno.mkdir(`${folder}/rootfs`);
    const config = await containerConfig(options);
    await Deno.writeTextFile(`${folder}/config.json`, JSON.stringify(config));
    const container = new AgentContainer(folder);
    try {
      await waitUntil(() => container.#isReady() || undefined, {
        what: `an agent on ${options.interfaceName}`,
        explain: () => container.log.tail(),
      });
    } catch (error) {
      await container[Symbol.asyncDispose]();
      throw error;
    }
    return container;
  }

  /** The process of the agent, as numbered in this namespace. */
  async pid(): Promise<number> {
    return Number(await Deno.readTextFile(`${this.#folder}/pid`));
  }

  /** Text of an endpoint such as `/metrics`. */
  async get(path: string): Promise<string> {
    const response = await fetch(`${this.log.entries("agent started")[0]?.["http"]}${path}`);
    return await response.text();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#ended) Deno.kill(await this.pid(), "SIGTERM");
    await this.#runtime.status;
    await this.log.ended();
    await Deno.remove(this.#folder, { recursive: true });
  }

  protected override served(): readonly ServedPacket[] {
    return this.log.entries("packet").map((entry) =>
      servedPacket(entry, Date.parse(String(entry["ts"])))
    );
  }

  #isReady(): boolean {
    if (this.#ended) throw new Error(`the container ended\n${this.log.tail()}`);
    return ["interface status", "pool status"].every((msg) =>
      this.log.entries(msg).at(-1)?.["reason"] === "Serving"
    );
  }
}

/** An OCI configuration (runtime-spec 1.0). */
async function containerConfig(
  { interfaceName, api, args = [] }: AgentContainerOptions,
): Promise<unknown> {
  const agent = ["agent", "--ippool", api.pool, "--nic", interfaceName, ...args];
  const [executable] = PROGRAMS.executable;
  const namespaces = ["mount", "pid", "ipc", "uts"];
  return {
    ociVersion: "1.0.2",
    process: {
      user: { uid: 0, gid: 0 },
      cwd: "/",
      args: ["/vm-dhcp", ...agent, "--http", "127.0.0.1:0"],
      env: Object.entries(api.env).map(([name, value]) => `${name}=${value}`),
      capabilities: { bounding: CAPABILITIES, effective: CAPABILITIES, permitted: CAPABILITIES },
      noNewPrivileges: true,
    },
    root: { path: "rootfs", readonly: true },
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "size=64k"] },
      ...bindMounts({
        "/vm-dhcp": executable,
        "/lib": "/lib",
        "/lib64": "/lib64",
        [SERVICE_ACCOUNT_FOLDER]: api.serviceAccount,
      }),
    ],
    linux: {
      namespaces: namespaces.map((type) => ({ type })),
      seccomp: await containerSeccomp(CAPABILITIES),
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
