/** An API server with one pool, and what a pod needs to reach it. */

import type { JsonObject } from "../../../lib/base/json.ts";
import { readCrd } from "./crds.ts";
import { type EmbeddedApi, startEmbeddedApi } from "./embedded_api.ts";

const POOLS = "/apis/network.harvesterhci.io/v1alpha1/namespaces/default/ippools";

/** Where Kubernetes mounts the folder of the service account in every container. */
export const SERVICE_ACCOUNT_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";

/** A pool of the namespace `default`. */
export interface PoolContent {
  readonly name: string;
  /** `spec.ipv4Config`. */
  readonly ipv4Config: JsonObject;
  /** MAC address of each client, and its address. */
  readonly bindings: Iterable<readonly [mac: string, address: string]>;
}

/** The API server in this process; disposing ends it. */
export class PoolApi implements AsyncDisposable {
  private constructor(
    readonly api: EmbeddedApi,
    /** `NAMESPACE/NAME` of the pool. */
    readonly pool: string,
    /** A folder to be mounted at {@link SERVICE_ACCOUNT_FOLDER}. */
    readonly serviceAccount: string,
  ) {}

  /** Starts an API server and makes the pool. */
  static async start(content: PoolContent): Promise<PoolApi> {
    const api = await startEmbeddedApi({ crds: [readCrd("ippool")] });
    await createPool(api, content);
    const serviceAccount = `${api.folder}/serviceaccount`;
    await Deno.mkdir(serviceAccount);
    await Deno.writeTextFile(`${serviceAccount}/ca.crt`, api.credentials.cert);
    await Deno.writeTextFile(`${serviceAccount}/token`, api.credentials.token);
    return new PoolApi(api, `default/${content.name}`, serviceAccount);
  }

  /** What the kubelet sets in every container. */
  get env(): Readonly<Record<string, string>> {
    const { hostname, port } = new URL(this.api.server.url);
    return { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.api[Symbol.asyncDispose]();
  }
}

async function createPool(
  api: EmbeddedApi,
  { name, ipv4Config, bindings }: PoolContent,
): Promise<void> {
  const allocated = Object.fromEntries([...bindings].map(([mac, address]) => [address, mac]));
  const used = Object.keys(allocated).length;
  const body = {
    apiVersion: "network.harvesterhci.io/v1alpha1",
    kind: "IPPool",
    metadata: { name },
    spec: { ipv4Config, networkName: `default/${name}` },
  };
  const answers = [
    await api.send("POST", POOLS, { body }),
    await api.mergePatch(`${POOLS}/${name}/status`, {
      status: { ipv4: { allocated, used, available: 0 } },
    }),
  ];
  const refused = answers.find(({ status }) => status >= 300);
  if (refused !== undefined) throw new Error(`cannot make the pool: ${refused.text}`);
}
