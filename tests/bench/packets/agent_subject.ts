/** `vm-dhcp agent` as a subject: it follows a pool with 10,000 bindings on an API server. */

import { parse } from "yaml";
import { type EmbeddedApi, startEmbeddedApi } from "../../support/embedded_api.ts";
import {
  commandIn,
  createVethPair,
  HERE,
  type NetworkPlace,
} from "../../support/network_namespace.ts";
import { type ProgramForm, PROGRAMS } from "../../support/standalone_process.ts";
import { onCore } from "./load.ts";
import * as site from "./site.ts";
import { SERVER_CORE, serving, type Subject, type SubjectKind } from "./subject.ts";

const POOLS = "/apis/network.harvesterhci.io/v1alpha1/namespaces/default/ippools";
const POOL = "bench";

/** Gives a program what Kubernetes gives to a pod: the folder of its service account. */
const AS_POD = `mount -t tmpfs tmpfs /run && mkdir -p "/run/secrets/kubernetes.io/serviceaccount" &&
  cp "$1"/* /run/secrets/kubernetes.io/serviceaccount/ && shift && exec "$@"`;

/** The pool that agents answer from, on an API server of its own. */
export class BenchPool implements AsyncDisposable {
  private constructor(readonly api: EmbeddedApi, readonly serviceAccount: string) {}

  /** Starts the API server in this process, which has nothing to do while an agent is measured. */
  static async create(): Promise<BenchPool> {
    const crd = parse(
      await Deno.readTextFile(new URL("../../../crds/ippool.yaml", import.meta.url)),
    );
    const api = await startEmbeddedApi({ crds: [crd] });
    await createPool(api);
    const serviceAccount = `${api.folder}/serviceaccount`;
    await Deno.mkdir(serviceAccount);
    await Deno.writeTextFile(`${serviceAccount}/ca.crt`, api.credentials.cert);
    await Deno.writeTextFile(`${serviceAccount}/token`, api.credentials.token);
    return new BenchPool(api, serviceAccount);
  }

  /** The program as a subject. */
  agent(form: ProgramForm): SubjectKind {
    const name = form === "executable" ? "vm-dhcp (compiled)" : "vm-dhcp (deno run)";
    return { name, start: (place) => this.#start(form, name, place) };
  }

  /** Starts an agent as in a pod, but on an interface of this namespace. */
  spawn(form: ProgramForm, interfaceName: string): Deno.ChildProcess {
    const { hostname, port } = new URL(this.api.server.url);
    return commandIn(HERE, [
      ...["unshare", "--mount", "sh", "-c", AS_POD, "sh", this.serviceAccount],
      ...onCore(SERVER_CORE),
      ...PROGRAMS[form],
      ...["agent", "--ippool", `default/${POOL}`, "--nic", interfaceName],
      ...["--http", "127.0.0.1:0"],
    ], {
      env: { KUBECONFIG: "", ...kubernetesService(hostname, port) },
      stdin: "null",
      stdout: "null",
      stderr: "inherit",
    }).spawn();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.api[Symbol.asyncDispose]();
  }

  async #start(form: ProgramForm, name: string, clientPlace: NetworkPlace): Promise<Subject> {
    await using cleanUp = new AsyncDisposableStack();
    const cable = cleanUp.use(await createVethPair({ peerPlace: clientPlace }));
    const child = this.spawn(form, cable.name);
    cleanUp.defer(async () => {
      child.kill("SIGTERM");
      await child.status;
    });
    const load = { place: clientPlace, interfaceName: cable.peerName };
    return await serving({ name, pid: child.pid, load }, cleanUp);
  }
}

/** What the kubelet sets in every container. */
function kubernetesService(host: string, port: string): Readonly<Record<string, string>> {
  return { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port };
}

async function createPool(api: EmbeddedApi): Promise<void> {
  const allocated = Object.fromEntries(site.BINDINGS.map(([mac, address]) => [address, mac]));
  const ipv4Config = {
    serverIP: site.SERVER_ADDRESS,
    cidr: site.SUBNET,
    pool: { start: site.BINDINGS[0]![1], end: site.BINDINGS.at(-1)![1] },
    router: "10.77.0.254",
    dns: ["192.0.2.53", "192.0.2.54"],
    domainName: "example.com",
    domainSearch: ["lab.example.com"],
    ntp: ["192.0.2.123"],
    leaseTime: 300,
  };
  const spec = { ipv4Config, networkName: "default/bench" };
  const requests = [
    await api.send("POST", POOLS, {
      body: {
        apiVersion: "network.harvesterhci.io/v1alpha1",
        kind: "IPPool",
        metadata: { name: POOL },
        spec,
      },
    }),
    await api.mergePatch(`${POOLS}/${POOL}/status`, {
      status: { ipv4: { allocated, used: site.CLIENTS, available: 0 } },
    }),
  ];
  const refused = requests.find(({ status }) => status >= 300);
  if (refused !== undefined) throw new Error(`Cannot make the pool: ${refused.text}`);
}
