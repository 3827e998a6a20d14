/** Agents that a controller deploys: made, kept as they should be, and taken away. */

import assert from "node:assert/strict";
import { isJsonEqual, valueAt } from "../../../lib/base/json.ts";
import {
  DEPLOYMENTS,
  IPPOOLS,
  NETWORK_ATTACHMENT_DEFINITIONS,
  PODS,
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
} from "../../../lib/api/resources.ts";
import type { ControllerCase } from "./controller_cases.ts";
import {
  conditionOf,
  macOf,
  makeVm,
  untilCondition,
} from "../../support/controller/controller_objects.ts";
import {
  agentNameIn,
  deployAgents,
  deployAnsweringAgents,
  IMAGE,
  imageOf,
  makePoolOnNodes,
  podRefOf,
  untilAgents,
  untilRepaired,
} from "../../support/controller/deployed_agents.ts";
import type { ControllerWorld } from "../../support/controller/controller_world.ts";
import { StandInAgents } from "../../support/controller/stand_in_agents.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import type { RecordingRegistry } from "../../support/metrics/recording_registry.ts";

export const AGENT_CASES: readonly ControllerCase[] = [
  {
    name: "deploys two agents for a pool, and names one that answers in the pool",
    async run(world) {
      await using _agents = new StandInAgents(world.client, world.namespace);
      await deployAnsweringAgents(world);
      const pool = await world.get(IPPOOLS, "ippool-1");
      const deployment = await world.get(DEPLOYMENTS, agentNameIn(world));
      assert.equal(valueAt(deployment, "spec.replicas"), 2);
      assert.equal(imageOf(deployment), IMAGE);
      const { name, image } = podRefOf(pool);
      assert.ok(String(name).startsWith(agentNameIn(world)));
      assert.equal(image, IMAGE);
    },
  },
  {
    name: "names another agent when the one that it named is gone, and none when none is left",
    async run(world) {
      await using agents = new StandInAgents(world.client, world.namespace);
      await deployAnsweringAgents(world);
      const { name } = podRefOf(await world.get(IPPOOLS, "ippool-1"));
      await world.delete(PODS, String(name));
      const next = await world.until(IPPOOLS, "ippool-1", {
        what: "another agent",
        holds: (pool) => ![undefined, name].includes(podRefOf(pool)["name"]),
      });
      await agents[Symbol.asyncDispose]();
      await world.delete(PODS, String(podRefOf(next)["name"]));
      await untilUnnamed(world);
    },
  },
  {
    name: "repairs a Deployment that somebody edits or deletes, and leaves what others add",
    async run(world) {
      await using _agents = new StandInAgents(world.client, world.namespace);
      await deployAnsweringAgents(world);
      const name = agentNameIn(world);
      const { generation: made } = (await world.get(DEPLOYMENTS, name)).metadata;
      await world.client.jsonPatch(DEPLOYMENTS, world.nameOf(name), [
        { op: "replace", path: "/spec/replicas", value: 4 },
        { op: "replace", path: "/spec/template/spec/containers/0/image", value: "other:1" },
        {
          op: "add",
          path: "/spec/template/spec/containers/-",
          value: { name: "sidecar", image: "sidecar:1" },
        },
      ]);
      const repaired = await world.until(DEPLOYMENTS, name, {
        what: "the repair",
        holds: (object) => valueAt(object, "spec.replicas") === 2 && imageOf(object) === IMAGE,
      });
      assert.ok(JSON.stringify(repaired).includes("sidecar:1"));
      await untilAgents(world, "True");
      await world.delete(DEPLOYMENTS, name);
      const again = await world.until(DEPLOYMENTS, name, {
        what: "another Deployment",
        holds: ({ metadata }) => metadata.uid !== repaired.metadata.uid,
      });
      await untilAgents(world, "True");
      // Only what went through counts: after a status that agents wrote meanwhile, a write is tried again.
      const repairs = (repaired.metadata.generation ?? 0) - (made ?? 0) - 1;
      assert.ok(repairs === 1 || repairs === 2, `${repairs} writes`);
      assert.equal(again.metadata.generation, 1);
    },
  },
  {
    name: "puts back the labels by which it finds a Deployment",
    async run(world) {
      await using _agents = new StandInAgents(world.client, world.namespace);
      const controller = await deployAnsweringAgents(world);
      const name = agentNameIn(world);
      const { metadata: before } = await world.get(DEPLOYMENTS, name);
      const labels = { "network.harvesterhci.io/vm-dhcp-controller": null };
      await world.patch(DEPLOYMENTS, name, { metadata: { labels } });
      const { metadata: after } = await world.until(DEPLOYMENTS, name, {
        what: "the labels",
        holds: ({ metadata }) => isJsonEqual(metadata.labels, before.labels),
      });
      assert.equal(after.uid, before.uid);
      // What a watch has brought is not asked for again.
      const attempts = controller.writes.filter((write) => write === "create deployments").length;
      assert.ok(attempts <= 2, `${attempts} attempts`);
    },
  },
  {
    name: "gives agents a new image, but not those of a pool whose upgrade is held",
    async run(world) {
      await using _agents = new StandInAgents(world.client, world.namespace);
      const old = await deployAnsweringAgents(world);
      await old.stop();
      const held = { "network.harvesterhci.io/hold-ippool-agent-upgrade": "" };
      await world.patch(IPPOOLS, "ippool-1", { metadata: { annotations: held } });
      await deployAgents(world, { image: "vm-dhcp:2" });
      assert.equal(imageOf(await untilRepaired(world)), IMAGE);
      await world.patch(IPPOOLS, "ippool-1", {
        metadata: { annotations: { "network.harvesterhci.io/hold-ippool-agent-upgrade": null } },
      });
      await world.until(IPPOOLS, "ippool-1", {
        what: "an agent with the new image",
        holds: (pool) => podRefOf(pool)["image"] === "vm-dhcp:2",
      });
    },
  },
  {
    name: "ends the agents of a paused pool, and brings them back",
    async run(world) {
      await using agents = new StandInAgents(world.client, world.namespace);
      const { registry } = await deployAnsweringAgents(world);
      await untilCounted(world, registry, { wanted: 2, ready: 2 });
      await world.patch(IPPOOLS, "ippool-1", { spec: { paused: true } });
      await untilAgents(world, "False Paused");
      await waitUntil(
        async () => (await agents.podsOf(agentNameIn(world))).length === 0 || undefined,
        { what: "the pods to go" },
      );
      await untilCounted(world, registry, { wanted: 0, ready: 0 });
      // A pod that ends is not ready, and is named until it is gone.
      await untilUnnamed(world);
      await world.patch(IPPOOLS, "ippool-1", { spec: { paused: false } });
      await untilAgents(world, "True");
    },
  },
  {
    name: "lets a pool go after its agents, and its agents after its VMs",
    async run(world) {
      await using _agents = new StandInAgents(world.client, world.namespace);
      await deployAgents(world);
      await makePoolOnNodes(world);
      await makeVm(world, "vm-1", [{ macAddress: macOf(1) }]);
      await untilCondition(world, "vm-1", "Allocated True");
      await untilAgents(world, "True");
      await world.delete(IPPOOLS, "ippool-1");
      await world.until(IPPOOLS, "ippool-1", {
        what: "a pool that waits for its VM",
        holds: (pool) => conditionOf(pool, "Ready") === "False BeingDeleted",
      });
      // Somebody deletes it meanwhile: VMs still renew.
      await world.delete(DEPLOYMENTS, agentNameIn(world));
      await world.until(DEPLOYMENTS, agentNameIn(world), {
        what: "the Deployment",
        holds: () => true,
      });
      await world.delete(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-1");
      await world.untilGone(IPPOOLS, "ippool-1");
      const { items } = await world.client.list(DEPLOYMENTS, { namespace: world.namespace });
      assert.deepEqual(items, []);
    },
  },
  {
    name: "leaves agents where they are when the VM network goes",
    async run(world) {
      await using _agents = new StandInAgents(world.client, world.namespace);
      await deployAnsweringAgents(world);
      const before = await world.get(DEPLOYMENTS, agentNameIn(world));
      await world.delete(NETWORK_ATTACHMENT_DEFINITIONS, "net-48");
      await world.until(IPPOOLS, "ippool-1", {
        what: "a pool without a network",
        holds: (pool) => conditionOf(pool, "Registered") === "False NetworkNotFound",
      });
      const after = await untilRepaired(world);
      assert.equal(after.metadata.uid, before.metadata.uid);
      assert.deepEqual(after["spec"], before["spec"]);
      await world.delete(IPPOOLS, "ippool-1");
      await world.untilGone(IPPOOLS, "ippool-1");
    },
  },
];

/** Waits until the pool names no agent. */
async function untilUnnamed(world: ControllerWorld): Promise<void> {
  await world.until(IPPOOLS, "ippool-1", {
    what: "no agent to be named",
    holds: (pool) => podRefOf(pool)["name"] === undefined,
  });
}

/** Waits until the series of the pool count its agents as given. */
async function untilCounted(
  { namespace }: ControllerWorld,
  registry: RecordingRegistry,
  { wanted, ready }: { readonly wanted: number; readonly ready: number },
): Promise<void> {
  const labels = {
    ippool: "ippool-1",
    network: `${namespace}/net-48`,
    pool: `${namespace}/ippool-1`,
    subnet: "192.168.48.0/24",
  };
  await waitUntil(
    () =>
      registry.value("vmdhcpcontroller_ippool_wanted_agents", labels) === wanted &&
        registry.value("vmdhcpcontroller_ippool_ready_agents", labels) === ready || undefined,
    { what: `${ready} of ${wanted} agents to be counted` },
  );
}
