/**
 * A site: a cluster with nodes, the controller, two agents of one pool, and machines on the VM
 * network, each with a real DHCP client.
 */

import assert from "node:assert/strict";
import type { JsonObject } from "../../lib/base/json.ts";
import { at } from "../support/apiserver/api_connection.ts";
import { type KubeApi, openKubeApi } from "../support/apiserver/kube_api.ts";
import { ippoolSample } from "../support/apiserver/samples.ts";
import { WireClient } from "../support/dhcp/wire_client.ts";
import { WIRE_CLIENTS, type WireClientName } from "../support/dhcp/wire_client_programs.ts";
import { waitUntil } from "../support/harness/wait_until.ts";
import { freePort } from "../support/network/free_port.ts";
import { addVm } from "../support/network/vm_network.ts";
import {
  CLUSTER_NETWORK,
  isTrue,
  itemsOf,
  nameOf,
  NodeCluster,
} from "../support/nodes/node_cluster.ts";
import { VM_BRIDGE } from "../support/nodes/node_machine.ts";
import { ControllerProcess } from "../support/process/controller_process.ts";
import { AGENT_PODS, deployAgents, post } from "./agent_objects.ts";
import { type Exchange, exchangesOf, listen } from "./exchanges.ts";

/** The shortest that leaves each client time to rebind when its renewals get lost. */
const LEASE_SECONDS = 24;

/** A bit more than the half of a lease. */
const RENEWAL_MS = 14_000;

/** Clients ask again after a second, and some after two. */
const ANSWER_MS_MAX = 4_000;

/** A replacement on a node that has to notice first. */
const READY_MS_MAX = 120_000;

const NAMES = Object.keys(WIRE_CLIENTS) as WireClientName[];

/** A machine with its client, and the address that it was given. */
export interface Machine {
  readonly client: WireClient;
  readonly mac: string;
  readonly address: string;
}

/** An agent's Pod. */
export interface AgentPod {
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly image: string;
  readonly address: string;
  readonly restarts: number;
  readonly isReady: boolean;
}

/** A running site; disposing leaves nothing of it. */
export class Site implements AsyncDisposable {
  readonly #cleanUp = new AsyncDisposableStack();

  private constructor(
    readonly cluster: NodeCluster,
    readonly kube: KubeApi,
    private controller: ControllerProcess,
    readonly machines: readonly Machine[],
    cleanUp: AsyncDisposableStack,
  ) {
    this.#cleanUp = cleanUp;
  }

  /** Starts a site and waits until each machine has its address. @param perClient Machines a client. */
  static async start({ nodes, perClient }: { nodes: number; perClient: number }): Promise<Site> {
    await using cleanUp = new AsyncDisposableStack();
    const cluster = cleanUp.use(await NodeCluster.start({ nodes }));
    const { kubeconfig } = cluster.controlPlane.access;
    const kube = cleanUp.use(await openKubeApi(kubeconfig));
    await post(
      cluster.api,
      "/apis/k8s.cni.cncf.io/v1/namespaces/default/network-attachment-definitions",
      NETWORK,
    );
    const ipv4Config = { leaseTime: LEASE_SECONDS, ntp: [] };
    const pool = { start: "192.168.48.81", end: "192.168.48.120", exclude: [] };
    await kube.create("ippools", ippoolSample({ ipv4Config, pool }));
    const controller = startController(cluster);
    await deployAgents(cluster.api);
    const machines: Machine[] = [];
    const site = new Site(cluster, kube, controller, machines, cleanUp.move());
    try {
      await site.#plugMachinesIn(machines, perClient);
      await site.agentsReady(2);
      for (const { client } of machines) client.boot();
      await site.everybodyHoldsItsAddress();
    } catch (error) {
      await site[Symbol.asyncDispose]();
      throw error;
    }
    return site;
  }

  /** Kills the controller and starts another one. */
  async restartController(): Promise<void> {
    await this.controller[Symbol.asyncDispose]();
    this.controller = startController(this.cluster);
    await this.controller.leads(60_000);
  }

  /** The agents' Pods, those that are about to go as well. */
  async agents(): Promise<readonly AgentPod[]> {
    const { body } = await this.cluster.api.send("GET", AGENT_PODS);
    return itemsOf(body).map(agentPodOf);
  }

  /** Waits until so many agents are ready, or those that `isWanted` likes. @returns All that are. */
  agentsReady(
    count: number,
    isWanted: (pod: AgentPod) => boolean = () => true,
  ): Promise<readonly AgentPod[]> {
    return waitUntil(async () => {
      const ready = (await this.agents()).filter((pod) => pod.isReady && isWanted(pod));
      return ready.length >= count ? ready : undefined;
    }, {
      what: `${count} agents`,
      limitMs: READY_MS_MAX,
      explain: async () =>
        `${JSON.stringify(await this.agents(), null, 1)}\n${await this.cluster.tail()}`,
    });
  }

  /**
   * Lets something happen while all clients renew, and each of them at least once.
   *
   * @throws {AssertionError} when an exchange failed beyond one retransmission, or somebody lost an
   * address.
   */
  async undisturbed(act: () => Promise<void>): Promise<readonly Exchange[]> {
    const file = `${this.cluster.folder}/${crypto.randomUUID()}.pcapng`;
    const messages = await listen(this.cluster.vmNetwork.name, file, async () => {
      const renewed = new Promise((resolve) => setTimeout(resolve, RENEWAL_MS));
      await act();
      await renewed;
    });
    const endMs = Date.now();
    const exchanges = exchangesOf(messages);
    assert.deepEqual(exchanges.filter((each) => failed(each, endMs)), [], "no exchange fails");
    const renewed = exchanges.filter(({ answer }) => answer?.type === "ACK");
    const macs = new Set(renewed.map(({ client }) => client));
    assert.deepEqual([...macs].sort(), this.machines.map(({ mac }) => mac).sort(), "all renew");
    await this.everybodyHoldsItsAddress();
    return exchanges;
  }

  async everybodyHoldsItsAddress(): Promise<void> {
    await Promise.all(this.machines.map(({ client, address }) => client.holds(address, 60_000)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.machines.map(({ client }) => client[Symbol.asyncDispose]()));
    await this.controller[Symbol.asyncDispose]();
    await this.#cleanUp.disposeAsync();
  }

  async #plugMachinesIn(machines: Machine[], perClient: number): Promise<void> {
    for (const [kind, name] of NAMES.entries()) {
      for (let i = 0; i < perClient; i++) {
        const mac = `52:54:00:e2:0${kind}:0${i}`;
        const { vmNetwork: bridge, folder } = this.cluster;
        const client = await WireClient.create(name, { bridge, mac, folder });
        const vm = `${name.replaceAll(".", "-")}-${i}`;
        machines.push({ client, mac, address: await addVm(this.kube, vm, mac) });
      }
    }
  }
}

function startController({ controlPlane }: NodeCluster): ControllerProcess {
  return new ControllerProcess(controlPlane.access.kubeconfig, freePort());
}

/** Whether a client got no answer, a wrong one, or only the third question was answered. */
function failed({ question, transmissions, firstMs, answer }: Exchange, endMs: number): boolean {
  if (question === "DISCOVER" || transmissions > 2) return true;
  return answer === undefined ? endMs - firstMs > ANSWER_MS_MAX : answer.type !== "ACK";
}

const NETWORK: JsonObject = {
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

function agentPodOf(pod: JsonObject): AgentPod {
  const [status] = (at(pod, "status.containerStatuses") ?? []) as readonly JsonObject[];
  const [container] = at(pod, "spec.containers") as readonly [JsonObject];
  return {
    name: nameOf(pod),
    uid: String(at(pod, "metadata.uid")),
    node: String(at(pod, "spec.nodeName")),
    image: String(container["image"]),
    address: String(at(pod, "status.podIP")),
    restarts: Number(status?.["restartCount"] ?? 0),
    isReady: isTrue(pod, "Ready") && at(pod, "metadata.deletionTimestamp") === undefined,
  };
}
