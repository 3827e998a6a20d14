/** A real kube-apiserver with a webhook, as the account of examples/rbac/webhook.yaml. */

import assert from "node:assert/strict";
import { parseAllDocuments } from "yaml";
import type { JsonObject } from "../../lib/base/json.ts";
import type { KubeObject } from "../../lib/api/meta.ts";
import { type Answer, ApiConnection, at } from "../support/apiserver/api_connection.ts";
import { ippoolSample } from "../support/apiserver/samples.ts";
import { writeKubeconfig } from "../support/cluster/cluster_access.ts";
import { ControlPlane, type ControlPlaneOptions } from "../support/cluster/control_plane.ts";
import { waitUntil } from "../support/harness/wait_until.ts";
import { WebhookProcess } from "../support/process/webhook_process.ts";
import { Front } from "./webhook_front.ts";

export const NAME = "harvester-vm-dhcp-controller-webhook";
export const NAMESPACE = "vm-dhcp";
const ACCOUNT = NAME;
const RIGHTS = new URL("../../examples/rbac/webhook.yaml", import.meta.url);
export const SECRETS = `/api/v1/namespaces/${NAMESPACE}/secrets`;
const CONFIGURATIONS = "/apis/admissionregistration.k8s.io/v1";
export const VALIDATING = `${CONFIGURATIONS}/validatingwebhookconfigurations/${NAME}`;
export const POOLS = "/apis/network.harvesterhci.io/v1alpha1/namespaces/default/ippools";
export const VMNETCFGS =
  "/apis/network.harvesterhci.io/v1alpha1/namespaces/default/virtualmachinenetworkconfigs";
export const NETWORKS =
  "/apis/k8s.cni.cncf.io/v1/namespaces/default/network-attachment-definitions";

/** Who a controller is to the webhook, and has every right in the cluster. */
export const CONTROLLER = "trusted-controller";

/** A cluster with a webhook of some replicas. */
export class WebhookCluster implements AsyncDisposable {
  readonly api: ApiConnection;
  readonly front = new Front();
  readonly replicas: WebhookProcess[] = [];

  private constructor(readonly plane: ControlPlane) {
    this.api = new ApiConnection(plane.access);
  }

  /** A cluster with an account that has the rights of the example. */
  static async start(options: ControlPlaneOptions = {}): Promise<WebhookCluster> {
    const setup = new WebhookCluster(await ControlPlane.start(options));
    const metadata = { name: NAMESPACE };
    await setup.make("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata });
    for (const document of parseAllDocuments(await Deno.readTextFile(RIGHTS))) {
      const object = document.toJS() as KubeObject;
      const place = object.metadata.namespace === undefined ? "" : `namespaces/${NAMESPACE}/`;
      const plural = `${object.kind.toLowerCase()}s`;
      await setup.make(`/apis/${object.apiVersion}/${place}${plural}`, { ...object });
    }
    const accounts = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`;
    const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: ACCOUNT } };
    await setup.make(accounts, account);
    const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
    const { body } = await setup.create(`${accounts}/${ACCOUNT}/token`, request);
    const token = String(at(body, "status.token"));
    await writeKubeconfig({ ...setup.plane.access, token, kubeconfig: setup.kubeconfig });
    return setup;
  }

  get kubeconfig(): string {
    return `${this.plane.access.kubeconfig}.webhook`;
  }

  /** Starts one more replica, by default one that is asked at the front. */
  async add({ how = ["--url", this.front.url], env = {} }: {
    readonly how?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
  } = {}): Promise<WebhookProcess> {
    const args = ["--namespace", NAMESPACE, "--controller-user", CONTROLLER, ...how];
    const replica = new WebhookProcess(this.kubeconfig, args, env);
    this.replicas.push(replica);
    await replica.isReady();
    this.front.ports = [...this.front.ports, replica.port];
    return replica;
  }

  async create(path: string, body: JsonObject, query = ""): Promise<Answer> {
    return await this.api.send("POST", `${path}${query}`, { body });
  }

  async make(path: string, body: JsonObject): Promise<void> {
    const { status, text } = await this.create(path, body);
    assert.equal(status, 201, text);
  }

  /** Waits until the API server asks, which it does a moment after the configurations are written. */
  async isAsked(): Promise<void> {
    await waitUntil(async () => {
      const { status } = await this.create(POOLS, poolOn("default/nowhere"), "?dryRun=All");
      return status === 422 || undefined;
    }, { what: "the API server to ask the webhook" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const replica of this.replicas) await replica[Symbol.asyncDispose]();
    this.front[Symbol.dispose]();
    this.api[Symbol.dispose]();
    await this.plane[Symbol.asyncDispose]();
  }
}

export function networkOf(name: string): JsonObject {
  return {
    apiVersion: "k8s.cni.cncf.io/v1",
    kind: "NetworkAttachmentDefinition",
    metadata: { name, labels: { "network.harvesterhci.io/clusternetwork": "mgmt" } },
    spec: { config: "{}" },
  };
}

export function poolOn(
  networkName: string,
  changes: Parameters<typeof ippoolSample>[0] = {},
): JsonObject {
  return ippoolSample({ ...changes, spec: { networkName, ...changes.spec } });
}
