/** The agent as it runs in a pod, on a kube-apiserver of this machine. */

import { isExecutable } from "../../../tools/programs.ts";
import { ApiConnection } from "../../support/apiserver/api_connection.ts";
import { ControlPlane } from "../../support/cluster/control_plane.ts";
import { reportCertificate } from "../../support/http/report_client.ts";
import { freePort } from "../../support/network/free_port.ts";
import { commandIn, createVethPair, HERE, runIn } from "../../support/network/network_namespace.ts";
import { RawLink } from "../../support/network/raw_link.ts";
import { PROGRAMS } from "../../support/process/standalone_process.ts";
import { makePool } from "../kube/bench_pool.ts";
import { asPod } from "../packets/agent_subject.ts";
import type { LoadPoint } from "../packets/load.ts";

const POD_IP = "10.213.7.2";
const READY_POLL_MS = 2;
const READY_MS_MAX = 30_000;

/** Whether the agent that is measured is the executable. */
export const IS_COMPILED = await isExecutable(PROGRAMS.executable[0]);
const COMMAND = IS_COMPILED ? PROGRAMS.executable : PROGRAMS.source;

/** A control plane with one pool; disposing ends it. */
export class AgentSite implements AsyncDisposable {
  readonly #cleanUp = new AsyncDisposableStack();

  private constructor(
    readonly api: ApiConnection,
    /** Its URL. */
    readonly server: string,
    readonly folder: string,
  ) {}

  /** @param bindings Of the pool. */
  static async start(bindings: number): Promise<AgentSite> {
    await using cleanUp = new AsyncDisposableStack();
    const { access } = cleanUp.use(await ControlPlane.start({ withoutControllers: true }));
    const api = cleanUp.use(new ApiConnection(access));
    await makePool(api, bindings);
    const folder = await Deno.makeTempDir();
    cleanUp.defer(() => Deno.remove(folder, { recursive: true }));
    const { cert, key } = await reportCertificate();
    const files = { "tls.crt": cert, "tls.key": key, "ca.crt": access.certificateAuthority };
    for (const [name, text] of Object.entries({ ...files, token: access.token })) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    const own = cleanUp.use(await createVethPair());
    await runIn(HERE, "ip", "address", "add", `${POD_IP}/30`, "dev", own.name);
    const site = new AgentSite(api, access.server, folder);
    site.#cleanUp.use(cleanUp.move());
    return site;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanUp.disposeAsync();
  }
}

/** A running agent and the cable to it; disposing kills it. */
export class PodAgent implements AsyncDisposable {
  readonly startMs = performance.now();
  readonly #port = freePort();
  readonly #child: Deno.ChildProcess;

  private constructor(
    site: AgentSite,
    { interfaceName, snapshot }: { readonly interfaceName: string; readonly snapshot: boolean },
    readonly link: RawLink,
    /** Where clients send from. */
    readonly clients: LoadPoint,
    readonly cleanUp: AsyncDisposableStack,
  ) {
    const { folder } = site;
    const { hostname, port } = new URL(site.server);
    this.#child = commandIn(HERE, [
      ...asPod(folder),
      ...COMMAND,
      ...["agent", "--ippool", "default/bench", "--nic", interfaceName],
      ...["--http", `${POD_IP}:${this.#port}`],
      ...["--report", `${POD_IP}:${freePort()}`, "--report-credentials", folder],
      ...(snapshot ? ["--snapshot", `${folder}/${interfaceName}.json`] : []),
    ], {
      env: {
        POD_IP,
        MALLOC_ARENA_MAX: "1",
        KUBECONFIG: "",
        KUBERNETES_SERVICE_HOST: hostname,
        KUBERNETES_SERVICE_PORT: port,
      },
      stdin: "null",
      stdout: "null",
      stderr: "inherit",
    }).spawn();
  }

  /** Starts one; it is not ready yet. @param snapshot Whether it keeps the pool in a file. */
  static async start(site: AgentSite, { snapshot = true } = {}): Promise<PodAgent> {
    await using cleanUp = new AsyncDisposableStack();
    const cable = cleanUp.use(await createVethPair());
    const link = cleanUp.use(new RawLink(cable.peerName));
    const clients = { place: HERE, interfaceName: cable.peerName };
    const kept = cleanUp.move();
    return new PodAgent(site, { interfaceName: cable.name, snapshot }, link, clients, kept);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Waits until it is ready. @returns Milliseconds since its start. */
  async ready(): Promise<number> {
    while (!await this.#isReady()) {
      if (performance.now() - this.startMs > READY_MS_MAX) {
        throw new Error("the agent is not ready");
      }
      await new Promise((resolve) => setTimeout(resolve, READY_POLL_MS));
    }
    return performance.now() - this.startMs;
  }

  async #isReady(): Promise<boolean> {
    try {
      const response = await fetch(`http://127.0.0.1:${this.#port}/readyz`);
      await response.body?.cancel();
      return response.ok;
    } catch {
      return false; // It does not listen yet.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
    await this.cleanUp.disposeAsync();
  }
}
