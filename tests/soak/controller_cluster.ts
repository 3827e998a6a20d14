/** An API server for controllers in processes of their own, and a record of their writes. */

import { judgeAlone } from "../support/apiserver/object_rules.ts";
import type { AdmissionRequest } from "../../lib/admission/contract.ts";
import { apiVersionOf, IPPOOLS, NAMESPACES } from "../../lib/api/resources.ts";
import { ControllerProcess } from "../support/process/controller_process.ts";
import { ControllerWorld } from "../support/controller/controller_world.ts";
import { readCrd } from "../support/apiserver/crds.ts";
import { type EmbeddedApi, startEmbeddedApi } from "../support/apiserver/embedded_api.ts";
import { freePort } from "../support/network/free_port.ts";

/** Everything that a test of several controllers needs. */
export class ControllerCluster implements AsyncDisposable {
  readonly #cleanUp = new AsyncDisposableStack();
  /** Writes to our kinds, in order. */
  readonly writes: AdmissionRequest[] = [];
  #api!: EmbeddedApi;
  #kubeconfigPath = "";
  world!: ControllerWorld;

  static async start(): Promise<ControllerCluster> {
    const cluster = new ControllerCluster();
    try {
      await cluster.#start();
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Starts a controller. */
  controller(...args: readonly string[]): ControllerProcess {
    const process = new ControllerProcess(this.#kubeconfigPath, freePort(), args);
    return this.#cleanUp.use(process);
  }

  /** Ends the API server, so that requests fail from now on. */
  endApi(): Promise<void> {
    return this.#api.server.close();
  }

  /** The holder of the lease; empty when there is none. */
  async holder(): Promise<string> {
    const { body } = await this.#api.send(
      "GET",
      "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/vm-dhcp-controllers",
    );
    const spec = body["spec"] as { readonly holderIdentity?: string } | undefined;
    return spec?.holderIdentity ?? "";
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#cleanUp.disposeAsync();
  }

  async #start(): Promise<void> {
    this.#api = this.#cleanUp.use(
      await startEmbeddedApi({
        crds: [readCrd("ippool"), readCrd("virtualmachinenetworkconfig")],
        admission: () => ({
          judge: (request) => {
            if (request.type.group === IPPOOLS.group) this.writes.push(request);
            return judgeAlone(request);
          },
        }),
      }),
    );
    const { server: { url }, credentials: { cert, token } } = this.#api;
    const access = {
      server: url,
      certificateAuthority: { text: cert },
      token: { text: token },
    };
    this.world = this.#cleanUp.use(new ControllerWorld(access, "default"));
    await this.world.client.create(NAMESPACES, {
      apiVersion: apiVersionOf(NAMESPACES),
      kind: NAMESPACES.kind,
      metadata: { name: "kube-system" },
    });
    this.#kubeconfigPath = await Deno.makeTempFile({ suffix: ".json" });
    this.#cleanUp.defer(() => Deno.remove(this.#kubeconfigPath));
    await Deno.writeTextFile(this.#kubeconfigPath, kubeconfigOf(url, cert, token));
  }
}

function kubeconfigOf(server: string, cert: string, token: string): string {
  const name = "tests";
  return JSON.stringify({
    "apiVersion": "v1",
    "kind": "Config",
    "current-context": name,
    "clusters": [{ name, cluster: { server, "certificate-authority-data": btoa(cert) } }],
    "users": [{ name, user: { token } }],
    "contexts": [{ name, context: { cluster: name, user: name } }],
  });
}
