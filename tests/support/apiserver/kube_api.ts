/**
 * A few requests to the Kubernetes API of a kubeconfig. Independent of the client that the
 * program uses, so that both cannot be wrong in the same way.
 */

import type { JsonObject } from "../../../lib/base/json.ts";
import { parse } from "yaml";
import type { KubeObject } from "../../../lib/api/meta.ts";

/** A server that does not answer fails the test instead of stopping it. */
const REQUEST_MS_MAX = 30_000;

/** Plural names of our kinds. */
export type OurResource = "ippools" | "virtualmachinenetworkconfigs";

/** Access to objects of our kinds in the namespace `default`. */
export interface KubeApi extends Disposable {
  /** Address of the server. */
  readonly server: string;
  /** PEM text that its certificate is checked with. */
  readonly certificateAuthority: string;
  /** Value of the header `authorization`. */
  readonly authorization: string;
  /** @throws {Error} with the server's message unless it answers 2xx. */
  create(resource: OurResource, object: KubeObject): Promise<KubeObject>;
  get(resource: OurResource, name: string): Promise<KubeObject>;
  /** Applies a JSON merge patch (RFC 7396). */
  patch(resource: OurResource, name: string, patch: JsonObject): Promise<KubeObject>;
  delete(resource: OurResource, name: string): Promise<KubeObject>;
}

interface Kubeconfig {
  readonly clusters: readonly [
    { cluster: { server: string; "certificate-authority-data": string } },
  ];
  readonly users: readonly [{ user: { token: string } }];
}

/** Reads a kubeconfig as standalone writes it. */
export async function openKubeApi(kubeconfigPath: string): Promise<KubeApi> {
  const config: Kubeconfig = parse(await Deno.readTextFile(kubeconfigPath));
  const { server, "certificate-authority-data": authority } = config.clusters[0].cluster;
  const certificateAuthority = atob(authority);
  const authorization = `Bearer ${config.users[0].user.token}`;
  const client = Deno.createHttpClient({ caCerts: [certificateAuthority] });
  const base = `${server}/apis/network.harvesterhci.io/v1alpha1/namespaces/default`;

  async function send(method: string, path: string, body?: unknown): Promise<KubeObject> {
    const patching = method === "PATCH";
    const response = await fetch(`${base}/${path}`, {
      method,
      client,
      signal: AbortSignal.timeout(REQUEST_MS_MAX),
      headers: {
        authorization,
        "content-type": patching ? "application/merge-patch+json" : "application/json",
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  }

  return {
    server,
    certificateAuthority,
    authorization,
    create: (resource, object) => send("POST", resource, object),
    get: (resource, name) => send("GET", `${resource}/${name}`),
    patch: (resource, name, patch) => send("PATCH", `${resource}/${name}`, patch),
    delete: (resource, name) => send("DELETE", `${resource}/${name}`),
    [Symbol.dispose]: () => client.close(),
  };
}
