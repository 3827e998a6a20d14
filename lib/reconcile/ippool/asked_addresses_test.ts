/** Addresses of the subnet that are asked for although they are beside the range. */

import assert from "node:assert/strict";
import { PlannedWorld } from "../../../tests/support/controller/planned_world.ts";
import { ippoolSample, vmnetcfgSample } from "../../../tests/support/apiserver/samples.ts";
import type { JsonObject } from "../../base/json.ts";
import { conditionOf } from "../conditions.ts";

const POOL = "ippool-1";
const ASKED = "192.168.48.10";

/** A pool of .82 and .83, and a VM that asks for an address beside it. */
function worldWith(ipAddress: string): PlannedWorld {
  const world = new PlannedWorld();
  const pool = { start: "192.168.48.82", end: "192.168.48.83", exclude: ["192.168.48.11"] };
  world.put(world.pools, ippoolSample({ pool }));
  put(world, "a", ipAddress);
  world.settle();
  return world;
}

function put(world: PlannedWorld, name: string, ipAddress?: string): void {
  const nic = { macAddress: `52:54:00:00:00:0${name}`, networkName: "default/net-48" };
  const networkConfigs = [ipAddress === undefined ? nic : { ...nic, ipAddress }];
  const spec = { vmName: name, networkConfigs };
  if (world.vms.has(name)) world.patch(world.vms, name, { spec });
  else world.put(world.vms, vmnetcfgSample({ metadata: { name }, spec }));
}

function ipv4Of(world: PlannedWorld): JsonObject {
  return (world.pools.get(POOL)!.status as { ipv4: JsonObject }).ipv4;
}

function cacheReadyOf(world: PlannedWorld): string {
  const { conditions } = world.pools.get(POOL)!.status as JsonObject;
  return conditionOf(conditions, "CacheReady")!.reason;
}

function allocatedOf(world: PlannedWorld, name: string): string {
  const { conditions } = world.vms.get(name)!.status as JsonObject;
  return conditionOf(conditions, "Allocated")!.reason;
}

Deno.test("planIPPool() binds an address of the subnet that is asked for, and counts it beside the range", () => {
  const world = worldWith(ASKED);
  const { allocated, ...counts } = ipv4Of(world);
  assert.equal((allocated as JsonObject)[ASKED], "52:54:00:00:00:0a");
  assert.deepEqual(counts, {
    used: 1,
    available: 2,
    total: 3,
    excluded: 0,
    reserved: 0,
    outOfRange: 1,
  });
  assert.equal(cacheReadyOf(world), "RecordRead");
  assert.equal(allocatedOf(world, "a"), "AddressesRecorded");
});

for (
  const [ipAddress, reason] of [
    ["192.168.48.77", "AddressReserved"],
    ["192.168.48.11", "AddressExcluded"],
    ["192.168.48.0", "AddressReserved"],
    ["192.168.48.255", "AddressReserved"],
    ["192.168.49.10", "OutOfRange"],
  ] as const
) {
  Deno.test(`planIPPool() does not bind ${ipAddress}: ${reason}`, () => {
    const world = worldWith(ipAddress);
    assert.equal(world.view(POOL).record.bindings.size, 0);
    assert.equal(allocatedOf(world, "a"), reason);
  });
}

Deno.test("planIPPool() gives an address beside the range to the first that asks, and to the next after it", () => {
  const world = worldWith(ASKED);
  put(world, "b", ASKED);
  world.settle();
  assert.equal(allocatedOf(world, "b"), "AddressTaken");
  world.delete(world.vms, "a");
  world.settle();
  assert.equal(allocatedOf(world, "b"), "AddressesRecorded");
});

Deno.test("planIPPool() leaves a VM the address beside the range that it asked for once, and says so", () => {
  const world = worldWith(ASKED);
  put(world, "a");
  world.settle();
  assert.equal(allocatedOf(world, "a"), "AddressesRecorded");
  assert.equal(cacheReadyOf(world), "RecordHasProblems");
  put(world, "a", ASKED);
  world.settle();
  assert.equal(cacheReadyOf(world), "RecordRead");
});

Deno.test("planIPPool() records an address beside the range again that the record lost, also while it is paused", () => {
  const world = worldWith(ASKED);
  world.patch(world.pools, POOL, { spec: { paused: true }, status: { ipv4: undefined } });
  put(world, "b", ASKED);
  world.settle();
  assert.equal((ipv4Of(world).allocated as JsonObject)[ASKED], "52:54:00:00:00:0a");
});
