import assert from "node:assert/strict";
import { PlannedWorld } from "../../../tests/support/controller/planned_world.ts";
import { ippoolSample, vmnetcfgSample } from "../../../tests/support/apiserver/samples.ts";
import type { JsonObject } from "../../base/json.ts";
import { conditionOf } from "../conditions.ts";

/** What a VM is told whose network has these pools, all of which are being deleted. */
function toldBeside(...pools: readonly string[]): string | undefined {
  const world = new PlannedWorld();
  for (const name of pools) {
    const creationTimestamp = "2026-01-01T00:00:00Z";
    const deletion = {
      deletionTimestamp: "2026-02-01T00:00:00Z",
      finalizers: ["example.com/keep"],
    };
    world.put(world.pools, ippoolSample({ metadata: { name, creationTimestamp, ...deletion } }));
  }
  world.put(world.vms, vmnetcfgSample({ metadata: { name: "vm" } }));
  world.settle();
  const { conditions } = world.vms.get("vm")!.status as JsonObject;
  return conditionOf(conditions, "Allocated")?.message;
}

Deno.test("nicOutcomeOf() names the same of several pools that go, in whichever order it finds them", () => {
  const message = toldBeside("one", "two");
  assert.match(message!, /ippool default\/one is not ready: it is being deleted/);
  assert.equal(toldBeside("two", "one"), message);
});

Deno.test("nicOutcomeOf() tells a NIC what a pool binds to it that hands out nothing, refused or not", () => {
  const world = new PlannedWorld();
  world.put(world.pools, ippoolSample({ spec: { allowedNamespaces: ["other"] } }));
  const nic = { networkName: "default/net-48", macAddress: "52:54:00:00:0c:01" };
  const spec = { networkConfigs: [nic] };
  world.put(world.vms, vmnetcfgSample({ metadata: { name: "vm" }, spec }));
  const reason = () => {
    const { conditions } = world.vms.get("vm")!.status as JsonObject;
    return conditionOf(conditions, "Allocated")?.reason;
  };
  world.settle();
  assert.equal(reason(), "NamespaceNotAllowed");
  const ipv4 = { allocated: { "192.168.48.85": nic.macAddress } };
  world.put(world.pools, { ...ippoolSample({ metadata: { name: "younger" } }), status: { ipv4 } });
  world.settle();
  assert.equal(reason(), "AddressesRecorded");
});
