/** The usual scene of the integration tests: a bridge with VMs on it, and a data folder. */

import type { KubeObject } from "../../../lib/api/meta.ts";
import { VirtualNic } from "../dhcp/dhcp_client.ts";
import type { KubeApi } from "../apiserver/kube_api.ts";
import { type Bridge, createBridge, HERE } from "./network_namespace.ts";
import { vmnetcfgSample } from "../apiserver/samples.ts";
import { type StandaloneOptions, StandaloneProcess } from "../process/standalone_process.ts";
import { waitUntil } from "../harness/wait_until.ts";

/** A bridge that carries the VM network `default/net-48`. */
export class VmNetwork implements AsyncDisposable {
  readonly #cleanUp = new AsyncDisposableStack();

  private constructor(
    readonly bridge: Bridge,
    /** For the files of a test; removed with the network. */
    readonly folder: string,
  ) {
    this.#cleanUp.defer(() => Deno.remove(folder, { recursive: true }));
    this.#cleanUp.use(bridge);
  }

  static async create(): Promise<VmNetwork> {
    return new VmNetwork(await createBridge(HERE), await Deno.makeTempDir());
  }

  /** Starts standalone on the bridge and waits until it is ready. Disposed with the network. */
  async standalone(options: Partial<StandaloneOptions> = {}): Promise<StandaloneProcess> {
    return this.#cleanUp.use(await StandaloneProcess.start({ ...this.options(), ...options }));
  }

  /** What standalone needs to serve the bridge. */
  options(): StandaloneOptions {
    return { dataDir: `${this.folder}/data`, nics: [`default/net-48=${this.bridge.name}`] };
  }

  /** Plugs a new machine into the bridge. Disposed with the network. */
  async plugIn(mac: string): Promise<VirtualNic> {
    return this.#cleanUp.use(await VirtualNic.create(this.bridge, mac));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanUp.disposeAsync();
  }
}

/** A VirtualMachineNetworkConfig with one NIC on `default/net-48`. */
export function oneNic(name: string, macAddress: string): KubeObject {
  return vmnetcfgSample({
    metadata: { name },
    spec: { vmName: name, networkConfigs: [{ macAddress, networkName: "default/net-48" }] },
  });
}

/** Waits until the VM's first NIC has an address. */
export function allocated(api: KubeApi, name: string): Promise<string> {
  return waitUntil(async () => {
    const { status } = await api.get("virtualmachinenetworkconfigs", name);
    const { networkConfigs } = (status ?? {}) as {
      networkConfigs?: { allocatedIPAddress?: string }[];
    };
    return networkConfigs?.[0]?.allocatedIPAddress || undefined;
  }, { what: `an address for ${name}` });
}

/** Declares a VM with one NIC on `default/net-48`. @returns Its address. */
export async function addVm(api: KubeApi, name: string, macAddress: string): Promise<string> {
  await api.create("virtualmachinenetworkconfigs", oneNic(name, macAddress));
  return await allocated(api, name);
}

/** Waits until the pool's record holds exactly these MACs. @returns Its addresses by MAC. */
export function recorded(api: KubeApi, macs: readonly string[]): Promise<Record<string, string>> {
  let seen: Record<string, string> = {};
  return waitUntil(async () => {
    const { status } = await api.get("ippools", "ippool-1");
    const { ipv4 } = (status ?? {}) as { ipv4?: { allocated?: Record<string, string> } };
    const pairs = Object.entries(ipv4?.allocated ?? {}).map(([ip, mac]) => [mac, ip]);
    seen = Object.fromEntries(pairs.filter(([mac]) => mac !== "EXCLUDED" && mac !== "RESERVED"));
    return Object.keys(seen).sort().join() === [...macs].sort().join() ? seen : undefined;
  }, { what: `a record of ${macs.join(", ")}`, explain: () => JSON.stringify(seen) });
}
