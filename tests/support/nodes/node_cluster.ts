/**
 * A Kubernetes cluster with nodes on this machine: real Pods on real kubelets, with interfaces on a
 * VM network. A cluster takes the machine for itself; a second one waits.
 */

import { basename } from "node:path";
import { messageOf } from "../../../lib/base/errors.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import { ApiConnection, at } from "../apiserver/api_connection.ts";
import { ControlPlane } from "../cluster/control_plane.ts";
import { nodeUserOf, PROXY_USER } from "../cluster/control_plane_files.ts";
import {
  type Bridge,
  createBridge,
  HERE,
  NetworkNamespace,
  runIn,
} from "../network/network_namespace.ts";
import { nodeProgramsFolder } from "../../../tools/kubernetes/programs.ts";
import { NodeMachine } from "./node_machine.ts";
import { PROGRAMS } from "../process/standalone_process.ts";
import { HOST_ADDRESS, ManagementNetwork, podRange } from "./management_network.ts";
import { requireProgram, writeImageArchive } from "./image_archive.ts";
import { waitUntil } from "../harness/wait_until.ts";
import { writeNodeFiles } from "./node_files.ts";
import {
  claimMachine,
  makeMarkedFolder,
  markInterface,
  removeLeftovers,
  removeMarked,
} from "./leftovers.ts";

/** Two names of one image with the executable, `sh` and `ip`, so that a test can upgrade. */
export const IMAGE = "localhost/vm-dhcp:1";
export const NEXT_IMAGE = "localhost/vm-dhcp:2";

const PAUSE_IMAGE = "localhost/pause:1";

/** The cluster network that all nodes have. */
export const CLUSTER_NETWORK = "mgmt";

const EVENTS_SHOWN = 40;

const START_MS_MAX = 120_000;

/** Options of {@link NodeCluster.start}. */
export interface NodeClusterOptions {
  /** How many. */
  readonly nodes: number;
  /** Archives of further images. */
  readonly archives?: readonly string[];
  /** Further names of images, and the one that each image has already. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** The definitions that the cluster begins with; all that tests rely on by default. */
  readonly definitions?: readonly JsonObject[];
}

/** A running cluster; disposing leaves nothing of it. */
export class NodeCluster implements AsyncDisposable {
  readonly #cleanUp: AsyncDisposableStack;

  private constructor(
    cleanUp: AsyncDisposableStack,
    readonly controlPlane: ControlPlane,
    readonly api: ApiConnection,
    readonly nodes: readonly NodeMachine[],
    /** The VM network of all nodes, in this network namespace. */
    readonly vmNetwork: Bridge,
    /** A machine that reaches the API server and is no node; its loopback has all ports free. */
    readonly workstation: NetworkNamespace,
    /** For files of tests. */
    readonly folder: string,
  ) {
    this.#cleanUp = cleanUp;
  }

  /** Starts a cluster and waits until all nodes are ready. */
  static async start(options: NodeClusterOptions): Promise<NodeCluster> {
    const { nodes: count, archives = [], aliases = {}, definitions } = options;
    await using cleanUp = new AsyncDisposableStack();
    cleanUp.use(await claimMachine());
    await removeLeftovers();
    const folder = await makeMarkedFolder();
    cleanUp.defer(() => removeMarked(basename(folder)));
    const vmNetwork = cleanUp.use(await createVmNetwork(folder));
    const management = cleanUp.use(await ManagementNetwork.create());
    const workstation = cleanUp.use(await NetworkNamespace.create());
    await management.plugInWorkstation(workstation);
    const names = Array.from({ length: count }, (_, i) => `node-${i + 1}`);
    const images = writeImages(folder);
    const plane = cleanUp.use(
      await ControlPlane.start({
        ...{ nodes: names, address: HOST_ADDRESS, parent: folder },
        ...(definitions === undefined ? {} : { definitions }),
      }),
    );
    const api = cleanUp.use(new ApiConnection(plane.access));
    await images;
    const programs = await nodeProgramsFolder();
    const nodes: NodeMachine[] = [];
    for (const [i, name] of names.entries()) {
      const own = `${folder}/${name}`;
      const images = { archives, aliases };
      await prepareNode(plane, { folder: own, name, number: i + 1, programs, images });
      const group = `${basename(folder)}/${name}`;
      const place = { folder: own, group, programs, management, vmNetwork };
      const node = cleanUp.use(new NodeMachine({ ...place, name, number: i + 1, nodes: count }));
      await node.powerOn();
      nodes.push(node);
    }
    const cluster = new NodeCluster(
      cleanUp.move(),
      plane,
      api,
      nodes,
      vmNetwork,
      workstation,
      folder,
    );
    try {
      await cluster.untilNodesReady();
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
    return cluster;
  }

  /** Waits until every node that is on is ready. */
  async untilNodesReady(): Promise<void> {
    const wanted = this.nodes.filter(({ isOn }) => isOn).map(({ name }) => name);
    await waitUntil(async () => {
      for (const node of this.nodes) node.checkRunning();
      const { body } = await this.api.send("GET", "/api/v1/nodes");
      const ready = itemsOf(body).filter((node) => isTrue(node, "Ready")).map(nameOf);
      return wanted.every((name) => ready.includes(name)) || undefined;
    }, { what: "the nodes", limitMs: START_MS_MAX, explain: () => this.tail() });
  }

  /** The node of this name. */
  node(name: string): NodeMachine {
    const found = this.nodes.find((node) => node.name === name);
    if (found === undefined) throw new RangeError(`there is no node ${name}`);
    return found;
  }

  /** What the logs of the nodes and the Events of the cluster end with. */
  async tail(): Promise<string> {
    const logs = this.nodes.map((node) => node.tail());
    return [await this.#events().catch(messageOf), ...logs].join("\n");
  }

  async #events(): Promise<string> {
    const { body } = await this.api.send("GET", "/api/v1/events");
    const events = itemsOf(body).map((event) =>
      `${at(event, "involvedObject.name")} ${event["reason"]}: ${event["message"]}`
    );
    return events.slice(-EVENTS_SHOWN).join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanUp.disposeAsync();
  }
}

/** The objects of a list. */
export function itemsOf(list: JsonObject): readonly JsonObject[] {
  return (list["items"] ?? []) as readonly JsonObject[];
}

export function nameOf(object: JsonObject): string {
  return String(at(object, "metadata.name"));
}

/** Whether a condition of an object is true. */
export function isTrue(object: JsonObject, condition: string): boolean {
  const conditions = (at(object, "status.conditions") ?? []) as readonly JsonObject[];
  return conditions.some(({ type, status }) => type === condition && status === "True");
}

async function createVmNetwork(folder: string): Promise<Bridge> {
  const bridge = await createBridge(HERE);
  await markInterface(bridge.name, folder);
  // This host may have one of the network's addresses elsewhere and must not answer for it.
  const setting = `/proc/sys/net/ipv4/conf/${bridge.name}/arp_ignore`;
  await runIn(HERE, "sh", "-c", `echo 8 > ${setting}`);
  return bridge;
}

async function writeImages(folder: string): Promise<void> {
  const tools = ["sh", "ip", "sleep"].map(async (name) =>
    [`/usr/bin/${name}`, await requireProgram(name)] as const
  );
  const [executable] = PROGRAMS.executable;
  await writeImageArchive(`${folder}/image-tests.tar`, folder, [
    {
      names: [IMAGE, NEXT_IMAGE],
      programs: {
        "/usr/bin/vm-dhcp": executable,
        ...Object.fromEntries(await Promise.all(tools)),
      },
      command: ["vm-dhcp"],
    },
    {
      names: [PAUSE_IMAGE],
      programs: { "/usr/bin/sleep": await requireProgram("sleep") },
      command: ["sleep", "infinity"],
    },
  ]);
}

async function prepareNode(
  plane: ControlPlane,
  { folder, name, number, programs, images }: {
    readonly folder: string;
    readonly name: string;
    readonly number: number;
    readonly programs: string;
    readonly images: Required<Pick<NodeClusterOptions, "archives" | "aliases">>;
  },
): Promise<void> {
  await writeNodeFiles({
    folder,
    podRange: podRange(number),
    labels: { [`network.harvesterhci.io/${CLUSTER_NETWORK}`]: "true" },
    certificateAuthority: plane.access.certificateAuthority,
    pauseImage: PAUSE_IMAGE,
    multus: `${programs}/multus`,
  });
  await plane.writeKubeconfig(`${folder}/kubelet.kubeconfig`, nodeUserOf(name));
  await plane.writeKubeconfig(`${folder}/kube-proxy.kubeconfig`, PROXY_USER);
  await Deno.copyFile(plane.access.kubeconfig, `${folder}/multus.kubeconfig`);
  await Deno.link(`${folder}/../image-tests.tar`, `${folder}/image-tests.tar`);
  for (const [i, archive] of images.archives.entries()) {
    await Deno.symlink(archive, `${folder}/image-${i}.tar`);
  }
  const aliases = Object.entries(images.aliases).map(([alias, name]) => `${name} ${alias}\n`);
  await Deno.writeTextFile(`${folder}/image-names`, aliases.join(""));
}
