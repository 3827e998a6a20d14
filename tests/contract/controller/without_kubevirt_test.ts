/** The controller against an API server that does not know VirtualMachines. */

import assert from "node:assert/strict";
import { parse } from "yaml";
import { objectRules } from "../../support/apiserver/object_rules.ts";
import type { OwnerReference } from "../../../lib/api/meta.ts";
import {
  apiVersionOf,
  NAMESPACES,
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
} from "../../../lib/api/resources.ts";
import { CRD_TEXTS } from "../../../cmd/compose/crd_files.ts";
import { startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";
import { vmnetcfgSample } from "../../support/apiserver/samples.ts";
import {
  macOf,
  makeReadyPool,
  untilCondition,
} from "../../support/controller/controller_objects.ts";
import { ControllerWorld } from "../../support/controller/controller_world.ts";

Deno.test("the controller works without KubeVirt, and lets the objects of VMs that it cannot see be", async () => {
  const crds = CRD_TEXTS.map((text): unknown => parse(text));
  await using api = await startEmbeddedApi({ crds, admission: objectRules });
  await using world = new ControllerWorld(api.server.handle, "lab");
  await world.client.create(NAMESPACES, {
    apiVersion: apiVersionOf(NAMESPACES),
    kind: NAMESPACES.kind,
    metadata: { name: "lab" },
  });
  const controller = await world.start();
  await makeReadyPool(world);
  const owner = { apiVersion: "kubevirt.io/v1", kind: "VirtualMachine", name: "vm-1", uid: "1" };
  const labels = { "harvesterhci.io/vmName": "vm-1" };
  const make = async (name: string, n: number, ownerReferences: readonly OwnerReference[]) => {
    const networkConfigs = [{ networkName: "net-48", macAddress: macOf(n) }];
    const metadata = { name, labels, ownerReferences };
    const spec = { vmName: name, networkConfigs };
    await world.create(VIRTUAL_MACHINE_NETWORK_CONFIGS, vmnetcfgSample({ metadata, spec }));
    return await untilCondition(world, name, "Allocated True");
  };
  const kept = await make("vm-1", 1, [owner]);
  await make("by-hand", 2, []);
  const now = await world.get(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-1");
  assert.deepEqual(now, kept);
  const lines = controller.log.lines.filter(({ level }) => level === "warn" || level === "info");
  assert.deepEqual(lines.map(({ msg, fields }) => `${fields["kind"]}: ${msg}`), [
    "VirtualMachine: kind is not installed, the program works on without it",
  ]);
  const available = { kind: "VirtualMachine" };
  assert.equal(controller.registry.value("informer_kind_available", available), 0);
  assert.deepEqual(controller.writes.filter((write) => write.startsWith("delete")), []);
});
