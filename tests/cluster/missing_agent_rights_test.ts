/** A controller that lacks one right to deploy agents says so, hands out addresses, and does the rest. */

import assert from "node:assert/strict";
import { DEPLOYMENTS, IPPOOLS } from "../../lib/api/resources.ts";
import { Account, nameOf, type Right, rightsOfExample } from "../support/cluster/account.ts";
import { clusterAccessOf, makeNamespace } from "../support/cluster/cluster_access.ts";
import { sharedControlPlane } from "../support/cluster/shared_control_plane.ts";
import {
  conditionMessageOf,
  conditionOf,
  macOf,
  makeVm,
  untilCondition,
} from "../support/controller/controller_objects.ts";
import { ControllerWorld } from "../support/controller/controller_world.ts";
import {
  agentNameIn,
  deployAgents,
  makePoolOnNodes,
  untilAgents,
} from "../support/controller/deployed_agents.ts";
import { StandInAgents } from "../support/controller/stand_in_agents.ts";
import { integrationTest } from "../support/harness/integration_test.ts";

const POOLS = rightsOfExample("vm-dhcp-controller");
const AGENTS = rightsOfExample("vm-dhcp-controller-agents");
const ALL = [...POOLS, ...AGENTS];

/** Those without which something cannot be made that every pool has, and read before it is made. */
const CHECKED = [...AGENTS, ...POOLS.filter(({ resource }) => /^role/.test(resource))]
  .filter(({ verb, resource }) =>
    ["create", "list"].includes(verb) && !["secrets", "events"].includes(resource)
  );

async function tryWithout(missing: Right): Promise<void> {
  const access = await sharedControlPlane();
  const namespace = await makeNamespace(access, "rights");
  const account = new Account(access, namespace);
  const token = await account.make(ALL.filter((right) => right !== missing));
  await using users = new ControllerWorld(clusterAccessOf(access), namespace);
  await using world = new ControllerWorld(clusterAccessOf({ ...access, token }), namespace);
  await using _agents = new StandInAgents(users.client, namespace);
  const starting = deployAgents(world);
  await makePoolOnNodes(users);
  const words = `cannot ${missing.verb} resource "${missing.resource}"`;
  const isSaid = (text: string) => text.includes(words);
  await users.until(IPPOOLS, "ippool-1", {
    what: `a condition that says ${words}`,
    holds: (pool) => isSaid(conditionMessageOf(pool, "AgentReady")),
  });
  const { log } = await starting;
  const lines = log.lines.filter(({ fields }) => isSaid(String(fields["error"])));
  assert.ok(lines.length >= 1 && lines.length <= 2, JSON.stringify(lines));
  await makeVm(users, "vm-1", [{ macAddress: macOf(1) }]);
  await untilCondition(users, "vm-1", "Allocated True");
  await account.grant(ALL);
  await starting;
  // What is refused is tried again each minute, or when something changes.
  await users.patch(IPPOOLS, "ippool-1", { metadata: { annotations: { look: "again" } } });
  await users.until(IPPOOLS, "ippool-1", {
    what: "agents that answer",
    limitMs: 60_000,
    holds: (pool) =>
      conditionOf(pool, "AgentReady") === "True" &&
      /^2 agents are ready: \S+, \S+$/.test(conditionMessageOf(pool, "AgentReady")),
  });
  await users.until(DEPLOYMENTS, agentNameIn(users), { what: "agents", holds: () => true });
}

for (const right of CHECKED) {
  await integrationTest({
    name: `a controller that may not ${nameOf(right)} says so, and deploys agents once it may`,
    needs: ["kube"],
    run: () => tryWithout(right),
  });
}

await integrationTest({
  name: "a controller that may not delete Deployments keeps a pool until it may",
  needs: ["kube"],
  run: async () => {
    const access = await sharedControlPlane();
    const namespace = await makeNamespace(access, "rights");
    const account = new Account(access, namespace);
    const mayNot = ({ verb, resource }: Right) => verb === "delete" && resource === "deployments";
    const token = await account.make(ALL.filter((right) => !mayNot(right)));
    await using users = new ControllerWorld(clusterAccessOf(access), namespace);
    await using world = new ControllerWorld(clusterAccessOf({ ...access, token }), namespace);
    await using _agents = new StandInAgents(users.client, namespace);
    await deployAgents(world);
    await makePoolOnNodes(users);
    await untilAgents(users, "True");
    await users.delete(IPPOOLS, "ippool-1");
    await users.until(IPPOOLS, "ippool-1", {
      what: "the reason in a condition",
      holds: (pool) =>
        conditionMessageOf(pool, "AgentReady").includes('cannot delete resource "deployments"'),
    });
    await account.grant(ALL);
    await users.patch(IPPOOLS, "ippool-1", { metadata: { annotations: { look: "again" } } });
    await users.untilGone(IPPOOLS, "ippool-1");
  },
});
