/** What is told while a pool's record is being written. */

import assert from "node:assert/strict";
import { PlannedWorld } from "../../../tests/support/controller/planned_world.ts";
import { ippoolSample, vmnetcfgSample } from "../../../tests/support/apiserver/samples.ts";
import type { JsonObject } from "../../base/json.ts";
import { parseMacAddress } from "../../net/mac_address.ts";
import { VMNETCFG_FINALIZER } from "../names.ts";

const MAC = "fa:cf:8e:50:82:fc";

/** A pool, and a VM with one NIC that has not been planned yet. */
function setUp(): PlannedWorld {
  const world = new PlannedWorld();
  world.put(world.pools, ippoolSample());
  const networkConfigs = [{ networkName: "default/net-48", macAddress: MAC }];
  world.put(world.vms, vmnetcfgSample({ metadata: { name: "vm" }, spec: { networkConfigs } }));
  world.awaitedLong = false;
  return world;
}

/** Address of the NIC, where it has one, and the reason of the condition. */
function saidOf(world: PlannedWorld): string {
  const { networkConfigs: [nic], conditions } = world.vms.get("vm")!.status as {
    networkConfigs: readonly JsonObject[];
    conditions: JsonObject[];
  };
  const allocated = conditions.find(({ type }) => type === "Allocated");
  return `${nic?.allocatedIPAddress ?? "none"} ${allocated?.reason}`;
}

Deno.test("planVirtualMachineNetworkConfig() waits for a commit before it says anything", () => {
  const world = setUp();
  assert.deepEqual(world.planVm("vm").finalizers, [VMNETCFG_FINALIZER]);
  world.stepVm("vm");
  const plan = world.planVm("vm");
  assert.deepEqual([plan.status, plan.isAwaitingCommit], [undefined, true]);
  assert.deepEqual(plan.waiting.map(({ reason }) => reason), ["AwaitingCommit"]);
  world.awaitedLong = true;
  world.stepVm("vm");
  assert.equal(saidOf(world), "none AwaitingCommit");
  world.settle();
  assert.equal(saidOf(world), "192.168.48.82 AddressesRecorded");
});

Deno.test("planVirtualMachineNetworkConfig() tells no address while a write may take it away", () => {
  const world = setUp();
  world.settle();
  assert.equal(saidOf(world), "192.168.48.82 AddressesRecorded");
  world.changing.add(parseMacAddress(MAC)!);
  // What was told already is told until the write is through.
  assert.equal(world.planVm("vm").status, undefined);
  const { status: _, ...vm } = world.vms.get("vm")!;
  world.vms.set("vm", { ...vm, status: { conditions: [] } });
  const plan = world.planVm("vm");
  assert.deepEqual([plan.status, plan.isAwaitingCommit], [undefined, true]);
  world.changing.clear();
  world.settle();
  assert.equal(saidOf(world), "192.168.48.82 AddressesRecorded");
});
