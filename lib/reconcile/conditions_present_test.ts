/** Conditions say how things are: those of two equal worlds are equal, whatever came before. */

import type { JsonObject } from "../base/json.ts";
import assert from "node:assert/strict";
import fc from "fast-check";
import { PlannedWorld } from "../../tests/support/controller/planned_world.ts";
import { ippoolSample, vmnetcfgSample } from "../../tests/support/apiserver/samples.ts";
import type { KubeObject } from "../api/meta.ts";

const NETWORK = "default/net-48";
const POOLS = ["ippool-1", "ippool-2"];
const VMS = ["a", "b"];

const NAD = {
  apiVersion: "k8s.cni.cncf.io/v1",
  kind: "NetworkAttachmentDefinition",
  metadata: { name: "net-48", namespace: "default" },
};

const AGENTS = {
  unobserved: undefined,
  ready: { ready: true, reason: "Serving", message: "" },
  unready: { ready: false, reason: "NotDeployed", message: "no agent" },
} as const;

/** What befalls a world; each changes one thing. */
const EVENTS = {
  pausePool: (world: PlannedWorld, i: number) => setPool(world, i, { paused: true }),
  resumePool: (world: PlannedWorld, i: number) => setPool(world, i, { paused: false }),
  breakPool: (world: PlannedWorld, i: number) => setIpv4Config(world, i, { serverIP: "1.2.3.4" }),
  spoilPool: (world: PlannedWorld, i: number) => setIpv4Config(world, i, { dns: ["0.0.0.0"] }),
  mendPool: (world: PlannedWorld, i: number) =>
    setIpv4Config(world, i, { serverIP: "192.168.48.77", dns: [] }),
  excludeAll: (world: PlannedWorld, i: number) => setExclude(world, i, ["192.168.48.82"]),
  deletePool: (world: PlannedWorld, i: number) => world.delete(world.pools, POOLS[i]!),
  makePool: (world: PlannedWorld, i: number) => {
    if (!world.pools.has(POOLS[i]!)) world.put(world.pools, poolOf(POOLS[i]!));
  },
  spoilRecord: (world: PlannedWorld, i: number) => {
    const ipv4 = { allocated: { "192.168.48.82": "?", "10.0.0.1": "EXCLUDED" } };
    world.patch(world.pools, POOLS[i]!, { status: { ipv4 } });
  },
  loseStatus: (world: PlannedWorld, i: number) =>
    world.patch(world.pools, POOLS[i]!, { status: undefined }),
  addNetwork: (world: PlannedWorld) => void (world.nad = NAD),
  removeNetwork: (world: PlannedWorld) => void (world.nad = undefined),
  agentUnobserved: (world: PlannedWorld) => void (world.agent = AGENTS.unobserved),
  agentReady: (world: PlannedWorld) => void (world.agent = AGENTS.ready),
  agentUnready: (world: PlannedWorld) => void (world.agent = AGENTS.unready),
  deleteVm: (world: PlannedWorld, i: number) => world.delete(world.vms, VMS[i]!),
  pauseVm: (world: PlannedWorld, i: number) => setVm(world, i, { paused: true }),
  resumeVm: (world: PlannedWorld, i: number) => setVm(world, i, { paused: false }),
  stripVm: (world: PlannedWorld, i: number) => setVm(world, i, { networkConfigs: [] }),
  dressVm: (world: PlannedWorld, i: number) => setVm(world, i, { networkConfigs: [nicOf(i)] }),
  breakVm: (world: PlannedWorld, i: number) =>
    setVm(world, i, { networkConfigs: [{ ...nicOf(i), ipAddress: "bogus" }] }),
  spoilVm: (world: PlannedWorld, i: number) =>
    setVm(world, i, { networkConfigs: [{ ...nicOf(i), macAddress: "01:00:5e:00:00:01" }] }),
};

function setPool(world: PlannedWorld, i: number, spec: JsonObject): void {
  world.patch(world.pools, POOLS[i]!, { spec });
}

function setIpv4Config(world: PlannedWorld, i: number, change: JsonObject): void {
  const spec = world.pools.get(POOLS[i]!)?.spec as { ipv4Config: JsonObject } | undefined;
  if (spec !== undefined) setPool(world, i, { ipv4Config: { ...spec.ipv4Config, ...change } });
}

function setExclude(world: PlannedWorld, i: number, exclude: readonly string[]): void {
  setIpv4Config(world, i, { pool: { start: "192.168.48.82", end: "192.168.48.83", exclude } });
}

function setVm(world: PlannedWorld, i: number, spec: JsonObject): void {
  world.patch(world.vms, VMS[i]!, { spec });
}

function nicOf(i: number): JsonObject {
  return { macAddress: `52:54:00:00:0b:0${i}`, networkName: NETWORK };
}

function poolOf(name: string): KubeObject {
  const pool = { start: "192.168.48.82", end: "192.168.48.83", exclude: undefined };
  return ippoolSample({ metadata: { name }, pool });
}

function createWorld(): PlannedWorld {
  const world = new PlannedWorld();
  world.put(world.pools, poolOf(POOLS[0]!));
  VMS.forEach((name, i) =>
    world.put(
      world.vms,
      vmnetcfgSample({
        // A deleted one stays, so that there is something to be said of it.
        metadata: { name, finalizers: ["others/keep-it"] },
        spec: { networkConfigs: [nicOf(i)] },
      }),
    )
  );
  return world;
}

/** The same objects as if nobody had ever written a condition. */
function withoutHistory(world: PlannedWorld): PlannedWorld {
  const fresh = new PlannedWorld();
  fresh.nad = world.nad;
  fresh.agent = world.agent;
  const kinds = [[world.pools, fresh.pools], [world.vms, fresh.vms]] as const;
  for (const [from, to] of kinds) {
    for (const [name, object] of from) {
      const status = { ...object.status as JsonObject };
      delete status.conditions;
      to.set(name, { ...object, status });
    }
  }
  return fresh;
}

function conditionsOf(world: PlannedWorld): unknown {
  return [...world.pools.values(), ...world.vms.values()].map(({ metadata, status }) => {
    const { conditions = [] } = (status ?? {}) as { conditions?: JsonObject[] };
    return [
      metadata.name,
      ...conditions.map(({ lastUpdateTime: _, lastTransitionTime: __, ...rest }) => rest),
    ];
  });
}

Deno.test("conditions of pools and VMs at rest do not depend on their history", () => {
  const event = fc.tuple(
    fc.constantFrom(...Object.keys(EVENTS) as (keyof typeof EVENTS)[]),
    fc.integer({ min: 0, max: 1 }),
    fc.boolean(),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 25 }), (events) => {
      const world = createWorld();
      for (const [name, i, settles] of events) {
        EVENTS[name](world, i);
        if (settles) world.settle();
      }
      world.settle();
      const fresh = withoutHistory(world);
      fresh.settle();
      assert.deepEqual(conditionsOf(world), conditionsOf(fresh));
    }),
    { numRuns: 400 },
  );
});

Deno.test("AgentReady of a pool that goes on after a pause says nothing where nobody observes agents", () => {
  const world = createWorld();
  world.settle();
  const before = conditionsOf(world);
  setPool(world, 0, { paused: true });
  world.settle();
  assert.match(
    JSON.stringify(conditionsOf(world)),
    /"AgentReady","status":"False","reason":"Paused"/,
  );
  setPool(world, 0, { paused: false });
  world.settle();
  assert.deepEqual(conditionsOf(world), before);
  assert.doesNotMatch(JSON.stringify(before), /AgentReady/);
});
