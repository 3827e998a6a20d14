/** A control plane with networks and pools, and VMs in any number. */

import type { JsonObject } from "../../../lib/base/json.ts";
import type { KubeObject } from "../../../lib/api/meta.ts";
import { formatIpv4Address, ipv4AddressFromNumber } from "../../../lib/net/ipv4_address.ts";
import { ApiConnection, at } from "../../support/apiserver/api_connection.ts";
import { ippoolSample, vmnetcfgSample } from "../../support/apiserver/samples.ts";
import { ControlPlane } from "../../support/cluster/control_plane.ts";
import { macOf } from "../../support/controller/controller_objects.ts";
import { eth, virtualMachine } from "../../support/controller/virtual_machines.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import { MeasuredController } from "./controller_process.ts";
import { RequestCounts } from "./request_counts.ts";

const NAMESPACE = "default";
const GROUP = "network.harvesterhci.io";
/** A busy API server is far behind its etcd. */
const CACHE_MS_MAX = 120_000;
/** Connections that create and delete. */
const AT_ONCE = 16;

/** Paths of the collections in the one namespace that is used. */
export const PATHS = {
  ippools: `/apis/${GROUP}/v1alpha1/namespaces/${NAMESPACE}/ippools`,
  vmnetcfgs: `/apis/${GROUP}/v1alpha1/namespaces/${NAMESPACE}/virtualmachinenetworkconfigs`,
  vms: `/apis/kubevirt.io/v1/namespaces/${NAMESPACE}/virtualmachines`,
  networks: `/apis/k8s.cni.cncf.io/v1/namespaces/${NAMESPACE}/network-attachment-definitions`,
} as const;

/** A VM's number makes its name; that of a network its name, its pool's and its subnet. */
export function vmName(vm: number): string {
  return `vm-${String(vm).padStart(6, "0")}`;
}

/** The address with this number of the ones that a pool hands out. */
export function addressOf(network: number, index: number): string {
  return formatIpv4Address(ipv4AddressFromNumber(((10 << 8) + network) * 0x10000 + 0x100 + index));
}

/** A config with one NIC on each of these networks. */
export function configOf(vm: number, networks: readonly number[] = [0]): KubeObject {
  const networkConfigs = networks.map((network, nic) => ({
    networkName: `net-${network}`,
    macAddress: macOf(vm * networks.length + nic),
  }));
  return vmnetcfgSample({
    metadata: { name: vmName(vm), namespace: NAMESPACE },
    spec: { vmName: vmName(vm), networkConfigs },
  });
}

/** A VirtualMachine with one NIC on each of these networks. */
export function vmOf(vm: number, networks: readonly number[] = [0]): KubeObject {
  const interfaces = networks.map((network, nic) => ({
    ...eth(nic, vm * networks.length + nic),
    networkName: `net-${network}`,
  }));
  return virtualMachine({ name: vmName(vm), namespace: NAMESPACE }, interfaces);
}

/** Runs a step for each item, some at a time. */
export async function forEachAtOnce<T>(
  items: Iterable<T>,
  step: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items[Symbol.iterator]();
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let next = rest.next(); !next.done; next = rest.next()) await step(next.value);
  }));
}

/** A control plane of its own for one measurement. */
export class ControllerSite implements AsyncDisposable {
  readonly #plane: ControlPlane;
  readonly #command: readonly string[];
  readonly api: ApiConnection;
  readonly counts: RequestCounts;

  private constructor(plane: ControlPlane, command: readonly string[]) {
    this.#plane = plane;
    this.#command = command;
    this.api = new ApiConnection(plane.access);
    this.counts = new RequestCounts(this.api);
  }

  /** @param command The program that is measured. */
  static async start(command: readonly string[]): Promise<ControllerSite> {
    return new ControllerSite(await ControlPlane.start({ withoutControllers: true }), command);
  }

  get access(): ControlPlane["access"] {
    return this.#plane.access;
  }

  /** Starts a controller and waits until it has nothing to do. */
  async controller(
    args: readonly string[] = ["--no-leader-election"],
  ): Promise<MeasuredController> {
    const controller = this.startController(args);
    await controller.ready();
    await controller.settled();
    return controller;
  }

  /** Starts a controller. */
  startController(args: readonly string[] = ["--no-leader-election"]): MeasuredController {
    return MeasuredController.start(this.#command, this.access.kubeconfig, args);
  }

  /** Makes networks and a pool on each, which hands out `size` addresses. */
  async makePools(networks: number, size: number): Promise<void> {
    await forEachAtOnce(Array(networks).keys(), async (network) => {
      await this.create(PATHS.networks, {
        apiVersion: "k8s.cni.cncf.io/v1",
        kind: "NetworkAttachmentDefinition",
        metadata: { name: `net-${network}` },
        spec: { config: "{}" },
      });
      await this.create(PATHS.ippools, poolOf(network, size));
    });
  }

  /** Makes the config of a VM. */
  async makeConfig(vm: number): Promise<void> {
    await this.create(PATHS.vmnetcfgs, configOf(vm));
  }

  /** Puts VirtualMachines into etcd. */
  async restoreVms(vms: readonly KubeObject[]): Promise<void> {
    const creationTimestamp = new Date().toISOString().replace(/\.\d+/, "");
    await this.#restore(
      "kubevirt.io/virtualmachines",
      PATHS.vms,
      vms.map((vm) => ({
        ...vm,
        metadata: { ...vm.metadata, uid: crypto.randomUUID(), creationTimestamp, generation: 1 },
      })),
    );
  }

  async create(path: string, object: KubeObject): Promise<void> {
    await this.#ask("POST", path, object);
  }

  async delete(path: string): Promise<void> {
    await this.#ask("DELETE", path);
  }

  /** Takes all finalizers of an object. */
  async letGo(path: string): Promise<void> {
    const { status, text } = await this.api.mergePatch(path, { metadata: { finalizers: null } });
    if (status >= 300) throw new Error(`the finalizers of ${path} stay: ${text}`);
  }

  async get(path: string): Promise<JsonObject> {
    return await this.#ask("GET", path);
  }

  /**
   * Writes of the controller to these kinds so far: PUT and PATCH are its alone, as long as nobody else
   * is at work.
   */
  async writes(): Promise<number> {
    return await this.counts.read(["PUT", "PATCH", "APPLY"], [
      "ippools",
      "virtualmachinenetworkconfigs",
      "virtualmachines",
      "network-attachment-definitions",
    ]);
  }

  /**
   * Gives pool 0 as many VMs as a controller would have left them, in a fraction of the time: copies of
   * one that a controller has served, and a record that binds them all.
   */
  async fill(bindings: number): Promise<void> {
    {
      await using _ = await this.controller();
      await this.makeConfig(0);
      await _.settled();
    }
    const text = JSON.stringify(await this.get(`${PATHS.vmnetcfgs}/${vmName(0)}`));
    const uid = String(at(JSON.parse(text), "metadata.uid"));
    const copies = Array.from({ length: bindings }, (_, index): KubeObject => {
      const vm = index + 1;
      return JSON.parse(
        text.replaceAll(vmName(0), vmName(vm)).replaceAll(macOf(0), macOf(vm))
          .replaceAll(addressOf(0, 0), addressOf(0, vm)).replaceAll(uid, crypto.randomUUID()),
      );
    });
    await this.#restore(`${GROUP}/virtualmachinenetworkconfigs`, PATHS.vmnetcfgs, copies);
    await this.#bindAll(bindings);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.api[Symbol.dispose]();
    await this.#plane[Symbol.asyncDispose]();
  }

  /** Puts objects into etcd and waits until the API server has the last of them in its cache. */
  async #restore(resource: string, path: string, objects: readonly KubeObject[]): Promise<void> {
    await this.#plane.restore(resource, objects);
    const last = objects.at(-1)?.metadata.name;
    if (last === undefined) return;
    // Version 0 is answered from the cache.
    const cached = `${path}/${last}?resourceVersion=0`;
    await waitUntil(async () => (await this.api.send("GET", cached)).status === 200 || undefined, {
      what: `${last} to be in the cache of the API server`,
      limitMs: CACHE_MS_MAX,
    });
  }

  async #bindAll(bindings: number): Promise<void> {
    const path = `${PATHS.ippools}/pool-0`;
    const pool = await this.get(path);
    const status = pool["status"] as JsonObject;
    const ipv4 = status["ipv4"] as JsonObject;
    const vms = Array.from({ length: bindings }, (_, index) => index + 1);
    await this.#ask("PUT", `${path}/status`, {
      ...pool,
      status: {
        ...status,
        ipv4: {
          ...ipv4,
          allocated: {
            ...ipv4["allocated"] as JsonObject,
            ...Object.fromEntries(vms.map((vm) => [addressOf(0, vm), macOf(vm)])),
          },
          used: Number(ipv4["used"]) + bindings,
          available: Number(ipv4["available"]) - bindings,
        },
      },
    });
  }

  async #ask(method: string, path: string, body?: unknown): Promise<JsonObject> {
    const answer = await this.api.send(method, path, { body });
    if (answer.status >= 300) throw new Error(`${method} ${path} is refused: ${answer.text}`);
    return answer.body;
  }
}

function poolOf(network: number, size: number): KubeObject {
  return ippoolSample({
    metadata: { name: `pool-${network}`, namespace: NAMESPACE },
    spec: { networkName: `${NAMESPACE}/net-${network}` },
    ipv4Config: {
      cidr: `10.${network}.0.0/16`,
      serverIP: `10.${network}.0.2`,
      router: `10.${network}.0.1`,
    },
    pool: { start: addressOf(network, 0), end: addressOf(network, size - 1), exclude: undefined },
  });
}
