/** An agent that runs here as the pod of a controller's Deployment, and a kubelet that reaches it. */

import { type JsonObject, objectAt, stringAt } from "../../lib/base/json.ts";
import type { KubeObject } from "../../lib/api/meta.ts";
import { NODES, SECRETS } from "../../lib/api/resources.ts";
import type { KubeClient } from "../../lib/kube/contract.ts";
import { REPORT_VOLUME } from "../../lib/reconcile/agent_deployment/wish/agent_pod.ts";
import { makeCertificate } from "../../lib/tls/certificate.ts";
import { podStatusOf, setPodStatus } from "../support/controller/stand_in_agents.ts";
import { waitUntil } from "../support/harness/wait_until.ts";
import { LineLog } from "../support/process/line_log.ts";
import { PROGRAMS } from "../support/process/standalone_process.ts";

const LOOK_MS = 500;

/** What an agent needs to run. */
export interface RunningAgentOptions {
  readonly client: KubeClient;
  readonly kubeconfig: string;
  readonly pod: KubeObject;
  /** In place of that of the pod's second network. */
  readonly interfaceName: string;
  readonly folder: string;
}

/** The program of an agent's pod, whose readiness follows that of the program. */
export class RunningAgent implements AsyncDisposable {
  readonly log = new LineLog();
  readonly #child: Deno.ChildProcess;
  readonly #stop = new AbortController();
  readonly #probes: Promise<void>;

  private constructor({ client, pod }: RunningAgentOptions, command: Deno.Command) {
    this.#child = command.spawn();
    this.log.follow(this.#child.stdout);
    this.log.follow(this.#child.stderr);
    this.#probes = this.#probe(client, pod);
  }

  static async start(options: RunningAgentOptions): Promise<RunningAgent> {
    const { client, kubeconfig, pod, interfaceName, folder } = options;
    const podIp = stringAt(pod.status, "podIP");
    const spec = objectAt(pod, "spec");
    const [container] = spec["containers"] as readonly JsonObject[];
    const credentials = await writeSecret(client, pod, `${folder}/report`);
    const args = (container!["args"] as readonly string[]).map((arg) =>
      arg.replace("$(POD_IP)", podIp)
    );
    const command = new Deno.Command(PROGRAMS.executable[0], {
      args: [
        ...valuesReplaced(args, {
          "--nic": interfaceName,
          "--snapshot": `${folder}/snapshot.json`,
          "--report-credentials": credentials,
        }),
        ...["--kubeconfig", kubeconfig, "--name", pod.metadata.name],
      ],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    });
    return new RunningAgent(options, command);
  }

  signal(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#probes;
    this.#child.kill("SIGKILL");
    await this.#child.status;
    await this.log.ended();
  }

  /** Says of the pod what a kubelet would. */
  async #probe(client: KubeClient, pod: KubeObject): Promise<void> {
    const podIP = stringAt(pod.status, "podIP");
    let told = false;
    while (!this.#stop.signal.aborted) {
      const response = await fetch(`http://${podIP}:8080/readyz`).catch(() => undefined);
      await response?.body?.cancel();
      const isReady = response?.ok === true;
      if (isReady !== told) {
        await setPodStatus(client, pod, { ...podStatusOf(pod, isReady, true), podIP });
      }
      told = isReady;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }
}

function valuesReplaced(
  args: readonly string[],
  values: Readonly<Record<string, string>>,
): readonly string[] {
  return args.map((arg, index) => values[args[index - 1] ?? ""] ?? arg);
}

/** Writes what the controller keeps for the reports of an agent. @returns The folder. */
async function writeSecret(client: KubeClient, pod: KubeObject, folder: string): Promise<string> {
  const { volumes } = objectAt(pod, "spec") as { volumes: readonly JsonObject[] };
  const volume = volumes.find(({ name }) => name === REPORT_VOLUME);
  const name = stringAt(objectAt(volume, "secret"), "secretName");
  const namespace = pod.metadata.namespace ?? "";
  const secret = await waitUntil(
    () => client.get(SECRETS, { namespace, name }).catch(() => undefined),
    { what: `Secret ${name}` },
  );
  await Deno.mkdir(folder);
  for (const [file, text] of Object.entries(objectAt(secret, "data"))) {
    await Deno.writeTextFile(`${folder}/${file}`, atob(String(text)));
  }
  return folder;
}

/** A node whose kubelet forwards ports of its pods. @param addresses Of the pods, by name. */
export async function startKubelet(
  client: KubeClient,
  nodeName: string,
  addresses: ReadonlyMap<string, string>,
): Promise<AsyncDisposable> {
  const { cert, key } = await makeCertificate({
    commonName: nodeName,
    dnsNames: [nodeName],
    ipAddresses: [],
  });
  const options = { hostname: "127.0.0.1", port: 0, cert, key, onListen() {} };
  const server = Deno.serve(options, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request, { protocol: "v4.channel.k8s.io" });
    // It ends with the namespace and the name of the pod.
    const { pathname, searchParams } = new URL(request.url);
    const hostname = addresses.get(pathname.split("/").at(-1)!)!;
    // Of a port that is closed, the client learns by the end of the connection.
    forward(socket, { hostname, port: Number(searchParams.get("port")) })
      .catch(() => socket.close());
    return response;
  });
  const { port } = server.addr as Deno.NetAddr;
  const node = { apiVersion: "v1", kind: "Node", metadata: { name: nodeName } };
  await client.create(NODES, node);
  const status = {
    conditions: [{ type: "Ready", status: "True", reason: "KubeletReady", message: "" }],
    addresses: [{ type: "InternalIP", address: "127.0.0.1" }],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
  };
  const name = { namespace: "", name: nodeName };
  await client.mergePatch(NODES, name, { status }, { subresource: "status" });
  return server;
}

/** Channel 0 is data, 1 is errors; each begins with the number of the port. */
async function forward(
  socket: WebSocket,
  target: { readonly hostname: string; readonly port: number },
): Promise<void> {
  socket.binaryType = "arraybuffer";
  const opened = new Promise((resolve) => socket.onopen = resolve);
  // The client may speak before the connection is there.
  const connecting = Deno.connect(target);
  socket.onmessage = ({ data }) => {
    const bytes = new Uint8Array(data as ArrayBuffer, 1);
    connecting.then((conn) => conn.write(bytes)).catch(() => socket.close());
  };
  const conn = await connecting;
  await opened;
  for (const channel of [0, 1]) {
    socket.send(new Uint8Array([channel, target.port & 255, target.port >> 8]));
  }
  for await (const piece of conn.readable) socket.send(new Uint8Array([0, ...piece]));
  socket.close();
}
