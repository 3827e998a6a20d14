/** VirtualMachines that tests make. */

import { defined, type JsonObject } from "../../../lib/base/json.ts";
import type { KubeObject } from "../../../lib/api/meta.ts";
import { VIRTUAL_MACHINE_NETWORK_CONFIGS, VIRTUAL_MACHINES } from "../../../lib/api/resources.ts";
import { macOf } from "./controller_objects.ts";
import type { ControllerWorld } from "./controller_world.ts";

/** A network interface of a VM, on a network of Multus unless it says otherwise. */
export interface VmInterface {
  readonly name: string;
  readonly macAddress?: string;
  /** `net-48` when absent; `undefined` for the network of pods. */
  readonly networkName?: string | undefined;
}

/** A VM with these interfaces, in the shape that KubeVirt has it. */
export function virtualMachine(
  metadata: KubeObject["metadata"],
  interfaces: readonly VmInterface[],
): KubeObject {
  return {
    apiVersion: "kubevirt.io/v1",
    kind: VIRTUAL_MACHINES.kind,
    metadata,
    spec: {
      runStrategy: "Always",
      template: {
        spec: {
          domain: {
            devices: {
              interfaces: interfaces.map(({ name, macAddress }) => ({
                name,
                bridge: {},
                ...defined({ macAddress }),
              })),
            },
            resources: { requests: { memory: "64Mi" } },
          },
          networks: interfaces.map(networkOf),
        },
      },
    },
  };
}

function networkOf(nic: VmInterface): JsonObject {
  const { name, networkName } = { networkName: "net-48", ...nic };
  return networkName === undefined ? { name, pod: {} } : { name, multus: { networkName } };
}

/** Makes a VM. */
export function makeVirtualMachine(
  world: ControllerWorld,
  name: string,
  interfaces: readonly VmInterface[],
  annotations: Readonly<Record<string, string>> = {},
): Promise<KubeObject> {
  return world.create(VIRTUAL_MACHINES, virtualMachine({ name, annotations }, interfaces));
}

/** A patch that gives a VM these interfaces. */
export function interfacesPatch(interfaces: readonly VmInterface[]): JsonObject {
  return { spec: virtualMachine({ name: "any" }, interfaces).spec as JsonObject };
}

/** An interface by its number, on `net-48`. */
export function eth(number: number, mac = number): VmInterface {
  return { name: `eth${number}`, macAddress: macOf(mac) };
}

/** The specification of a VirtualMachineNetworkConfig. */
export function specOf(object: KubeObject): { vmName?: string; networkConfigs: JsonObject[] } {
  return object.spec as { networkConfigs: JsonObject[] };
}

/** Waits until the object of a VM lists these MAC addresses. */
export function untilMacs(world: ControllerWorld, name: string, macs: string): Promise<KubeObject> {
  return world.until(VIRTUAL_MACHINE_NETWORK_CONFIGS, name, {
    what: `${name} to list ${macs}`,
    holds: (object) =>
      specOf(object).networkConfigs.map((nic) => nic.macAddress).join(" ") === macs,
  });
}
