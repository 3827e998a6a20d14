/** The summary of both kinds: the condition `Ready`, and the generation that the status speaks of. */

import assert from "node:assert/strict";
import { ippoolSample, vmnetcfgSample } from "../../tests/support/apiserver/samples.ts";
import { PlannedWorld } from "../../tests/support/controller/planned_world.ts";
import type { JsonObject } from "../base/json.ts";
import type { KubeObject } from "../api/meta.ts";

const NAD = {
  apiVersion: "k8s.cni.cncf.io/v1",
  kind: "NetworkAttachmentDefinition",
  metadata: { name: "net-48", namespace: "default" },
};
const MAC = "52:54:00:00:00:0a";

function createWorld(generation?: number): PlannedWorld {
  const world = new PlannedWorld();
  world.nad = NAD;
  const metadata = generation === undefined ? {} : { generation };
  world.put(world.pools, ippoolSample({ metadata }));
  const networkConfigs = [{ macAddress: MAC, networkName: "default/net-48" }];
  world.put(world.vms, vmnetcfgSample({ metadata, spec: { networkConfigs } }));
  return world;
}

function conditionsOf(object: KubeObject | undefined): readonly JsonObject[] {
  return (object?.status as { conditions: JsonObject[] }).conditions;
}

function readyOf(object: KubeObject | undefined): string {
  const { status, reason } = conditionsOf(object).find(({ type }) => type === "Ready")!;
  return `${status} ${reason}`;
}

const POOL_CASES: readonly {
  readonly name: string;
  readonly change?: (world: PlannedWorld) => void;
  readonly ready: string;
}[] = [
  { name: "ready where agents are not observed", ready: "True Serving" },
  {
    name: "ready with an agent that is",
    change: (world) => (world.agent = { ready: true, reason: "Serving", message: "" }),
    ready: "True Serving",
  },
  {
    name: "ready when it is full",
    change: (world) =>
      setIpv4(world, { pool: { start: "192.168.48.77", end: "192.168.48.77", exclude: [] } }),
    ready: "True Serving",
  },
  {
    name: "ready when some options do not fit",
    change: (world) =>
      setIpv4(world, {
        routes: Array.from({ length: 35 }, (_, i) => (
          { destination: `10.0.${i}.0/24`, gateway: "192.168.48.1" }
        )),
      }),
    ready: "True Serving",
  },
  {
    name: "not ready with an agent that is not",
    change: (world) => (world.agent = { ready: false, reason: "NotDeployed", message: "no agent" }),
    ready: "False NotDeployed",
  },
  {
    name: "not ready without its network",
    change: (world) => (world.nad = undefined),
    ready: "False NetworkNotFound",
  },
  {
    name: "not ready when its specification is invalid",
    change: (world) => setIpv4(world, { serverIP: "10.0.0.1" }),
    ready: "False InvalidSpec",
  },
  {
    name: "not ready while it is paused, whatever else is wrong",
    change: (world) => {
      world.nad = undefined;
      world.patch(world.pools, "ippool-1", { spec: { paused: true } });
    },
    ready: "False Paused",
  },
  {
    name: "not ready while it is being deleted and its VMs stay",
    change: (world) => world.delete(world.pools, "ippool-1"),
    ready: "False BeingDeleted",
  },
];

function setIpv4(world: PlannedWorld, change: JsonObject): void {
  const { ipv4Config } = world.pools.get("ippool-1")!.spec as { ipv4Config: JsonObject };
  world.patch(world.pools, "ippool-1", { spec: { ipv4Config: { ...ipv4Config, ...change } } });
}

for (const { name, change, ready } of POOL_CASES) {
  Deno.test(`a pool is ${name}`, () => {
    const world = createWorld();
    world.settle();
    change?.(world);
    world.settle();
    assert.equal(readyOf(world.pools.get("ippool-1")), ready);
  });
}

Deno.test("a VirtualMachineNetworkConfig is ready when its network interfaces have addresses", () => {
  const world = createWorld();
  world.settle();
  assert.equal(readyOf(world.vms.get("test-vm")), "True Allocated");
  for (
    const [spec, ready] of [
      [{ paused: true }, "False Paused"],
      [{ paused: false, networkConfigs: [] }, "False NoNetworkConfigs"],
      [{ networkConfigs: "?" }, "False InvalidSpec"],
    ] as const
  ) {
    world.patch(world.vms, "test-vm", { spec });
    world.settle();
    assert.equal(readyOf(world.vms.get("test-vm")), ready);
  }
});

Deno.test("a status speaks of the newest generation, and a new one alone changes no time", () => {
  const world = createWorld(3);
  world.settle();
  const objects = [[world.pools, "ippool-1"], [world.vms, "test-vm"]] as const;
  for (const [kind, name] of objects) {
    const before = kind.get(name)!;
    assert.equal((before.status as JsonObject).observedGeneration, 3);
    world.patch(kind, name, { metadata: { generation: 4 } });
    world.settle();
    const after = kind.get(name)!;
    assert.equal((after.status as JsonObject).observedGeneration, 4);
    const renewed = conditionsOf(before).map((each) => ({ ...each, observedGeneration: 4 }));
    assert.deepEqual(conditionsOf(after), renewed);
  }
});

Deno.test("an object that cannot be read is told of once, not with each generation", () => {
  const world = createWorld(1);
  world.patch(world.vms, "test-vm", { spec: { networkConfigs: "?" } });
  world.stepVm("test-vm");
  assert.equal(world.planVm("test-vm").notes.length, 1);
  world.settle();
  world.patch(world.vms, "test-vm", { metadata: { generation: 2 } });
  const { status, notes } = world.planVm("test-vm");
  assert.equal((status as JsonObject).observedGeneration, 2);
  assert.deepEqual(notes, []);
});
