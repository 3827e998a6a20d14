/** Definitions that are taken away under a running controller and come back. */

import {
  CUSTOM_RESOURCE_DEFINITIONS,
  IPPOOLS,
  NETWORK_ATTACHMENT_DEFINITIONS,
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
  VIRTUAL_MACHINES,
} from "../../lib/api/resources.ts";
import type { KubeObject, ResourceType } from "../../lib/api/meta.ts";
import { isStatus } from "../../lib/kube/contract.ts";
import { ApiConnection } from "../support/apiserver/api_connection.ts";
import { clusterAccessOf, makeNamespace } from "../support/cluster/cluster_access.ts";
import { ControlPlane } from "../support/cluster/control_plane.ts";
import { installDefinitions, readDefinitions } from "../support/cluster/definitions.ts";
import {
  macOf,
  makeNetwork,
  makePool,
  makeVm,
  untilCondition,
  untilUsed,
} from "../support/controller/controller_objects.ts";
import { ControllerWorld } from "../support/controller/controller_world.ts";
import { eth, makeVirtualMachine } from "../support/controller/virtual_machines.ts";
import { ippoolSample } from "../support/apiserver/samples.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { waitUntil } from "../support/harness/wait_until.ts";

const LIMIT_MS = 90_000;

/** Takes a definition away by force, with all objects of its kind, and makes it again. */
async function replaceDefinition(
  plane: ControlPlane,
  world: ControllerWorld,
  type: ResourceType,
): Promise<void> {
  const name = { namespace: "", name: `${type.plural}.${type.group}` };
  const { items } = await world.client.list(type, { namespace: world.namespace });
  await world.client.delete(CUSTOM_RESOURCE_DEFINITIONS, name);
  for (const { metadata } of items) await letGo(world, type, metadata.name);
  await waitUntil(async () => {
    try {
      await world.client.get(CUSTOM_RESOURCE_DEFINITIONS, name);
      return undefined;
    } catch (error) {
      return isStatus(error, 404) || undefined;
    }
  }, { what: `${name.name} to go`, limitMs: LIMIT_MS });
  const [definition] = readDefinitions().filter((each) =>
    (each as unknown as KubeObject).metadata.name === name.name
  );
  using api = new ApiConnection(plane.access);
  await installDefinitions(api, [definition!]);
}

/** Takes the finalizers from an object that is being deleted, however late that is noticed. */
async function letGo(world: ControllerWorld, type: ResourceType, name: string): Promise<void> {
  await waitUntil(async () => {
    try {
      const { metadata } = await world.get(type, name);
      if (metadata.deletionTimestamp === undefined) return undefined;
      await world.patch(type, name, { metadata: { finalizers: null } });
      return true;
    } catch (error) {
      return isStatus(error, 404) || undefined;
    }
  }, { what: `${name} to go`, limitMs: LIMIT_MS });
}

/** Creates an object of a kind that may not be served yet. */
async function makeSoon(make: () => Promise<unknown>): Promise<void> {
  await waitUntil(async () => {
    try {
      await make();
      return true;
    } catch (error) {
      if (isStatus(error, 404, 409, 429, 500, 503)) return undefined;
      throw error;
    }
  }, { what: "the kind to be served", limitMs: LIMIT_MS });
}

await integrationTest({
  name: "a controller goes on when definitions are taken away under it and come back",
  needs: ["kube"],
  run: async () => {
    await using plane = await ControlPlane.start();
    const namespace = await makeNamespace(plane.access, "kinds");
    await using world = new ControllerWorld(clusterAccessOf(plane.access), namespace);
    await world.start();
    await makePool(world);
    await makeVm(world, "vm-1", [{ macAddress: macOf(1) }]);
    await makeVirtualMachine(world, "vm-2", [eth(0, 2)]);
    await untilCondition(world, "vm-1", "Allocated True");
    await untilCondition(world, "vm-2", "Allocated True");

    await replaceDefinition(plane, world, NETWORK_ATTACHMENT_DEFINITIONS);
    await makeSoon(() => makeNetwork(world));
    await replaceDefinition(plane, world, IPPOOLS);
    const pool = ippoolSample({ spec: { networkName: "net-48" } });
    await makeSoon(() => world.create(IPPOOLS, pool));
    await untilUsed(world, 2);
    await untilCondition(world, "vm-1", "Allocated True");
    await untilCondition(world, "vm-2", "Allocated True");

    await replaceDefinition(plane, world, VIRTUAL_MACHINE_NETWORK_CONFIGS);
    await makeSoon(() => makeVm(world, "vm-3", [{ macAddress: macOf(3) }]));
    await untilCondition(world, "vm-3", "Allocated True");
    await untilCondition(world, "vm-2", "Allocated True");
    await untilUsed(world, 2);

    await replaceDefinition(plane, world, VIRTUAL_MACHINES);
    await world.untilGone(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-2");
    await makeSoon(() => makeVirtualMachine(world, "vm-4", [eth(0, 4)]));
    await untilCondition(world, "vm-4", "Allocated True");
    await untilUsed(world, 2);
  },
});
