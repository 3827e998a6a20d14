/**
 * A site: a cluster with nodes, the controller, two agents of one pool, and machines on the VM
 * network, each with a real DHCP client.
 */

import assert from "node:assert/strict";
import type { JsonObject } from "../../lib/base/json.ts";
import type { ApiConnection } from "../support/apiserver/api_connection.ts";
import { type KubeApi, openKubeApi } from "../support/apiserver/kube_api.ts";
import { ippoolSample } from "../support/apiserver/samples.ts";
import { freePort } from "../support/network/free_port.ts";
import { CLUSTER_NETWORK, IMAGE, NodeCluster } from "../support/nodes/node_cluster.ts";
import { VM_BRIDGE } from "../support/nodes/node_machine.ts";
import { ControllerProcess } from "../support/process/controller_process.ts";
import { type AgentPod, agentsOf, agentsReady, killAgent } from "./agent_pods.ts";
import type { Overhearing } from "./exchanges.ts";
import { LEASE_SECONDS, type Machine, Machines } from "./machines.ts";

/** The server's address in the pool of a site. */
export const SERVER_IP = "192.168.48.77";

/** Flags of a controller that deploys agents. */
export const DEPLOYING: readonly string[] = ["--image", IMAGE];

/** Options of {@link Site.start}. */
export interface SiteOptions {
  /** Machines with each kind of client. */
  readonly machines: number;
  /** Makes the agent instead of the controller, which does not deploy any. */
  readonly bareAgent?: (api: ApiConnection) => Promise<void>;
}

/** A running site; disposing leaves nothing of it. */
export class Site implements AsyncDisposable {
  readonly #vms: Machines;
  readonly #cleanUp: AsyncDisposableStack;

  private constructor(
    readonly cluster: NodeCluster,
    readonly kube: KubeApi,
    private controller: ControllerProcess,
    vms: Machines,
    cleanUp: AsyncDisposableStack,
  ) {
    this.#vms = vms;
    this.#cleanUp = cleanUp;
  }

  get machines(): readonly Machine[] {
    return this.#vms.list;
  }

  /** Starts a site and waits until each machine has its address. */
  static async start({ machines: perClient, bareAgent }: SiteOptions): Promise<Site> {
    await using cleanUp = new AsyncDisposableStack();
    const cluster = cleanUp.use(await NodeCluster.start({ nodes: 3 }));
    const { kubeconfig } = cluster.controlPlane.access;
    const kube = cleanUp.use(await openKubeApi(kubeconfig));
    const { status, text } = await cluster.api.send("POST", NETWORKS, { body: NETWORK });
    assert.equal(status, 201, text);
    const ipv4Config = { serverIP: SERVER_IP, leaseTime: LEASE_SECONDS, ntp: [] };
    const pool = { start: "192.168.48.81", end: "192.168.48.120", exclude: [] };
    await kube.create("ippools", ippoolSample({ ipv4Config, pool }));
    const args = bareAgent === undefined ? DEPLOYING : ["--no-agent"];
    const controller = startController(cluster, args);
    await bareAgent?.(cluster.api);
    const vms = new Machines(cluster);
    const site = new Site(cluster, kube, controller, vms, cleanUp.move());
    try {
      await vms.plugIn(kube, perClient);
      await site.agentsReady(bareAgent === undefined ? 2 : 1);
      await vms.boot();
    } catch (error) {
      await site[Symbol.asyncDispose]();
      throw error;
    }
    return site;
  }

  /** Kills the controller and starts another one, which leads when the lease of the first has ended. */
  async restartController(args = DEPLOYING): Promise<void> {
    await this.controller[Symbol.asyncDispose]();
    this.controller = startController(this.cluster, args);
  }

  /** Ends the controller and starts one with other flags. */
  async replaceController(args: readonly string[]): Promise<void> {
    this.controller.signal("SIGTERM");
    await this.controller.ended();
    this.controller = startController(this.cluster, args);
  }

  /** As {@link agentsOf}. */
  agents(): Promise<readonly AgentPod[]> {
    return agentsOf(this.cluster);
  }

  /** As {@link agentsReady}. */
  agentsReady(
    count: number,
    isWanted?: (pod: AgentPod) => boolean,
  ): Promise<readonly AgentPod[]> {
    return agentsReady(this.cluster, count, isWanted);
  }

  /** As {@link killAgent}. */
  kill(pod: AgentPod): void {
    killAgent(this.cluster, pod);
  }

  /** As {@link Machines.undisturbed}. */
  undisturbed(act: (wire: Overhearing) => Promise<number | void>): Promise<void> {
    return this.#vms.undisturbed(act);
  }

  /** As {@link Machines.allRenew}. */
  allRenew(wire: Overhearing, sinceMs?: number): Promise<void> {
    return this.#vms.allRenew(wire, sinceMs);
  }

  /** The last words of the controller. */
  controllerLog(): string {
    return this.controller.log.tail();
  }

  everybodyHoldsItsAddress(): Promise<void> {
    return this.#vms.holdTheirAddresses();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#vms[Symbol.asyncDispose]();
    await this.controller[Symbol.asyncDispose]();
    await this.#cleanUp.disposeAsync();
  }
}

function startController(
  { controlPlane }: NodeCluster,
  args: readonly string[],
): ControllerProcess {
  return new ControllerProcess(controlPlane.access.kubeconfig, freePort(), args);
}

export const NETWORKS =
  "/apis/k8s.cni.cncf.io/v1/namespaces/default/network-attachment-definitions";

/** The VM network `default/net-48` on all nodes. */
export const NETWORK: JsonObject = {
  apiVersion: "k8s.cni.cncf.io/v1",
  kind: "NetworkAttachmentDefinition",
  metadata: {
    name: "net-48",
    namespace: "default",
    labels: { "network.harvesterhci.io/clusternetwork": CLUSTER_NETWORK },
  },
  spec: {
    config: JSON.stringify({
      cniVersion: "0.3.1",
      name: "net-48",
      type: "bridge",
      bridge: VM_BRIDGE,
      ipam: {},
    }),
  },
};
