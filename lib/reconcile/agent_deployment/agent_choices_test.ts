/** How many agents a pool gets, and with which image. */

import assert from "node:assert/strict";
import type { JsonObject } from "../../base/json.ts";
import {
  afterSteps,
  type AgentSituation,
  agentWorld,
  HELD,
} from "../../../tests/support/controller/agent_worlds.ts";
import { deployed } from "../../../tests/support/controller/stored_agents.ts";
import { planAgents } from "./agent_plan.ts";
import type { AgentWorld } from "./agent_world.ts";

const REPLICAS = "network.harvesterhci.io/agent-replicas";

/** The template of the pods as it is wished in a world, and how many. */
function wishIn(world: AgentWorld): { readonly replicas: number; readonly pod: JsonObject } {
  const { stored } = afterSteps(world, planAgents(world).steps);
  const { replicas, template } = stored.deployment!.spec as {
    readonly replicas: number;
    readonly template: { readonly spec: JsonObject };
  };
  return { replicas, pod: template.spec };
}

function imageIn(world: AgentWorld): unknown {
  return (wishIn(world).pod.containers as readonly JsonObject[])[0]!.image;
}

const REPLICA_VALUES: readonly (readonly [value: string, replicas: number])[] = [
  ...([["1", 1], ["3", 3], ["5", 5], ["03", 3]] as const),
  ...["", "0", "6", "-1", "2.5", "two", " 2", "1e0", "99999999999999999999"]
    .map((value) => [value, 2] as const),
];

for (const [value, replicas] of REPLICA_VALUES) {
  Deno.test(`planAgents() for a pool that asks for "${value}" agents makes ${replicas}`, () => {
    const world = agentWorld({ pool: { metadata: { annotations: { [REPLICAS]: value } } } });
    assert.equal(wishIn(world).replicas, replicas);
  });
}

const IMAGES: readonly { name: string; situation: AgentSituation; want: string }[] = [
  { name: "follows the controller", situation: {}, want: "registry/vm-dhcp:v2" },
  {
    name: "stays that of the Deployment while the upgrade is held",
    situation: { pool: { metadata: { annotations: HELD } }, stored: deployed() },
    want: "registry/vm-dhcp:v1",
  },
  {
    name: "of a Deployment that somebody deleted while the upgrade is held is that of its last pod",
    situation: {
      pool: {
        metadata: { annotations: HELD },
        status: { agentPodRef: { name: "default-net-48-agent-x-y", image: "registry/vm-dhcp:v0" } },
      },
    },
    want: "registry/vm-dhcp:v0",
  },
  {
    name: "is not that of a last pod of the Go version, which cannot be run",
    situation: {
      pool: {
        metadata: { annotations: HELD },
        status: { agentPodRef: { name: "default-net-48-agent", image: "rancher/agent:v1" } },
      },
    },
    want: "registry/vm-dhcp:v2",
  },
];

for (const { name, situation, want } of IMAGES) {
  Deno.test(`planAgents() asks for an image that ${name}`, () => {
    const settings = { image: "registry/vm-dhcp:v2" };
    assert.equal(imageIn(agentWorld({ ...situation, settings })), want);
  });
}
