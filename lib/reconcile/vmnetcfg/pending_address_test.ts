import assert from "node:assert/strict";
import { PlannedWorld } from "../../../tests/support/controller/planned_world.ts";
import { ippoolSample, vmnetcfgSample } from "../../../tests/support/apiserver/samples.ts";
import type { JsonObject } from "../../base/json.ts";

const MACS = ["52:54:00:00:00:0a", "52:54:00:00:00:0b"];

/** A pool of so many addresses, from 192.168.48.82 on. */
function worldOf(addresses: number): PlannedWorld {
  const world = new PlannedWorld();
  const end = `192.168.48.${81 + addresses}`;
  world.put(world.pools, ippoolSample({ pool: { start: "192.168.48.82", end, exclude: [] } }));
  return world;
}

function putVm(world: PlannedWorld, name: string, nic: JsonObject): void {
  const networkConfigs = [{ networkName: "default/net-48", ...nic }];
  world.put(world.vms, vmnetcfgSample({ metadata: { name }, spec: { networkConfigs } }));
}

function pause(world: PlannedWorld, name: string, paused: boolean): void {
  world.patch(world.vms, name, { spec: { paused } });
}

function nicsOf(world: PlannedWorld, name: string): readonly string[] {
  const { networkConfigs } = world.vms.get(name)!.status as { networkConfigs: JsonObject[] };
  return networkConfigs.map(({ state, allocatedIPAddress }) => `${state} ${allocatedIPAddress}`);
}

Deno.test("pendingAddressOf() keeps the address of a paused object, which gets it again after a restart", () => {
  const world = worldOf(3);
  putVm(world, "first", { macAddress: MACS[0] });
  putVm(world, "paused", { macAddress: MACS[1] });
  world.settle();
  pause(world, "paused", true);
  world.settle();
  assert.deepEqual(nicsOf(world, "paused"), ["Pending 192.168.48.83"]);
  assert.equal(world.view("ippool-1").record.bindings.size, 1);
  world.restart();
  pause(world, "paused", false);
  world.settle();
  assert.deepEqual(nicsOf(world, "paused"), ["Allocated 192.168.48.83"]);
});

Deno.test("pendingAddressOf() gives up the address of a paused object when somebody else gets it", () => {
  const world = worldOf(1);
  putVm(world, "paused", { macAddress: MACS[0] });
  world.settle();
  pause(world, "paused", true);
  world.settle();
  putVm(world, "next", { macAddress: MACS[1] });
  world.stepVm("next");
  assert.equal(world.planVm("paused").pending.length, 1);
  world.settle();
  assert.deepEqual(nicsOf(world, "next"), ["Allocated 192.168.48.82"]);
  assert.deepEqual(nicsOf(world, "paused"), []);
  assert.deepEqual(world.planVm("paused").pending, []);
});

Deno.test("pendingAddressOf() keeps no address that the pool does not hand out", () => {
  const world = worldOf(2);
  const allocatedIPAddress = "192.168.48.90";
  const named = { macAddress: MACS[0], networkName: "default/net-48", allocatedIPAddress };
  putVm(world, "paused", { macAddress: MACS[0] });
  world.patch(world.vms, "paused", {
    spec: { paused: true },
    status: { networkConfigs: [{ ...named, state: "Pending" }] },
  });
  world.settle();
  assert.deepEqual(nicsOf(world, "paused"), []);
});

Deno.test("a status names no NIC without an address, whatever another program left there", () => {
  const world = worldOf(1);
  const nic = { macAddress: MACS[0], networkName: "default/net-48" };
  const left = [{ ...nic, state: "Pending" }, { ...nic, allocatedIPAddress: "", state: "Stale" }];
  putVm(world, "waiting", { macAddress: MACS[0], ipAddress: "192.168.48.77" });
  putVm(world, "unreadable", { macAddress: "bogus" });
  for (const name of ["waiting", "unreadable"]) {
    world.patch(world.vms, name, { status: { networkConfigs: left } });
  }
  world.settle();
  for (const name of ["waiting", "unreadable"]) assert.deepEqual(nicsOf(world, name), []);
});
