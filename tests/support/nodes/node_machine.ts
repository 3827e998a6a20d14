/**
 * One node of a cluster: containerd, kubelet and kube-proxy in namespaces of their own, with a folder
 * as its disk. Disks outlive a power failure; network namespaces, processes and `/run` do not.
 */

import { resolve } from "node:path";
import {
  createBridge,
  createVethPair,
  deleteInterface,
  HERE,
  NetworkNamespace,
  runIn,
} from "../network/network_namespace.ts";
import type { Bridge } from "../network/network_namespace.ts";
import type { ManagementNetwork } from "./management_network.ts";
import { nodeAddress } from "./management_network.ts";
import { TestProcess } from "../process/test_process.ts";
import { waitUntil } from "../harness/wait_until.ts";

const HERE_FOLDER = resolve(import.meta.dirname ?? ".");

/** The bridge of the VM network inside of each node, as Harvester names that of its first network. */
export const VM_BRIDGE = "mgmt-br";

/** What a node is plugged into, and where its files are. */
export interface NodeMachineOptions {
  readonly name: string;
  /** Counted from 1. */
  readonly number: number;
  /** How many nodes there are. */
  readonly nodes: number;
  readonly folder: string;
  /** Control group of the node, such as `CLUSTER/node-1`. */
  readonly group: string;
  readonly management: ManagementNetwork;
  /** The VM network outside of the nodes. */
  readonly vmNetwork: Bridge;
  /** Folder of kubelet and kube-proxy. */
  readonly programs: string;
}

/** A node that is on or off. */
export class NodeMachine implements AsyncDisposable {
  readonly name: string;
  readonly #options: NodeMachineOptions;
  #running: { place: NetworkNamespace; process: TestProcess; vmPort: string } | undefined;

  constructor(options: NodeMachineOptions) {
    this.name = options.name;
    this.#options = options;
  }

  get isOn(): boolean {
    return this.#running !== undefined;
  }

  /** Switches it on. Its kubelet joins the cluster some seconds later. */
  async powerOn(): Promise<void> {
    if (this.#running !== undefined) return;
    const { name, number, nodes, folder, group, management, vmNetwork, programs } = this.#options;
    const place = await NetworkNamespace.create();
    await management.plugIn(place, number, nodes);
    const bridge = await createBridge(place, VM_BRIDGE);
    const { name: vmPort } = await createVethPair({ peerPlace: place, peerName: "uplink" });
    await bridge.attach("uplink");
    await vmNetwork.attach(vmPort);
    const process = TestProcess.start({
      path: `${HERE_FOLDER}/node_enter.sh`,
      args: [
        group,
        ...place.enter,
        ...["unshare", "--mount", "--pid", "--uts", "--ipc", "--cgroup", "--mount-proc"],
        ...["--fork", "--kill-child=KILL", `${HERE_FOLDER}/node_boot.sh`],
        ...[folder, name, nodeAddress(number), programs],
      ],
    });
    this.#running = { place, process, vmPort };
  }

  /** The power fails: nothing on the node does anything any more, not even say goodbye. */
  async powerOff(): Promise<void> {
    if (this.#running === undefined) return;
    const { place, process, vmPort } = this.#running;
    this.#running = undefined;
    await this.#options.management.unplug(this.#options.number);
    await deleteInterface(HERE, vmPort);
    await process[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
    await this.#processesEnded();
  }

  /** Pulls the cable to the control plane and the other nodes, or plugs it in again. */
  async setManagementLink(state: "up" | "down"): Promise<void> {
    await this.#options.management.setLink(this.#options.number, state);
  }

  /** Pulls the cable to the VM network, or plugs it in again. */
  async setVmLink(state: "up" | "down"): Promise<void> {
    if (this.#running === undefined) throw new Error(`${this.name} is off`);
    await runIn(HERE, "ip", "link", "set", this.#running.vmPort, state);
  }

  /** The numbers of the processes of a Pod, as seen by the host, without the one of its sandbox. */
  processesOf(podUid: string, program: string): readonly number[] {
    return groupsBelow(this.#pidsGroup()).filter((path) => path.includes(podUid))
      .flatMap((path) => processesIn(path))
      .filter((pid) => commandOf(pid).includes(program));
  }

  /** @throws {Error} when it has ended by itself. */
  checkRunning(): void {
    this.#running?.process.checkRunning();
  }

  /** The last lines of each log of its programs and of its Pods. */
  tail(lines = 30): string {
    const { folder } = this.#options;
    const logs = [`${folder}/log`, `${folder}/var-log/pods`].flatMap((path) => filesBelow(path));
    const texts = logs.map((path) => {
      const text = readOrEmpty(path).trimEnd().split("\n").slice(-lines).join("\n");
      return `--- ${this.name} ${path.slice(folder.length)}\n${text}`;
    });
    return [...texts, this.#running?.process.tail() ?? "off"].join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.powerOff();
  }

  /** The kernel kills what a namespace has a moment after its first process. */
  async #processesEnded(): Promise<void> {
    const left = () => groupsBelow(this.#pidsGroup()).flatMap((path) => processesIn(path));
    await waitUntil(() => left().length === 0 || undefined, {
      what: `the end of the processes of ${this.name}`,
      explain: () => left().map((pid) => `${pid} ${commandOf(pid)}`).join("\n"),
    });
  }

  #pidsGroup(): string {
    return `/sys/fs/cgroup/pids/${this.#options.group}`;
  }
}

/** A control group and all below it; none when it is gone. */
function groupsBelow(path: string): readonly string[] {
  const below = entriesOf(path)?.filter(({ isDirectory }) => isDirectory);
  if (below === undefined) return [];
  return [path, ...below.flatMap(({ name }) => groupsBelow(`${path}/${name}`))];
}

function filesBelow(path: string): readonly string[] {
  return (entriesOf(path) ?? []).flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(`${path}/${name}`) : [`${path}/${name}`]
  );
}

/** What is in a folder; `undefined` when it is gone. */
function entriesOf(path: string): readonly Deno.DirEntry[] | undefined {
  try {
    return [...Deno.readDirSync(path)];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function processesIn(group: string): readonly number[] {
  return readOrEmpty(`${group}/cgroup.procs`).split("\n").filter((line) => line !== "").map(Number);
}

function commandOf(pid: number): string {
  return readOrEmpty(`/proc/${pid}/cmdline`).replaceAll("\0", " ");
}

/** Groups and processes come and go. */
function readOrEmpty(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
