/** The kinds of objects by which users have a VM served. */

import type { JsonObject } from "../../../lib/base/json.ts";
import type { ResourceType } from "../../../lib/api/meta.ts";
import { VIRTUAL_MACHINE_NETWORK_CONFIGS, VIRTUAL_MACHINES } from "../../../lib/api/resources.ts";
import { makeVm, type Nic } from "../controller/controller_objects.ts";
import type { ControllerWorld } from "../controller/controller_world.ts";
import {
  interfacesPatch,
  makeVirtualMachine,
  type VmInterface,
} from "../controller/virtual_machines.ts";

/** How users make and change a VM. */
export interface VmKind {
  readonly type: ResourceType;
  create(world: ControllerWorld, name: string, nics: readonly Nic[]): Promise<unknown>;
  /** A merge patch that gives a VM these NICs. */
  patchOf(nics: readonly Nic[]): JsonObject;
  /** Absent where users cannot pause a VM's addresses. */
  togglePause?(world: ControllerWorld, name: string): Promise<void>;
}

/** Users write VirtualMachineNetworkConfigs themselves. */
export const BY_CONFIGS: VmKind = {
  type: VIRTUAL_MACHINE_NETWORK_CONFIGS,
  create: makeVm,
  patchOf: (networkConfigs) => ({ spec: { networkConfigs } }),
  async togglePause(world, name) {
    const { spec } = await world.get(VIRTUAL_MACHINE_NETWORK_CONFIGS, name);
    const { paused = false } = spec as { paused?: boolean };
    await world.patch(VIRTUAL_MACHINE_NETWORK_CONFIGS, name, { spec: { paused: !paused } });
  },
};

/** The NICs that a VM may have, so that a patch can take away the wish of one that is gone. */
const NICS_MAX = 2;

/** Users write VirtualMachines, and the controller everything else. */
export const BY_VIRTUAL_MACHINES: VmKind = {
  type: VIRTUAL_MACHINES,
  create: (world, name, nics) =>
    makeVirtualMachine(world, name, nics.map(interfaceOf), wishesOf(nics)),
  patchOf(nics) {
    const none = Array.from({ length: NICS_MAX }, (_, i) => [annotationOf(i), null]);
    const annotations = { ...Object.fromEntries(none), ...wishesOf(nics) };
    return { ...interfacesPatch(nics.map(interfaceOf)), metadata: { annotations } };
  },
};

function interfaceOf({ macAddress, networkName }: Nic, i: number): VmInterface {
  return { name: `eth${i}`, macAddress, networkName };
}

function annotationOf(i: number): string {
  return `static-ip.harvesterhci.io/eth${i}`;
}

function wishesOf(nics: readonly Nic[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    nics.flatMap(({ ipAddress }, i) =>
      ipAddress === undefined ? [] : [[annotationOf(i), ipAddress]]
    ),
  );
}
