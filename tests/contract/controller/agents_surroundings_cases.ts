/** Agents that a controller deploys, and what else is there: objects of others, of the Go version, and without a pool. */

import assert from "node:assert/strict";
import { UNOBSERVED_AGENTS } from "../../../lib/controller/ippool/agent_observer.ts";
import { isJsonEqual, valueAt } from "../../../lib/base/json.ts";
import type { KubeObject } from "../../../lib/api/meta.ts";
import { DEPLOYMENTS, EVENTS, IPPOOLS, PODS } from "../../../lib/api/resources.ts";
import { isStatus } from "../../../lib/kube/contract.ts";
import type { ControllerCase } from "./controller_cases.ts";
import {
  conditionMessageOf,
  conditionOf,
  macOf,
  makeVm,
  untilCondition,
} from "../../support/controller/controller_objects.ts";
import type { ControllerWorld } from "../../support/controller/controller_world.ts";
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
import {
  setPodStatus,
  StandInAgents,
  standInOwner,
} from "../../support/controller/stand_in_agents.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";

export const AGENT_SURROUNDINGS_CASES: readonly ControllerCase[] = [
  {
    name: "replaces the agent of the Go version once an agent of its own answers",
    async run(world) {
      await makePoolOnNodes(world);
      const bare = await makeBarePod(world);
      await deployAgents(world);
      const name = agentNameIn(world);
      await world.until(DEPLOYMENTS, name, { what: "the Deployment", holds: () => true });
      await makeVm(world, "vm-1", [{ macAddress: macOf(1) }]);
      await untilCondition(world, "vm-1", "Allocated True");
      const { metadata } = await world.get(PODS, name);
      assert.equal(metadata.uid, bare.metadata.uid);
      assert.equal(metadata.deletionTimestamp, undefined);
      await using _agents = new StandInAgents(world.client, world.namespace);
      await world.untilGone(PODS, name);
      await world.until(IPPOOLS, "ippool-1", {
        what: "an agent of its own in the pool",
        holds: (pool) => ![undefined, name].includes(podRefOf(pool)["name"] as string),
      });
    },
  },
  {
    name: "names what is in the way of agents, leaves it alone, and goes on when it is gone",
    async run(world) {
      const name = agentNameIn(world);
      await world.create(DEPLOYMENTS, strangeDeployment(name, { app: "other" }));
      await deployAgents(world);
      await makePoolOnNodes(world);
      const pool = await untilAgents(world, "False NameTaken");
      assert.match(
        conditionMessageOf(pool, "AgentReady"),
        new RegExp(`Deployment ${world.namespace}/${name} is in the way.*delete it`),
      );
      assert.equal(imageOf(await world.get(DEPLOYMENTS, name)), "other:1");
      await using _agents = new StandInAgents(world.client, world.namespace);
      await world.delete(DEPLOYMENTS, name);
      await world.patch(IPPOOLS, "ippool-1", { metadata: { annotations: { look: "again" } } });
      await untilAgents(world, "True");
    },
  },
  {
    name: "deletes an agent of the Go version slowly that is made again each time, and says so",
    async run(world) {
      await using _agents = new StandInAgents(world.client, world.namespace);
      const controller = await deployAnsweringAgents(world);
      await untilContested(world, "Pod", () => makeBarePod(world));
      const deletions = controller.writes.filter((write) => write === "delete pods").length;
      assert.ok(deletions <= 14, `${deletions} deletions`);
    },
  },
  {
    name: "makes a Deployment slowly anew that has another selector each time, and says so",
    async run(world) {
      await using _agents = new StandInAgents(world.client, world.namespace);
      const controller = await deployAnsweringAgents(world);
      const name = agentNameIn(world);
      const { metadata: { labels = {} } } = await world.get(DEPLOYMENTS, name);
      const other = { ...strangeDeployment(name, { app: "other" }), metadata: { name, labels } };
      const selectorOf = (deployment: KubeObject) => valueAt(deployment, "spec.selector");
      await untilContested(world, "Deployment", async () => {
        const stored = await world.get(DEPLOYMENTS, name);
        if (isJsonEqual(selectorOf(stored), selectorOf(other))) return;
        await world.delete(DEPLOYMENTS, name);
        await world.create(DEPLOYMENTS, other);
      });
      const deletions = controller.writes.filter((write) => write === "delete deployments").length;
      assert.ok(deletions <= 14, `${deletions} deletions`);
    },
  },
  {
    name: "puts labels back slowly that are taken away each time, and says so",
    async run(world) {
      await using _agents = new StandInAgents(world.client, world.namespace);
      const controller = await deployAnsweringAgents(world);
      const name = agentNameIn(world);
      const labels = { "network.harvesterhci.io/vm-dhcp-controller": null };
      await untilContested(
        world,
        "Deployment",
        () => world.patch(DEPLOYMENTS, name, { metadata: { labels } }),
      );
      const writes = controller.writes.filter((write) => write === "replace deployments").length;
      assert.ok(writes <= 14, `${writes} writes`);
    },
  },
  {
    name: "takes away what is left of agents whose pool is gone, and nothing else",
    async run(world) {
      const gone = {
        "network.harvesterhci.io/vm-dhcp-controller": "agent",
        "network.harvesterhci.io/ippool-namespace": world.namespace,
        "network.harvesterhci.io/ippool-name": "gone",
      };
      const [ours, renamed, unlabelled] = [
        `${world.namespace}-gone-agent`,
        "another-agent",
        `${world.namespace}-lost-agent`,
      ];
      await world.create(DEPLOYMENTS, strangeDeployment(ours, gone));
      await world.create(DEPLOYMENTS, strangeDeployment(renamed, gone));
      await world.create(DEPLOYMENTS, strangeDeployment(unlabelled, { app: "other" }));
      await deployAgents(world);
      await world.untilGone(DEPLOYMENTS, ours);
      await makePoolOnNodes(world);
      await world.until(DEPLOYMENTS, agentNameIn(world), { what: "agents", holds: () => true });
      for (const name of [renamed, unlabelled]) await world.get(DEPLOYMENTS, name);
    },
  },
  {
    name: "leaves agents alone when others run them",
    async run(world) {
      await using _agents = new StandInAgents(world.client, world.namespace);
      const controller = await deployAnsweringAgents(world);
      await controller.stop();
      const other = await world.start(undefined, UNOBSERVED_AGENTS);
      await world.delete(IPPOOLS, "ippool-1");
      await world.untilGone(IPPOOLS, "ippool-1");
      await world.get(DEPLOYMENTS, agentNameIn(world));
      assert.deepEqual(other.writes.filter((write) => /deployments|pods/.test(write)), []);
    },
  },
  {
    name: "says that no agents are deployed without an image, and keeps those that are there",
    async run(world) {
      await using _agents = new StandInAgents(world.client, world.namespace);
      const bare = await deployAgents(world, { image: undefined });
      await makePoolOnNodes(world);
      const pool = await untilAgents(world, "False NotDeployed");
      assert.match(conditionMessageOf(pool, "AgentReady"), /--image/);
      await bare.stop();
      const whole = await deployAgents(world);
      await untilAgents(world, "True");
      await whole.stop();
      await deployAgents(world, { image: undefined });
      assert.equal(imageOf(await untilRepaired(world)), IMAGE);
      await untilAgents(world, "True");
    },
  },
  {
    name: "says with the words of the kubelet why a pod hangs that no status explains",
    async run(world) {
      await deployAgents(world);
      await makePoolOnNodes(world);
      const name = agentNameIn(world);
      const { metadata: { labels = {} } } = await world.until(DEPLOYMENTS, name, {
        what: "the Deployment",
        holds: () => true,
      });
      const { metadata: { uid } } = await makeHangingPod(world, name, labels);
      await world.create(EVENTS, {
        ...{ apiVersion: "events.k8s.io/v1", kind: "Event", metadata: { name: "hangs" } },
        ...{ eventTime: "2026-01-01T00:00:00.000000Z", type: "Warning", action: "Sandbox" },
        ...{ reportingController: "kubelet", reportingInstance: "node-1" },
        regarding: { kind: "Pod", name: `${name}-1-x`, namespace: world.namespace, uid },
        reason: "FailedCreatePodSandBox",
        note: "no bridge br-48",
      });
      const pool = await world.until(IPPOOLS, "ippool-1", {
        what: "the words of the kubelet",
        holds: (each) => conditionMessageOf(each, "AgentReady").includes("no bridge br-48"),
      });
      assert.equal(conditionOf(pool, "AgentReady"), "False PodNotSetUp");
    },
  },
];

/** Does this again and again until the pool says that the controller and somebody undo each other's work. */
async function untilContested(
  world: ControllerWorld,
  kind: string,
  undo: () => Promise<unknown>,
): Promise<void> {
  const says = new RegExp(`${kind} \\S+ is (made|deleted or without its labels) again each time`);
  await waitUntil(async () => {
    try {
      await undo();
    } catch (error) {
      // The controller was faster, or has still to do its part.
      if (!isStatus(error, 404, 409)) throw error;
    }
    const pool = await world.get(IPPOOLS, "ippool-1");
    return says.test(conditionMessageOf(pool, "AgentReady")) || undefined;
  }, { what: `a ${kind} that is left alone` });
}

function strangeDeployment(name: string, labels: Record<string, string>): KubeObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, labels },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: "agent", image: "other:1" }] },
      },
    },
  };
}

/** As the Go version leaves its agent. */
async function makeBarePod(world: ControllerWorld): Promise<KubeObject> {
  const pod = await world.create(PODS, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: agentNameIn(world),
      labels: {
        "network.harvesterhci.io/vm-dhcp-controller": "agent",
        "network.harvesterhci.io/ippool-namespace": world.namespace,
        "network.harvesterhci.io/ippool-name": "ippool-1",
      },
    },
    spec: { containers: [{ name: "agent", image: "rancher/harvester-vm-dhcp-agent:main-head" }] },
  });
  await world.client.mergePatch(PODS, world.nameOf(pod.metadata.name), {
    status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] },
  }, { subresource: "status" });
  return pod;
}

/** A pod of the Deployment that its node does not start. */
async function makeHangingPod(
  world: ControllerWorld,
  deployment: string,
  labels: Readonly<Record<string, string>>,
): Promise<KubeObject> {
  const pod = await world.create(PODS, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `${deployment}-1-x`,
      labels,
      ownerReferences: [standInOwner(deployment)],
    },
    spec: { nodeName: "node-1", containers: [{ name: "agent", image: IMAGE }] },
  });
  await setPodStatus(world.client, pod, {
    phase: "Pending",
    conditions: [{ type: "PodScheduled", status: "True" }],
    containerStatuses: [{
      ...{ name: "agent", image: IMAGE, imageID: "", ready: false, restartCount: 0 },
      state: { waiting: { reason: "ContainerCreating" } },
    }],
  });
  return pod;
}
