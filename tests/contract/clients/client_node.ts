/** The official JavaScript client with requests for Gadgets, as its users write them. */

import {
  ApiException,
  CoordinationV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  PatchStrategy,
  setHeaderOptions,
} from "@kubernetes/client-node";
import type { KubeObject } from "../../../lib/api/meta.ts";

/** The API server and the user. */
export interface ClientNodeAccess {
  readonly server: string;
  /** PEM. */
  readonly certificateAuthority: string;
  readonly token: string;
}

/** A refusal as the client reports it. */
export interface Refusal {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
}

const GADGETS = { group: "test.example.com", version: "v1alpha1", plural: "gadgets" } as const;

/** Clients of one API server for one namespace. */
export class ClientNode {
  readonly core: CoreV1Api;
  readonly coordination: CoordinationV1Api;
  readonly #custom: CustomObjectsApi;

  constructor(
    { server, certificateAuthority, token }: ClientNodeAccess,
    readonly namespace: string,
  ) {
    const config = new KubeConfig();
    config.loadFromClusterAndUser(
      { name: "cluster", server, caData: btoa(certificateAuthority), skipTLSVerify: false },
      { name: "user", token },
    );
    this.core = config.makeApiClient(CoreV1Api);
    this.coordination = config.makeApiClient(CoordinationV1Api);
    this.#custom = config.makeApiClient(CustomObjectsApi);
  }

  async create(body: object): Promise<KubeObject> {
    return await this.#custom.createNamespacedCustomObject({ ...this.#all(), body });
  }

  async get(name: string): Promise<KubeObject> {
    return await this.#custom.getNamespacedCustomObject(this.#one(name));
  }

  async list(labelSelector?: string): Promise<readonly KubeObject[]> {
    const query = labelSelector === undefined ? {} : { labelSelector };
    const list: { readonly items: readonly KubeObject[] } = await this.#custom
      .listNamespacedCustomObject({ ...this.#all(), ...query });
    return list.items;
  }

  async replace(name: string, body: object): Promise<KubeObject> {
    return await this.#custom.replaceNamespacedCustomObject({ ...this.#one(name), body });
  }

  async replaceStatus(name: string, body: object): Promise<KubeObject> {
    return await this.#custom.replaceNamespacedCustomObjectStatus({ ...this.#one(name), body });
  }

  async mergePatch(name: string, body: object): Promise<KubeObject> {
    return await this.#patch(name, body, PatchStrategy.MergePatch);
  }

  async jsonPatch(name: string, body: object): Promise<KubeObject> {
    return await this.#patch(name, body, PatchStrategy.JsonPatch);
  }

  async delete(name: string): Promise<void> {
    await this.#custom.deleteNamespacedCustomObject(this.#one(name));
  }

  async #patch(name: string, body: object, strategy: string): Promise<KubeObject> {
    return await this.#custom.patchNamespacedCustomObject(
      { ...this.#one(name), body },
      setHeaderOptions("Content-Type", strategy),
    );
  }

  #all() {
    return { ...GADGETS, namespace: this.namespace };
  }

  #one(name: string) {
    return { ...this.#all(), name };
  }
}

/**
 * The refusal of a request.
 *
 * @throws {Error} when the request succeeds or fails otherwise.
 */
export async function refusalOf(request: Promise<unknown>): Promise<Refusal> {
  try {
    await request;
  } catch (error) {
    if (!(error instanceof ApiException)) throw error;
    const status = JSON.parse(String(error.body)) as { reason: string; message: string };
    return { code: error.code, reason: status.reason, message: status.message };
  }
  throw new Error("the request was not refused");
}
