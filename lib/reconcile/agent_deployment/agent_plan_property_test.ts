/** Random worlds of agents: a plan that was carried out leaves nothing to be done. */

import assert from "node:assert/strict";
import fc from "fast-check";
import type { JsonObject } from "../../base/json.ts";
import {
  afterSteps,
  agentWorld,
  goPod,
  HELD,
  ownPod,
} from "../../../tests/support/controller/agent_worlds.ts";
import { asStored, deployed } from "../../../tests/support/controller/stored_agents.ts";
import { planAgents } from "./agent_plan.ts";
import type { AgentWorld } from "./agent_world.ts";

const GOING = { deletionTimestamp: "2026-01-01T00:00:00Z" };
const FINALIZER = "wrangler.cattle.io/vm-dhcp-ippool-controller";
const POD_STATES: readonly JsonObject[] = [
  {},
  { phase: "Failed" },
  { conditions: [{ type: "Ready", status: "False" }] },
];

const SETTINGS = fc.record({
  image: fc.constantFrom("registry/vm-dhcp:v1", "registry/vm-dhcp:v2", undefined),
  replicas: fc.integer({ min: 1, max: 5 }),
  serviceAccountName: fc.constantFrom("agents", undefined),
  dryRun: fc.boolean(),
});

/** What was made under other settings, some of it deleted since. */
const STORED = fc.tuple(SETTINGS, fc.subarray(Object.keys(deployed()))).map(([settings, kept]) => {
  const all = deployed({
    settings: { ...settings, image: settings.image ?? "registry/vm-dhcp:v0" },
  });
  return Object.fromEntries(
    Object.entries(all).filter(([key]) => kept.includes(key)),
  ) as Partial<AgentWorld["stored"]>;
});

const PODS = fc.array(
  fc.tuple(fc.constantFrom(ownPod, undefined), fc.constantFrom(...POD_STATES), fc.boolean()),
  { maxLength: 4 },
).map((pods) =>
  pods.map(([isOwn, status, isGoing], i) => {
    const metadata = isGoing ? GOING : {};
    return isOwn ? ownPod(`pod-${i}`, { status, metadata }) : goPod({ status, metadata });
  })
);

const SITUATIONS = fc.record({
  isPoolGone: fc.integer({ min: 0, max: 5 }).map((chance) => chance === 0),
  pool: fc.record({
    metadata: fc.record({
      annotations: fc.constantFrom<JsonObject>(
        ...[{}, HELD, { "network.harvesterhci.io/agent-replicas": "3" }],
      ),
      deletionTimestamp: fc.constantFrom(undefined, GOING.deletionTimestamp),
      finalizers: fc.constantFrom([], [FINALIZER]),
    }),
    spec: fc.record({ paused: fc.boolean() }),
  }),
  network: fc.constantFrom(
    ...[null, {}, { "network.harvesterhci.io/clusternetwork": "vlan" }],
    { "network.harvesterhci.io/clusternetwork": "other" },
  ),
  settings: SETTINGS,
  stored: STORED,
  pods: PODS,
});

Deno.test("planAgents() gives no steps once its steps were carried out", () => {
  fc.assert(
    fc.property(SITUATIONS, (situation) => {
      const world = agentWorld(situation);
      const { steps } = planAgents(world);
      const after = afterSteps(world, steps, asStored);
      // Pods of a Deployment that was missing are trusted once it is there again.
      const isMade = steps.some(({ do: what, type }) =>
        what === "create" && type.kind === "Deployment"
      );
      const more = planAgents(after).steps;
      assert.ok(isMade ? more.every(({ type }) => type.kind === "Pod") : more.length === 0);
      assert.deepEqual(planAgents(afterSteps(after, more, asStored)).steps, []);
    }),
    { numRuns: 500 },
  );
});

Deno.test("planAgents() deletes no agent that answers while its pool is served", () => {
  fc.assert(
    fc.property(SITUATIONS, (situation) => {
      const world = agentWorld({ ...situation, isPoolGone: false });
      const { spec, metadata } = world.ippool!.object;
      if ((spec as JsonObject).paused || metadata.deletionTimestamp !== undefined) return;
      const { steps, status } = planAgents(world);
      assert.ok(!steps.some((step) => step.do === "delete" && step.type.kind === "Deployment"));
      // Only one that another takes the place of.
      const deleted = steps.filter((step) => step.do === "delete" && step.type.kind === "Pod");
      if (deleted.length > 0) assert.ok(status.ready);
    }),
    { numRuns: 500 },
  );
});
