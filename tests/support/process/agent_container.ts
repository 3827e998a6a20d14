/** The compiled agent in a container as Kubernetes would run it, with CAP_NET_RAW. */

import { containerCommand, type ContainerOptions } from "./container.ts";
import { LineLog } from "./line_log.ts";
import { PacketStory, type ServedPacket, servedPacket } from "../dhcp/packet_story.ts";
import { type PoolApi, SERVICE_ACCOUNT_FOLDER } from "../apiserver/pool_api.ts";
import { PROGRAMS } from "./standalone_process.ts";
import { waitUntil } from "../harness/wait_until.ts";

/** What an agent serves, and how. */
export interface AgentContainerOptions {
  readonly interfaceName: string;
  readonly api: PoolApi;
  /** Further arguments, such as `--debug` to log each packet. */
  readonly args?: readonly string[];
  /** Folder of an unpacked image; by default, the container has the executable and its libraries. */
  readonly root?: string;
}

/** A running agent; disposing ends it. */
export class AgentContainer extends PacketStory implements AsyncDisposable {
  readonly log = new LineLog();
  readonly #runtime: Deno.ChildProcess;
  readonly #folder: string;
  #ended = false;

  private constructor(folder: string, runtime: Deno.ChildProcess) {
    super();
    this.#folder = folder;
    this.#runtime = runtime;
    this.log.follow(this.#runtime.stdout);
    this.log.follow(this.#runtime.stderr);
    this.#runtime.status.then(() => this.#ended = true);
  }

  /** Starts an agent and waits until it serves the interface. */
  static async start(options: AgentContainerOptions): Promise<AgentContainer> {
    const folder = await Deno.makeTempDir();
    const command = await containerCommand(folder, await containerOf(folder, options));
    const container = new AgentContainer(folder, command.spawn());
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

/** The executable alone with the libraries of this host, or an image. */
async function containerOf(
  folder: string,
  { interfaceName, api, args = [], root }: AgentContainerOptions,
): Promise<ContainerOptions> {
  await Deno.mkdir(`${folder}/rootfs`);
  const [executable] = PROGRAMS.executable;
  const libraries = { "/usr/bin/vm-dhcp": executable, "/lib": "/lib", "/lib64": "/lib64" };
  const flags = ["--ippool", api.pool, "--nic", interfaceName, ...args, "--http", "127.0.0.1:0"];
  return {
    root: root ?? `${folder}/rootfs`,
    command: ["/usr/bin/vm-dhcp", "agent", ...flags],
    env: api.env,
    uid: 0,
    capabilities: ["CAP_NET_RAW"],
    mounts: {
      ...(root === undefined ? libraries : {}),
      [SERVICE_ACCOUNT_FOLDER]: api.serviceAccount,
    },
  };
}
