/** Gives Deployments of agents their pods, as the controllers of Kubernetes and kubelets would; no program runs. */

import {
  defined,
  isJsonEqual,
  type JsonObject,
  objectAt,
  valueAt,
} from "../../../lib/base/json.ts";
import type { KubeObject, OwnerReference } from "../../../lib/api/meta.ts";
import { DEPLOYMENTS, PODS } from "../../../lib/api/resources.ts";
import { isStatus, type KubeClient } from "../../../lib/kube/contract.ts";

const OWNER = "deployments.example.com/name";

/** How the pods are said to be. */
export interface PodStand {
  readonly nodeName?: string;
  /** Whether they are ready as soon as they are there; if not, their programs have not started yet. */
  readonly isStarted?: boolean;
}

/** Pods that are there as soon as their Deployment wants them, and ready as soon as they are there. */
export class StandInAgents implements AsyncDisposable {
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  readonly #deployments = new Map<string, KubeObject>();
  #made = 0;

  /**
   * @param namespace That of the agents.
   * @param network The first two octets of the pods' addresses.
   */
  constructor(
    readonly client: KubeClient,
    readonly namespace: string,
    readonly network = "10.52",
    readonly stand: PodStand = {},
  ) {
    this.#running = this.#run();
  }

  /** The pods of a Deployment. */
  async podsOf(deployment: string): Promise<readonly KubeObject[]> {
    const { items } = await this.client.list(PODS, {
      namespace: this.namespace,
      labelSelector: `${OWNER}=${deployment}`,
    });
    return items;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#follow(signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { client, namespace } = this;
    const { items, resourceVersion } = await client.list(DEPLOYMENTS, { namespace, signal });
    for (const deployment of items) await this.#serve(deployment, signal);
    const names = new Set(items.map(({ metadata }) => metadata.name));
    for (const name of this.#deployments.keys()) if (!names.has(name)) await this.#end(name);
    for await (const event of client.watch(DEPLOYMENTS, { namespace, resourceVersion, signal })) {
      if (!("object" in event)) continue;
      if (event.type === "DELETED") await this.#end(event.object.metadata.name);
      else await this.#serve(event.object, signal);
    }
  }

  async #serve(deployment: KubeObject, signal: AbortSignal): Promise<void> {
    const { name } = deployment.metadata;
    const before = this.#deployments.get(name);
    this.#deployments.set(name, deployment);
    if (before !== undefined && isJsonEqual(before["spec"], deployment["spec"])) return;
    const template = objectAt(deployment["spec"], "template");
    const pods = await this.podsOf(name);
    const isCurrent = (pod: KubeObject) =>
      pod.metadata.annotations?.["example.com/template"] === JSON.stringify(template["spec"]);
    const wanted = Number(valueAt(deployment, "spec.replicas") ?? 1);
    const current = pods.filter(isCurrent);
    for (let count = current.length; count < wanted; count++) await this.#make(name, template);
    const leaving = [...pods.filter((pod) => !isCurrent(pod)), ...current.slice(wanted)];
    for (const pod of leaving) await this.#delete(pod);
    await this.#report(deployment, wanted, signal);
  }

  async #make(deployment: string, template: JsonObject): Promise<void> {
    const metadata = objectAt(template, "metadata");
    const name = `${deployment}-${++this.#made}-${crypto.randomUUID().slice(0, 5)}`;
    const pod = await this.client.create(PODS, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name,
        namespace: this.namespace,
        labels: { ...objectAt(metadata, "labels") as Record<string, string>, [OWNER]: deployment },
        annotations: {
          ...objectAt(metadata, "annotations") as Record<string, string>,
          "example.com/template": JSON.stringify(template["spec"]),
        },
        ownerReferences: [standInOwner(deployment)],
      },
      spec: {
        ...objectAt(template, "spec"),
        ...defined({ nodeName: this.stand.nodeName }),
      },
    });
    const podIP = `${this.network}.${1 + (this.#made >> 8)}.${this.#made & 255}`;
    const status = { ...podStatusOf(pod, this.stand.isStarted ?? true), podIP };
    await this.#unlessGone(() => setPodStatus(this.client, pod, status));
  }

  async #report(deployment: KubeObject, replicas: number, signal: AbortSignal): Promise<void> {
    const status = {
      observedGeneration: deployment.metadata.generation,
      ...{ replicas, readyReplicas: replicas, updatedReplicas: replicas },
      availableReplicas: replicas,
    };
    await this.#unlessGone(async () => {
      const name = { namespace: this.namespace, name: deployment.metadata.name };
      const patch = { status };
      await this.client.mergePatch(DEPLOYMENTS, name, patch, { subresource: "status", signal });
    });
  }

  async #end(deployment: string): Promise<void> {
    this.#deployments.delete(deployment);
    for (const pod of await this.podsOf(deployment)) await this.#delete(pod);
  }

  async #delete({ metadata: { name } }: KubeObject): Promise<void> {
    await this.#unlessGone(() => this.client.delete(PODS, { namespace: this.namespace, name }));
  }

  async #unlessGone(act: () => Promise<unknown>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (!isStatus(error, 404)) throw error;
    }
  }
}

/** What a pod of a Deployment belongs to. */
export function standInOwner(deployment: string): OwnerReference {
  return {
    // Of a group that nobody serves: the garbage collector of a cluster cannot miss it.
    ...{ apiVersion: "stand-in.example.com/v1", kind: "ReplicaSet", controller: true },
    ...{ name: `${deployment}-1`, uid: crypto.randomUUID() },
  };
}

/** The status of a pod that runs. @param isReady Whether its agent answers. */
export function podStatusOf(
  { spec }: KubeObject,
  isReady: boolean,
  isStarted = isReady,
): JsonObject {
  const containers = objectAt({ spec }, "spec")["containers"] as readonly JsonObject[];
  return {
    phase: "Running",
    podIP: "10.52.0.9",
    conditions: ["PodScheduled", "Initialized", "ContainersReady", "Ready"].map((type) => ({
      type,
      status: isReady || !type.endsWith("Ready") ? "True" : "False",
    })),
    containerStatuses: containers.map(({ name, image }) => ({
      ...{ name, image, imageID: "", ready: isReady, started: isStarted, restartCount: 0 },
      state: { running: { startedAt: "2026-01-01T00:00:00Z" } },
    })),
  };
}

/** Says how a pod is. */
export async function setPodStatus(
  client: KubeClient,
  pod: KubeObject,
  status: JsonObject,
): Promise<void> {
  const name = { namespace: pod.metadata.namespace ?? "", name: pod.metadata.name };
  await client.mergePatch(PODS, name, { status }, { subresource: "status" });
}
