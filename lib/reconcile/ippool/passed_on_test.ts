/** An address that passes from one NIC to another: each write, one after the other. */

import assert from "node:assert/strict";
import { PlannedWorld } from "../../../tests/support/controller/planned_world.ts";
import { ippoolSample, vmnetcfgSample } from "../../../tests/support/apiserver/samples.ts";
import type { JsonObject } from "../../base/json.ts";
import { formatIpv4Address } from "../../net/ipv4_address.ts";

const POOL = "ippool-1";

/** A pool of .82 to the given last number, and settled VMs `a`, `b` and so on that hold its first addresses. */
function worldOf(last: number, ...vms: readonly string[]): PlannedWorld {
  const world = new PlannedWorld();
  const pool = { start: "192.168.48.82", end: `192.168.48.${last}`, exclude: [] };
  world.put(world.pools, ippoolSample({ pool }));
  for (const name of vms) put(world, name);
  world.settle();
  return world;
}

/** Lets a VM ask for an address, or for any. The last digit of its MAC is its name. */
function put(world: PlannedWorld, name: string, wanted?: number): void {
  const nic: JsonObject = {
    macAddress: `52:54:00:00:00:0${name}`,
    networkName: "default/net-48",
    ...(wanted === undefined ? {} : { ipAddress: `192.168.48.${wanted}` }),
  };
  const spec = { vmName: name, networkConfigs: [nic] };
  if (world.vms.has(name)) return world.patch(world.vms, name, { spec });
  world.put(world.vms, vmnetcfgSample({ metadata: { name }, spec }));
}

function recordOf(world: PlannedWorld): string {
  const entries = [...world.view(POOL).record.bindings]
    .map(([address, mac]) => `${formatIpv4Address(address).slice(11)}=${mac.toString(16).at(-1)}`);
  return entries.sort().join(" ");
}

/** The records that the pool writes one after the other, until nothing is left to do. */
function recordsOf(world: PlannedWorld): readonly string[] {
  const records: string[] = [];
  for (let step = 0; step < 10; step++) {
    const wrote = world.stepPool(POOL);
    if (wrote) records.push(recordOf(world));
    const told = [...world.vms.keys()].map((name) => world.stepVm(name));
    if (!wrote && !told.includes(true)) return records;
  }
  throw new Error("the planners do not come to rest");
}

const CASES: readonly {
  readonly name: string;
  readonly last: number;
  readonly vms: readonly string[];
  readonly change: (world: PlannedWorld) => void;
  readonly records: readonly string[];
}[] = [
  {
    name: "from a VM that goes to one that waits",
    last: 83,
    vms: ["a", "b", "c"],
    change: (world) => world.delete(world.vms, "a"),
    records: ["83=b", "82=c 83=b"],
  },
  {
    name: "from a VM that is paused to a new one that asks for it",
    last: 84,
    vms: ["a", "b"],
    change: (world) => {
      world.patch(world.vms, "a", { spec: { paused: true } });
      put(world, "c", 82);
      world.stepVm("c");
    },
    records: ["83=b", "82=c 83=b"],
  },
  {
    name: "between two that swap",
    last: 84,
    vms: ["a", "b", "c"],
    change: (world) => {
      put(world, "a", 83);
      put(world, "b", 82);
    },
    records: ["84=c", "82=b 83=a 84=c"],
  },
  {
    name: "in a ring of three",
    last: 84,
    vms: ["a", "b", "c"],
    change: (world) => {
      put(world, "a", 83);
      put(world, "b", 84);
      put(world, "c", 82);
    },
    records: ["", "82=c 83=a 84=b"],
  },
  {
    name: "one after the other, where the last one moves to a free one",
    last: 85,
    vms: ["a", "b", "c"],
    change: (world) => {
      put(world, "a", 83);
      put(world, "b", 84);
      put(world, "c", 85);
    },
    records: ["82=a 83=b 85=c", "82=a 84=b 85=c", "83=a 84=b 85=c"],
  },
  {
    name: "to the one that was told it, though another one waits longer",
    last: 82,
    vms: ["a", "b", "c"],
    change: (world) => {
      world.delete(world.vms, "a");
      const nic = { networkName: "default/net-48", macAddress: "52:54:00:00:00:0c" };
      const told = { ...nic, allocatedIPAddress: "192.168.48.82", state: "Allocated" };
      world.patch(world.vms, "c", { status: { networkConfigs: [told] } });
    },
    records: ["", "82=c"],
  },
];

for (const { name, last, vms, change, records } of CASES) {
  Deno.test(`planIPPool() passes an address on in two writes: ${name}`, () => {
    const world = worldOf(last, ...vms);
    change(world);
    assert.ok(world.planPool(POOL).record.isHalf);
    assert.deepEqual(recordsOf(world), records);
    assert.ok(!world.planPool(POOL).record.isHalf);
  });
}

Deno.test("planIPPool() gives two that swap what they had where it ends between the two writes", () => {
  const world = worldOf(83, "a", "b");
  put(world, "a", 83);
  put(world, "b", 82);
  world.stepPool(POOL);
  assert.equal(recordOf(world), "");
  world.restart();
  world.patch(world.pools, POOL, { spec: { paused: true } });
  world.settle();
  assert.equal(recordOf(world), "82=a 83=b");
  world.patch(world.pools, POOL, { spec: { paused: false } });
  world.settle();
  assert.equal(recordOf(world), "82=b 83=a");
});

Deno.test("planIPPool() needs one write where nobody waits for what it takes back", () => {
  const world = worldOf(84, "a", "b");
  world.delete(world.vms, "a");
  put(world, "c");
  world.stepVm("c");
  assert.deepEqual(recordsOf(world), ["83=b 84=c"]);
});
