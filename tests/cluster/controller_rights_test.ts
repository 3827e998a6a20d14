/** `vm-dhcp controller` as a ServiceAccount with the rights of examples/rbac/controller.yaml and no others. */

import assert from "node:assert/strict";
import { parseAllDocuments } from "yaml";
import {
  DEPLOYMENTS,
  IPPOOLS,
  NETWORK_ATTACHMENT_DEFINITIONS,
  POD_DISRUPTION_BUDGETS,
  ROLE_BINDINGS,
  ROLES,
  SERVICE_ACCOUNTS,
  VIRTUAL_MACHINE_INSTANCES,
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
  VIRTUAL_MACHINES,
} from "../../lib/api/resources.ts";
import { AGENT_SELECTOR } from "../../lib/reconcile/agent_deployment/agent_names.ts";
import { ApiConnection, at } from "../support/apiserver/api_connection.ts";
import { ippoolSample, vmnetcfgSample } from "../support/apiserver/samples.ts";
import { type Right, rightsOfExample } from "../support/cluster/account.ts";
import { applyRights, writeAccount } from "../support/cluster/account_kubeconfig.ts";
import { clusterAccessOf } from "../support/cluster/cluster_access.ts";
import { ControlPlane } from "../support/cluster/control_plane.ts";
import {
  installDefinitions,
  readDefinitions,
  readDefinitionsWithout,
} from "../support/cluster/definitions.ts";
import {
  addressesOf,
  conditionOf,
  macOf,
  makePool,
} from "../support/controller/controller_objects.ts";
import { ControllerWorld } from "../support/controller/controller_world.ts";
import {
  eth,
  interfacesPatch,
  makeVirtualMachine,
} from "../support/controller/virtual_machines.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { waitUntil } from "../support/harness/wait_until.ts";
import { freePort } from "../support/network/free_port.ts";
import { ControllerProcess } from "../support/process/controller_process.ts";
import { checkAgents } from "./agents_check.ts";
import { makeOldDefinition, useRareRights } from "./rare_rights.ts";

const EXAMPLE = new URL("../../examples/rbac/controller.yaml", import.meta.url);
const USER = "system:serviceaccount:vm-dhcp:vm-dhcp-controller";

const ROLES_OF_EXAMPLE = [
  ...["vm-dhcp-controller", "vm-dhcp-controller-agents", "vm-dhcp-controller-agent-events"],
  "vm-dhcp-controller-lease",
];

/** As the README of the Go version runs its own. */
const README_FLAGS = [
  ...["--name=test-controller", "--namespace=vm-dhcp"],
  "--image=rancher/harvester-vm-dhcp-controller:main-head",
];

function describeRight({ verb, group, resource }: Right): string {
  return `${verb} ${resource}.${group}`;
}

/** What the controller has asked for so far. */
async function usedRights(plane: ControlPlane): Promise<readonly Right[]> {
  const requests = await plane.audited();
  return requests.filter(({ user }) => user.username === USER).flatMap(({ verb, objectRef }) => {
    if (objectRef === undefined) return [];
    const { apiGroup = "", resource, subresource } = objectRef;
    const whole = subresource === undefined ? resource : `${resource}/${subresource}`;
    return [{ group: apiGroup, resource: whole, verb }];
  });
}

/** A controller without rights says which it needs to become the leader. */
async function checkStranger(plane: ControlPlane): Promise<void> {
  const kubeconfig = await writeAccount(plane.access, { namespace: "vm-dhcp", name: "stranger" });
  await using stranger = new ControllerProcess(kubeconfig, freePort());
  await stranger.identity();
  await waitUntil(
    async () =>
      /the Lease kube-system\/vm-dhcp-controllers may not be read and written: .*cannot get resource/
        .test(await stranger.get("/readyz").catch(() => "")) || undefined,
    { what: "the missing right", explain: () => stranger.log.tail() },
  );
  await Deno.remove(kubeconfig);
}

const AGENT_TYPES = [
  ...[DEPLOYMENTS, POD_DISRUPTION_BUDGETS, SERVICE_ACCOUNTS, ROLES, ROLE_BINDINGS],
];
const OF_AGENTS = { labelSelector: AGENT_SELECTOR };

await integrationTest({
  name:
    "a controller has every right that it needs by examples/rbac/controller.yaml, and uses each",
  needs: ["kube"],
  run: async () => {
    await using plane = await ControlPlane.start({
      withoutControllers: true,
      // Without the gate, objects are listed, as on older servers.
      apiServerArgs: ["--feature-gates=WatchList=false"],
      isAudited: true,
      // As before a first installation.
      definitions: readDefinitionsWithout(IPPOOLS, VIRTUAL_MACHINE_NETWORK_CONFIGS),
    });
    await using world = new ControllerWorld(clusterAccessOf(plane.access), "default");
    await makeOldDefinition(world, "virtualmachinenetworkconfig.yaml");
    await applyRights(
      plane.access,
      "vm-dhcp",
      parseAllDocuments(await Deno.readTextFile(EXAMPLE)).map((document) => document.toJS()),
    );
    await checkStranger(plane);
    const kubeconfig = await writeAccount(plane.access, {
      namespace: "vm-dhcp",
      name: "vm-dhcp-controller",
    });
    await using controller = new ControllerProcess(kubeconfig, freePort(), README_FLAGS);
    await controller.leads();
    await world.create(NETWORK_ATTACHMENT_DEFINITIONS, {
      apiVersion: "k8s.cni.cncf.io/v1",
      kind: "NetworkAttachmentDefinition",
      metadata: {
        name: "net-48",
        labels: { "network.harvesterhci.io/clusternetwork": "mgmt" },
        annotations: {
          "network.harvesterhci.io/auto-ippool": "true",
          "network.harvesterhci.io/route": '{"mode":"manual","cidr":"192.168.48.0/24"}',
        },
      },
    });
    await world.until(IPPOOLS, "net-48", { what: "a pool of the network", holds: () => true });
    await world.create(VIRTUAL_MACHINE_NETWORK_CONFIGS, vmnetcfgSample());
    await world.until(VIRTUAL_MACHINE_NETWORK_CONFIGS, "test-vm", {
      what: "an address",
      holds: (object) => addressesOf(object) === "192.168.48.2",
    });
    assert.equal(await controller.get("/readyz"), '{"ok":true}\n');
    await checkAgents(world);
    await world.delete(VIRTUAL_MACHINE_NETWORK_CONFIGS, "test-vm");
    await world.untilGone(VIRTUAL_MACHINE_NETWORK_CONFIGS, "test-vm");
    // One that does not say which MAC address it has.
    await makeVirtualMachine(world, "web", [{ name: "eth0" }]);
    await world.create(VIRTUAL_MACHINE_INSTANCES, {
      apiVersion: "kubevirt.io/v1",
      kind: VIRTUAL_MACHINE_INSTANCES.kind,
      metadata: { name: "web" },
      status: { interfaces: [{ name: "eth0", mac: macOf(1) }] },
    });
    await world.until(VIRTUAL_MACHINE_NETWORK_CONFIGS, "web", {
      what: "an address",
      holds: (object) => addressesOf(object).startsWith("192.168.48."),
    });
    await world.patch(VIRTUAL_MACHINES, "web", interfacesPatch([eth(0, 1), eth(1, 2)]));
    await world.until(VIRTUAL_MACHINE_NETWORK_CONFIGS, "web", {
      what: "two addresses",
      holds: (object) => /^192\S+ 192\S+$/.test(addressesOf(object)),
    });
    await useRareRights({
      world,
      agents: new ControllerWorld(world.client, "vm-dhcp"),
      isUsed: async (right) =>
        (await usedRights(plane)).some(({ verb, resource }) => `${verb} ${resource}` === right),
    });
    await world.delete(VIRTUAL_MACHINES, "web");
    await world.untilGone(VIRTUAL_MACHINE_NETWORK_CONFIGS, "web");
    await world.delete(NETWORK_ATTACHMENT_DEFINITIONS, "net-48");
    await world.untilGone(IPPOOLS, "net-48");
    controller.signal("SIGTERM");
    assert.equal((await controller.ended()).code, 0);
    const { lines } = controller.log;
    assert.deepEqual(lines.filter((line) => /forbidden|cannot/i.test(line)), []);
    const left = await Promise.all(AGENT_TYPES.map((type) => world.client.list(type, OF_AGENTS)));
    assert.deepEqual(left.flatMap(({ items }) => items), []);
    await Deno.remove(kubeconfig);
    const used = await usedRights(plane);
    assert.deepEqual(
      [...new Set(used.map(describeRight))].sort(),
      [...new Set(ROLES_OF_EXAMPLE.flatMap(rightsOfExample).map(describeRight))].sort(),
    );
  },
});

await integrationTest({
  name: "a controller hands out addresses where Multus is not installed",
  needs: ["kube"],
  run: async () => {
    await using plane = await ControlPlane.start({
      withoutControllers: true,
      definitions: readDefinitionsWithout(NETWORK_ATTACHMENT_DEFINITIONS),
    });
    await using world = new ControllerWorld(clusterAccessOf(plane.access), "default");
    const controller = await world.start();
    await world.create(IPPOOLS, ippoolSample());
    await world.create(VIRTUAL_MACHINE_NETWORK_CONFIGS, vmnetcfgSample());
    await world.until(VIRTUAL_MACHINE_NETWORK_CONFIGS, "test-vm", {
      what: "an address",
      holds: (object) => addressesOf(object) === "192.168.48.82",
    });
    const pool = await world.get(IPPOOLS, "ippool-1");
    assert.equal(conditionOf(pool, "Registered"), "False NetworkNotFound");
    const said = controller.log.lines.filter(({ msg }) => msg.startsWith("kind is not installed"));
    assert.ok(said.length > 0);
  },
});

await integrationTest({
  name: "a controller works where KubeVirt is not installed, and serves its VMs once it is",
  needs: ["kube"],
  run: async () => {
    await using plane = await ControlPlane.start({
      withoutControllers: true,
      definitions: readDefinitionsWithout(VIRTUAL_MACHINES),
    });
    await using world = new ControllerWorld(clusterAccessOf(plane.access), "default");
    const controller = await world.start();
    await makePool(world);
    await world.create(VIRTUAL_MACHINE_NETWORK_CONFIGS, vmnetcfgSample());
    await world.until(VIRTUAL_MACHINE_NETWORK_CONFIGS, "test-vm", {
      what: "an address",
      holds: (object) => addressesOf(object) === "192.168.48.82",
    });
    const kind = { kind: "VirtualMachine" };
    assert.equal(controller.registry.value("informer_kind_available", kind), 0);
    using api = new ApiConnection(plane.access);
    const name = `${VIRTUAL_MACHINES.plural}.${VIRTUAL_MACHINES.group}`;
    await installDefinitions(
      api,
      readDefinitions().filter((definition) => at(definition, "metadata.name") === name),
    );
    await makeVirtualMachine(world, "web", [eth(0, 1)]);
    await world.until(VIRTUAL_MACHINE_NETWORK_CONFIGS, "web", {
      what: "an address",
      limitMs: 90_000,
      holds: (object) => addressesOf(object) === "192.168.48.83",
    });
    assert.equal(controller.registry.value("informer_kind_available", kind), 1);
  },
});
