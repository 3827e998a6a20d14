/** Brings a controller to use the rights that it needs now and then only. */

import { parse } from "yaml";
import type { JsonObject } from "../../lib/base/json.ts";
import type { KubeObject, ResourceType } from "../../lib/api/meta.ts";
import {
  CUSTOM_RESOURCE_DEFINITIONS,
  IPPOOLS,
  NETWORK_ATTACHMENT_DEFINITIONS,
  PODS,
  SECRETS,
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
  VIRTUAL_MACHINES,
} from "../../lib/api/resources.ts";
import { VERSION_ANNOTATION } from "../../lib/reconcile/definition/definition.ts";
import { vmnetcfgSample } from "../support/apiserver/samples.ts";
import type { ControllerWorld } from "../support/controller/controller_world.ts";
import { setPodStatus } from "../support/controller/stand_in_agents.ts";
import { eth, interfacesPatch } from "../support/controller/virtual_machines.ts";
import { waitUntil } from "../support/harness/wait_until.ts";

const POOL_LABEL = "network.harvesterhci.io/ippool-name";

/** Writes between two looks. */
const WRITES = 20;

/** What {@link useRareRights} works on. */
export interface RareRightsOptions {
  /** Where the pool `net-48` is, with its network, and the VM `web` with its one NIC. */
  readonly world: ControllerWorld;
  /** Where its agents are. */
  readonly agents: ControllerWorld;
  /** Whether a right, such as `get leases`, has been used. */
  readonly isUsed: (right: string) => Promise<boolean>;
}

/** A definition as an earlier version made it, which has to be brought up to date. */
export async function makeOldDefinition(world: ControllerWorld, file: string): Promise<void> {
  const definition: KubeObject = parse(
    await Deno.readTextFile(new URL(`../../crds/${file}`, import.meta.url)),
  );
  const { [VERSION_ANNOTATION]: _, ...annotations } = definition.metadata.annotations ?? {};
  await world.client.create(CUSTOM_RESOURCE_DEFINITIONS, {
    ...definition,
    metadata: { ...definition.metadata, annotations },
  });
}

/** Makes what only rarely happens happen. */
export async function useRareRights(options: RareRightsOptions): Promise<void> {
  await damageSecret(options);
  await addWaitingPod(options);
  await nameGhost(options);
  await repeatEvent(options);
  await meetWrites(VIRTUAL_MACHINE_NETWORK_CONFIGS, "web", options);
  await meetWrites(IPPOOLS, "net-48", options);
  await meetWrites(NETWORK_ATTACHMENT_DEFINITIONS, "net-48", options);
}

async function untilUsed({ isUsed }: RareRightsOptions, right: string): Promise<void> {
  await waitUntil(async () => await isUsed(right) || undefined, { what: `the use of ${right}` });
}

async function damageSecret(options: RareRightsOptions): Promise<void> {
  const secret = "default-net-48-agent-report";
  await options.agents.patch(SECRETS, secret, { metadata: { labels: null } });
  await untilUsed(options, "update secrets");
}

/** What kubelets say of an agent that does not start is read. */
async function addWaitingPod(options: RareRightsOptions): Promise<void> {
  const { agents } = options;
  const { items } = await agents.client.list(PODS, { namespace: agents.namespace });
  const like = items.find(({ metadata }) => metadata.name.startsWith("default-net-48-agent-"))!;
  const pod = await agents.create(PODS, {
    ...{ apiVersion: "v1", kind: PODS.kind },
    metadata: {
      ...{ name: "default-net-48-agent-waiting", labels: like.metadata.labels! },
      ownerReferences: like.metadata.ownerReferences!,
    },
    spec: { ...like.spec as JsonObject, nodeName: "node-1" },
  });
  const container = { name: "agent", image: "x", imageID: "", restartCount: 0, ready: false };
  await setPodStatus(agents.client, pod, {
    phase: "Pending",
    containerStatuses: [{ ...container, state: { waiting: { reason: "ContainerCreating" } } }],
  });
  await untilUsed(options, "list events");
}

/** A VirtualMachineNetworkConfig of a VM that nobody has seen. */
async function nameGhost(options: RareRightsOptions): Promise<void> {
  const { world } = options;
  const sample = vmnetcfgSample();
  const metadata = {
    name: "ghost",
    ownerReferences: [{
      ...{ apiVersion: "kubevirt.io/v1", kind: "VirtualMachine" },
      ...{ name: "ghost", uid: crypto.randomUUID() },
    }],
  };
  await world.create(VIRTUAL_MACHINE_NETWORK_CONFIGS, {
    ...sample,
    metadata,
    spec: { vmName: "ghost", networkConfigs: [] },
  });
  await untilUsed(options, "get virtualmachines");
}

/** The same NIC comes and goes: the same Event. */
async function repeatEvent({ world }: RareRightsOptions): Promise<void> {
  for (const nics of [[eth(0, 1), eth(1, 2)], [eth(0, 1)], [eth(0, 1), eth(1, 2)], [eth(0, 1)]]) {
    await world.patch(VIRTUAL_MACHINES, "web", interfacesPatch(nics));
    await world.until(VIRTUAL_MACHINE_NETWORK_CONFIGS, "web", {
      what: `${nics.length} addresses`,
      holds: (object) => addressCount(object) === nics.length,
    });
  }
}

function addressCount({ status }: KubeObject): number {
  const { networkConfigs = [] } = (status ?? {}) as { readonly networkConfigs?: JsonObject[] };
  return networkConfigs.length;
}

/** Writes to an object again and again, until the controller meets one and reads the object anew. */
async function meetWrites(
  type: ResourceType,
  name: string,
  options: RareRightsOptions,
): Promise<void> {
  const { world, isUsed } = options;
  let count = 0;
  await waitUntil(async () => {
    // The controller gets something to write as well.
    const nics = ++count % 2 === 0 ? [eth(0, 1)] : [eth(0, 1), eth(1, 2)];
    await world.patch(VIRTUAL_MACHINES, "web", interfacesPatch(nics));
    const labels = { [POOL_LABEL]: null };
    await world.patch(NETWORK_ATTACHMENT_DEFINITIONS, "net-48", { metadata: { labels } });
    for (let write = 0; write < WRITES; write++) {
      await world.patch(type, name, { metadata: { annotations: { write: `${++count}` } } });
    }
    return await isUsed(`get ${type.plural}`) || undefined;
  }, { what: `a conflict about ${type.plural}`, limitMs: 60_000 });
}
