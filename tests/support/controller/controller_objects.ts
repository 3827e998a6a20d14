/** Objects that the controller's cases make, and short ways to read them. */

import type { JsonObject } from "../../../lib/base/json.ts";
import type { KubeObject } from "../../../lib/api/meta.ts";
import {
  IPPOOLS,
  NETWORK_ATTACHMENT_DEFINITIONS,
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
} from "../../../lib/api/resources.ts";
import type { ControllerWorld } from "./controller_world.ts";
import { ippoolSample, vmnetcfgSample } from "../apiserver/samples.ts";

/** A NIC in a specification. */
export interface Nic {
  readonly macAddress: string;
  readonly networkName?: string;
  readonly ipAddress?: string;
}

/** The MAC of the NIC with this number. */
export function macOf(number: number): string {
  const hex = number.toString(16).padStart(6, "0");
  return `52:54:00:${hex.replace(/(..)(?=.)/g, "$1:")}`;
}

/** Makes the network and the pool of the examples, with 192.168.48.82 to .89 to hand out. */
export async function makePool(
  world: ControllerWorld,
  changes: Parameters<typeof ippoolSample>[0] = {},
): Promise<void> {
  await makeNetwork(world);
  await world.create(
    IPPOOLS,
    ippoolSample({ ...changes, spec: { networkName: "net-48", ...changes.spec } }),
  );
}

/**
 * Makes them while a controller runs, and waits until it serves the pool. The watches of networks, pools and
 * VMs are not in step: what is made later may come first, and more is written then.
 */
export async function makeReadyPool(
  world: ControllerWorld,
  changes?: Parameters<typeof ippoolSample>[0],
): Promise<void> {
  await makePool(world, changes);
  await world.until(IPPOOLS, "ippool-1", {
    what: "a pool that is served",
    holds: (pool) => conditionOf(pool, "Ready") === "True",
  });
}

export async function makeNetwork(world: ControllerWorld): Promise<void> {
  await world.create(NETWORK_ATTACHMENT_DEFINITIONS, {
    apiVersion: "k8s.cni.cncf.io/v1",
    kind: "NetworkAttachmentDefinition",
    metadata: { name: "net-48" },
    spec: { config: "{}" },
  });
}

/** Makes a VirtualMachineNetworkConfig with NICs on `net-48`. */
export async function makeVm(
  world: ControllerWorld,
  name: string,
  nics: readonly Nic[],
): Promise<void> {
  const networkConfigs = nics.map((nic) => ({ networkName: "net-48", ...nic }));
  await world.create(
    VIRTUAL_MACHINE_NETWORK_CONFIGS,
    vmnetcfgSample({ metadata: { name }, spec: { vmName: name, networkConfigs } }),
  );
}

/** Gives a VirtualMachineNetworkConfig other NICs. */
export async function setNics(
  world: ControllerWorld,
  name: string,
  nics: readonly Nic[],
): Promise<void> {
  const networkConfigs = nics.map((nic) => ({ networkName: "net-48", ...nic }));
  await world.patch(VIRTUAL_MACHINE_NETWORK_CONFIGS, name, { spec: { networkConfigs } });
}

/** Status of a condition with its reason, such as `False PoolExhausted`; empty when absent. */
export function conditionOf(object: KubeObject, type: string): string {
  const { conditions = [] } = (object.status ?? {}) as { conditions?: JsonObject[] };
  const condition = conditions.find((condition) => condition.type === type);
  if (condition === undefined) return "";
  return condition.status === "True" ? "True" : `${condition.status} ${condition.reason}`;
}

/** Message of a condition; empty when the condition is absent. */
export function conditionMessageOf(object: KubeObject, type: string): string {
  const { conditions = [] } = (object.status ?? {}) as { conditions?: JsonObject[] };
  return String(conditions.find((condition) => condition.type === type)?.message ?? "");
}

/** Addresses in the status of a VirtualMachineNetworkConfig; `-` for a NIC without one. */
export function addressesOf({ spec, status }: KubeObject): string {
  const { networkConfig, networkConfigs = networkConfig } = spec as Record<string, JsonObject[]>;
  if (status === undefined) return "";
  const told = [...(status as { networkConfigs?: JsonObject[] }).networkConfigs ?? []];
  return (networkConfigs ?? []).map(({ macAddress }) => {
    const at = told.findIndex((nic) => nic.state === "Allocated" && nic.macAddress === macAddress);
    return at < 0 ? "-" : told.splice(at, 1)[0]!.allocatedIPAddress;
  }).join(" ");
}

/** `status.ipv4` of a pool. */
export function ipv4Of(
  object: KubeObject,
): { allocated?: Record<string, string>; used?: number; available?: number; total?: number } {
  return ((object.status ?? {}) as { ipv4?: JsonObject }).ipv4 ?? {};
}

/** Waits until a VM's addresses are as given. */
export function untilAddresses(
  world: ControllerWorld,
  name: string,
  addresses: string,
): Promise<KubeObject> {
  return world.until(VIRTUAL_MACHINE_NETWORK_CONFIGS, name, {
    what: `${name} to have addresses ${addresses}`,
    holds: (object) => addressesOf(object) === addresses,
  });
}

/** Waits until a condition of a VM is as given. */
export function untilCondition(
  world: ControllerWorld,
  name: string,
  wanted: string,
): Promise<KubeObject> {
  const [type, ...rest] = wanted.split(" ");
  return world.until(VIRTUAL_MACHINE_NETWORK_CONFIGS, name, {
    what: `${name} to be ${wanted}`,
    holds: (object) => conditionOf(object, type!) === rest.join(" "),
  });
}

/** Waits until this many addresses of the pool are in use. */
export function untilUsed(world: ControllerWorld, used: number): Promise<KubeObject> {
  return world.until(IPPOOLS, "ippool-1", {
    what: `${used} addresses to be in use`,
    holds: (pool) => ipv4Of(pool).used === used,
  });
}
