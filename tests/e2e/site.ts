/**
 * A site: a cluster with nodes, the controller, two agents of one pool, and machines on the VM
 * network, each with a real DHCP client.
 */

import assert from "node:assert/strict";
import type { JsonObject } from "../../lib/base/json.ts";
import type { ApiConnection } from "../support/apiserver/api_connection.ts";
import { type KubeApi, openKubeApi } from "../support/apiserver/kube_api.ts";
import { ippoolSample } from "../support/apiserver/samples.ts";
import { WireClient } from "../support/dhcp/wire_client.ts";
import { WIRE_CLIENTS, type WireClientName } from "../support/dhcp/wire_client_programs.ts";
import { waitUntil } from "../support/harness/wait_until.ts";
import { freePort } from "../support/network/free_port.ts";
import { addVm } from "../support/network/vm_network.ts";
import { CLUSTER_NETWORK, IMAGE, itemsOf, NodeCluster } from "../support/nodes/node_cluster.ts";
import { VM_BRIDGE } from "../support/nodes/node_machine.ts";
import { ControllerProcess } from "../support/process/controller_process.ts";
import { AGENT_PODS, type AgentPod, agentPodOf } from "./agent_pods.ts";
import { type Exchange, exchangesOf, Overhearing } from "./exchanges.ts";

/** The shortest that leaves each client time to rebind when its renewals get lost. */
const LEASE_SECONDS = 24;

/** Until the last client has renewed once more, even if it has to lose its lease before. */
const RENEWAL_MS_MAX = 60_000;

/** dhclient asks again after four to eleven seconds, and not as often as its other tests have it (RFC 2131, 4.1). */
const DHCLIENT_PACE = "initial-interval 4;\nbackoff-cutoff 8;\n";

/** Until a client that nobody could answer has asked again. */
const ASK_AGAIN_MS_MAX = 12_000;

/** A replacement on a node that has to notice first. */
const READY_MS_MAX = 120_000;

/** The server's address in the pool of a site. */
export const SERVER_IP = "192.168.48.77";

/** Flags of a controller that deploys agents. */
export const DEPLOYING: readonly string[] = ["--image", IMAGE];

const NAMES = Object.keys(WIRE_CLIENTS) as WireClientName[];

/** A machine with its client, and the address that it was given. */
export interface Machine {
  readonly client: WireClient;
  readonly mac: string;
  readonly address: string;
}

/** Options of {@link Site.start}. */
export interface SiteOptions {
  /** Machines with each kind of client. */
  readonly machines: number;
  /** Makes the agent instead of the controller, which does not deploy any. */
  readonly bareAgent?: (api: ApiConnection) => Promise<void>;
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
    const machines: Machine[] = [];
    const site = new Site(cluster, kube, controller, machines, cleanUp.move());
    try {
      await site.#plugMachinesIn(machines, perClient);
      await site.agentsReady(bareAgent === undefined ? 2 : 1);
      for (const { client } of machines) client.boot();
      await site.everybodyHoldsItsAddress();
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

  /** The agents' Pods, those that are about to go as well. */
  async agents(): Promise<readonly AgentPod[]> {
    const { body } = await this.cluster.api.send("GET", AGENT_PODS);
    return itemsOf(body).map(agentPodOf);
  }

  /** Kills the process of an agent, and nothing else of its Pod. */
  kill({ node, uid }: AgentPod): void {
    for (const pid of this.cluster.node(node).processesOf(uid, "vm-dhcp agent")) {
      Deno.kill(pid, "SIGKILL");
    }
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
   * @param act Resolves with how long nobody could answer, if there was such a time: clients ask
   * again until it is over.
   * @throws {AssertionError} when an exchange failed or took more than one retransmission, or somebody lost
   * an address.
   */
  async undisturbed(act: (wire: Overhearing) => Promise<number | void>): Promise<void> {
    await using wire = await Overhearing.start(this.cluster.vmNetwork.name);
    const startMs = Date.now();
    const silenceMs = await act(wire) ?? 0;
    await this.allRenew(wire, startMs);
    const failures = exchangesOf(wire.messages()).filter((each) => failed(each, silenceMs));
    assert.deepEqual(failures.map(describe), [], "no exchange fails");
    await this.everybodyHoldsItsAddress();
  }

  /** Waits until each client has renewed its lease since then, and none waits for an answer. */
  async allRenew(wire: Overhearing, sinceMs = Date.now()): Promise<void> {
    const waiting = () => {
      const exchanges = exchangesOf(wire.messages());
      const renewed = exchanges.filter(({ firstMs, answer }) =>
        answer?.type === "ACK" && firstMs >= sinceMs
      );
      const macs = new Set(renewed.map(({ client }) => client));
      const open = exchanges.filter(({ answer }) => answer === undefined);
      return [
        ...this.machines.filter(({ mac }) => !macs.has(mac)).map(({ mac }) => mac),
        ...open.map(describe),
      ];
    };
    await waitUntil(() => waiting().length === 0 || undefined, {
      what: "all clients to renew",
      limitMs: RENEWAL_MS_MAX,
      explain: () => waiting().join("\n"),
    });
  }

  /** The last words of the controller. */
  controllerLog(): string {
    return this.controller.log.tail();
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
        const config = name === "dhclient" ? DHCLIENT_PACE : "";
        const client = await WireClient.create(name, { bridge, mac, folder, config });
        const vm = `${name.replaceAll(".", "-")}-${i}`;
        machines.push({ client, mac, address: await addVm(this.kube, vm, mac) });
      }
    }
  }
}

function startController(
  { controlPlane }: NodeCluster,
  args: readonly string[],
): ControllerProcess {
  return new ControllerProcess(controlPlane.access.kubeconfig, freePort(), args);
}

/** Whether a client got no answer, a wrong one, or had to ask more than twice. */
function failed(
  { question, transmissions, firstMs, answer }: Exchange,
  silenceMs: number,
): boolean {
  if (question === "DISCOVER" || answer?.type !== "ACK") return true;
  if (transmissions <= 2) return false;
  return silenceMs === 0 || answer.atMs - firstMs > silenceMs + ASK_AGAIN_MS_MAX;
}

function describe({ client, question, transmissions, firstMs, answer }: Exchange): string {
  const after = answer === undefined ? "" : ` after ${(answer.atMs - firstMs).toFixed(0)} ms`;
  return `${question} of ${client}, ${transmissions} times: ${answer?.type ?? "no answer"}${after}`;
}

const NETWORKS = "/apis/k8s.cni.cncf.io/v1/namespaces/default/network-attachment-definitions";

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
