/**
 * A real control plane on loopback: etcd, kube-apiserver and kube-controller-manager with TLS, RBAC
 * and a folder of its own. Pods run only when nodes are asked for, which `support/nodes/` makes.
 */

import type { JsonObject } from "../../../lib/base/json.ts";
import { keyOf, type KubeObject } from "../../../lib/api/meta.ts";
import { ApiConnection } from "../apiserver/api_connection.ts";
import { waitUntil } from "../harness/wait_until.ts";
import { CertificateAuthority, type Subject } from "./certificate_authority.ts";
import {
  controllerManagerArgs,
  etcdArgs,
  kubeApiServerArgs,
  schedulerArgs,
} from "./control_plane_args.ts";
import { installDefinitions, readDefinitions } from "./definitions.ts";
import { writeKubeconfig } from "./cluster_access.ts";
import { tokenOf, writeControlPlaneFiles } from "./control_plane_files.ts";
import { controlPlaneFolder, nodeProgramsFolder } from "../../../tools/kubernetes/programs.ts";
import { TestProcess } from "../process/test_process.ts";

const START_MS_MAX = 60_000;

/** The default of etcd's `--max-txn-ops`. */
const ETCD_OPERATIONS_MAX = 128;

/** Options of {@link ControlPlane.start}. */
export interface ControlPlaneOptions {
  /** Path of an etcd other than the usual one. */
  readonly etcd?: string;
  /** Runs no kube-controller-manager, so dependents of deleted objects stay. */
  readonly withoutControllers?: boolean;
  /** Has nodes of these names join, and a kube-scheduler. */
  readonly nodes?: readonly string[];
  /** Keeps a log of requests, as with nodes. */
  readonly isAudited?: boolean;
  /** Further arguments of the API server. */
  readonly apiServerArgs?: readonly string[];
  /** Where the API server listens; 127.0.0.1 by default. */
  readonly address?: string;
  /** Folder that its own folder is made in; that for temporary files by default. */
  readonly parent?: string;
  /** The definitions that it begins with; all that tests rely on by default. */
  readonly definitions?: readonly JsonObject[];
}

/** What clients need to know of a control plane. */
export interface ControlPlaneAccess {
  /** URL of the API server. */
  readonly server: string;
  /** PEM of the authority. */
  readonly certificateAuthority: string;
  /** Token of a cluster administrator. */
  readonly token: string;
  /** Path of a kubeconfig of the administrator. */
  readonly kubeconfig: string;
}

/** A request that was answered, without its body. */
export interface AuditedRequest {
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  /** Absent where the path is that of no object. */
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code: number };
}

/** Ports and paths of one control plane. */
export interface Places {
  readonly folder: string;
  readonly etcdPort: number;
  readonly etcdPeerPort: number;
  readonly apiPort: number;
  readonly address: string;
  readonly hasNodes: boolean;
  readonly isAudited: boolean;
  readonly apiServerArgs: readonly string[];
}

/** A running control plane; disposing ends it and removes its folder. */
export class ControlPlane implements AsyncDisposable {
  readonly access: ControlPlaneAccess;
  readonly #programs: string;
  readonly #places: Places;
  readonly #authority: CertificateAuthority;
  readonly #etcd: TestProcess;
  #apiServer: TestProcess;
  readonly #controllers: TestProcess[] = [];

  private constructor(
    { access, programs, places, authority, etcd }: {
      readonly access: ControlPlaneAccess;
      readonly programs: string;
      readonly places: Places;
      readonly authority: CertificateAuthority;
      readonly etcd: TestProcess;
    },
  ) {
    this.access = access;
    this.#programs = programs;
    this.#places = places;
    this.#authority = authority;
    this.#etcd = etcd;
    this.#apiServer = this.#spawnApiServer();
  }

  /**
   * Starts a control plane and waits until it is ready.
   *
   * @throws {Error} with the last words of a program that does not come up.
   */
  static async start(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
    const programs = await controlPlaneFolder();
    const [etcdPort, etcdPeerPort, apiPort] = freePorts();
    const { address = "127.0.0.1", nodes = [], parent, apiServerArgs = [] } = options;
    const where = parent === undefined ? {} : { dir: parent };
    const folder = await Deno.makeTempDir({ ...where, prefix: "vm-dhcp-cluster-" });
    const hasNodes = nodes.length > 0;
    const ports = { etcdPort, etcdPeerPort, apiPort };
    const isAudited = hasNodes || options.isAudited === true;
    const places = { folder, ...ports, address, hasNodes, isAudited, apiServerArgs };
    const authority = await CertificateAuthority.create();
    const access = await writeControlPlaneFiles(places, authority, nodes);
    const etcdPath = options.etcd ?? `${programs}/etcd`;
    const etcd = TestProcess.start({
      path: etcdPath,
      args: etcdArgs(places, { isOld: options.etcd !== undefined }),
    });
    const plane = new ControlPlane({ access, programs, places, authority, etcd });
    try {
      await plane.untilReady();
      await plane.#installDefinitions(options.definitions ?? readDefinitions());
      if (options.withoutControllers !== true) await plane.#startControllers();
      return plane;
    } catch (error) {
      await plane[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Makes a kubeconfig with a token, such as that of a node. */
  async writeKubeconfig(path: string, user: string): Promise<void> {
    await writeKubeconfig({ ...this.access, token: tokenOf(user, this.access), kubeconfig: path });
  }

  /** A client certificate for this user. */
  issueCertificate(subject: Subject): Promise<{ readonly cert: string; readonly key: string }> {
    return this.#authority.issue(subject);
  }

  /** Waits until the API server says that it is ready. */
  async untilReady(): Promise<void> {
    const client = Deno.createHttpClient({ caCerts: [this.access.certificateAuthority] });
    try {
      await waitUntil(async () => {
        this.#etcd.checkRunning();
        this.#apiServer.checkRunning();
        return await isReady(this.access.server, client) || undefined;
      }, {
        what: "the API server",
        limitMs: START_MS_MAX,
        explain: () => `${this.#etcd.tail()}\n${this.#apiServer.tail()}`,
      });
    } finally {
      client.close();
    }
  }

  /** What service accounts have asked so far, where that is kept. */
  async audited(): Promise<readonly AuditedRequest[]> {
    const text = await Deno.readTextFile(`${this.#places.folder}/audit.log`);
    return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  }

  /** Kills the API server. */
  async stopApiServer(): Promise<void> {
    await this.#apiServer[Symbol.asyncDispose]();
  }

  /** Kills the API server, if that is still to be done, and starts it again on the same port. */
  async restartApiServer(): Promise<void> {
    await this.stopApiServer();
    this.#apiServer = this.#spawnApiServer();
    await this.untilReady();
  }

  /** Makes etcd and the API server forget every state but the present one. */
  async forgetHistory(): Promise<void> {
    const { header: { revision } } = await this.#askEtcd("maintenance/status", {}) as {
      readonly header: { readonly revision: string };
    };
    await this.#askEtcd("kv/compaction", { revision, physical: true });
    await this.restartApiServer();
  }

  /**
   * Puts objects into etcd as the API server would have, which takes a fraction of the time. They have
   * to be complete, with `metadata.uid` and `metadata.creationTimestamp`.
   *
   * @param resource Group and plural, such as `network.harvesterhci.io/ippools`.
   */
  async restore(resource: string, objects: readonly KubeObject[]): Promise<void> {
    for (let first = 0; first < objects.length; first += ETCD_OPERATIONS_MAX) {
      const success = objects.slice(first, first + ETCD_OPERATIONS_MAX).map((object) => ({
        requestPut: {
          key: btoa(`/registry/${resource}/${keyOf(object)}`),
          value: btoa(JSON.stringify(object)),
        },
      }));
      await this.#askEtcd("kv/txn", { success });
    }
  }

  /** Freezes the API server: its connections stay open, but nothing is answered. */
  freezeApiServer(): void {
    this.#apiServer.kill("SIGSTOP");
  }

  /** Lets a frozen API server go on. */
  thawApiServer(): void {
    this.#apiServer.kill("SIGCONT");
  }

  /** Ends it without waiting, for when this process is about to end. */
  abandon(): void {
    for (const process of [...this.#controllers, this.#apiServer, this.#etcd]) {
      process.kill("SIGKILL");
    }
    Deno.removeSync(this.#places.folder, { recursive: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#controllers.map((each) => each[Symbol.asyncDispose]()));
    await this.#apiServer[Symbol.asyncDispose]();
    await this.#etcd[Symbol.asyncDispose]();
    await Deno.remove(this.#places.folder, { recursive: true });
  }

  async #askEtcd(call: string, request: JsonObject): Promise<unknown> {
    const response = await fetch(`http://127.0.0.1:${this.#places.etcdPort}/v3/${call}`, {
      method: "POST",
      body: JSON.stringify(request),
    });
    if (!response.ok) throw new Error(`etcd refuses ${call}: ${await response.text()}`);
    return await response.json();
  }

  #spawnApiServer(): TestProcess {
    return TestProcess.start({
      path: `${this.#programs}/kube-apiserver`,
      args: kubeApiServerArgs(this.#places),
    });
  }

  /** Before the controllers start, because these look for new kinds only now and then. */
  async #installDefinitions(definitions: readonly JsonObject[]): Promise<void> {
    using api = new ApiConnection(this.access);
    await installDefinitions(api, definitions);
  }

  async #startControllers(): Promise<void> {
    const { kubeconfig } = this.access;
    this.#controllers.push(TestProcess.start({
      path: `${this.#programs}/kube-controller-manager`,
      args: controllerManagerArgs(this.#places, kubeconfig),
    }));
    if (!this.#places.hasNodes) return;
    this.#controllers.push(TestProcess.start({
      path: `${await nodeProgramsFolder()}/kube-scheduler`,
      args: schedulerArgs(kubeconfig),
    }));
  }
}

async function isReady(server: string, client: Deno.HttpClient): Promise<boolean> {
  try {
    // RBAC allows this to anonymous users (system:public-info-viewer).
    const response = await fetch(`${server}/readyz`, { client });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false; // The server does not listen yet.
  }
}

/** Three ports that are free at the moment. */
function freePorts(): [number, number, number] {
  const listeners = [0, 1, 2].map(() => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  const [first, second, third] = listeners.map(({ addr }) => (addr as Deno.NetAddr).port);
  for (const listener of listeners) listener.close();
  return [first!, second!, third!];
}
