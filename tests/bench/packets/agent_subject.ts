/** `vm-dhcp agent` as a subject: it follows a pool with 10,000 bindings on an API server. */

import { freePort } from "../../support/network/free_port.ts";
import {
  commandIn,
  createVethPair,
  HERE,
  type NetworkPlace,
} from "../../support/network/network_namespace.ts";
import { PoolApi, SERVICE_ACCOUNT_FOLDER } from "../../support/apiserver/pool_api.ts";
import { PROGRAMS } from "../../support/process/standalone_process.ts";
import { onCore } from "./load.ts";
import * as site from "./site.ts";
import { SERVER_CORE, serving, type Subject, type SubjectKind } from "./subject.ts";

/** A build of the program: its name in tables, and its command. */
export interface AgentBuild {
  readonly name: string;
  readonly command: readonly string[];
}

export const COMPILED: AgentBuild = { name: "vm-dhcp (compiled)", command: PROGRAMS.executable };
export const FROM_SOURCE: AgentBuild = { name: "vm-dhcp (deno run)", command: PROGRAMS.source };

/** Gives a program what Kubernetes gives to a pod: the folder of its service account. */
const AS_POD_SCRIPT = `mount -t tmpfs tmpfs /run && mkdir -p "$1" && cp "$2"/* "$1" && shift 2 &&
  exec "$@"`;

/** Words before the command of a program. @param serviceAccount A folder with its token and certificate. */
export function asPod(serviceAccount: string): readonly string[] {
  const script = ["sh", "-c", AS_POD_SCRIPT, "sh"];
  return ["unshare", "--mount", ...script, SERVICE_ACCOUNT_FOLDER, serviceAccount];
}

/** `spec.ipv4Config` of the pool. */
const IPV4_CONFIG = {
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

/** The pool that agents answer from, on an API server of its own. */
export class BenchPool implements AsyncDisposable {
  private constructor(readonly api: PoolApi) {}

  /** Starts the API server in this process, which has nothing to do while an agent is measured. */
  static async create(): Promise<BenchPool> {
    const content = { name: "bench", ipv4Config: IPV4_CONFIG, bindings: site.BINDINGS };
    return new BenchPool(await PoolApi.start(content));
  }

  /** A build of the program as a subject. */
  agent(build: AgentBuild): SubjectKind {
    return { name: build.name, start: (place) => this.#start(build, place) };
  }

  /**
   * Starts an agent as in a pod, but on an interface of this namespace.
   *
   * @param httpPort Of its endpoints on loopback; any for 0.
   */
  spawn(build: AgentBuild, interfaceName: string, httpPort = 0): Deno.ChildProcess {
    const { pool, serviceAccount, env } = this.api;
    return commandIn(HERE, [
      ...asPod(serviceAccount),
      ...onCore(SERVER_CORE),
      ...build.command,
      ...["agent", "--ippool", pool, "--nic", interfaceName],
      ...["--http", `127.0.0.1:${httpPort}`],
    ], {
      env: { KUBECONFIG: "", ...env },
      stdin: "null",
      stdout: "null",
      stderr: "inherit",
    }).spawn();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.api[Symbol.asyncDispose]();
  }

  async #start(build: AgentBuild, clientPlace: NetworkPlace): Promise<Subject> {
    await using cleanUp = new AsyncDisposableStack();
    const cable = cleanUp.use(await createVethPair({ peerPlace: clientPlace }));
    const httpPort = freePort();
    const child = this.spawn(build, cable.name, httpPort);
    cleanUp.defer(async () => {
      child.kill("SIGTERM");
      await child.status;
    });
    const load = { place: clientPlace, interfaceName: cable.peerName };
    const metricsUrl = `http://127.0.0.1:${httpPort}/metrics`;
    return await serving({ name: build.name, pid: child.pid, load, metricsUrl }, cleanUp);
  }
}
