/** MAC addresses as their objects write them: the Go version compares texts. */

import assert from "node:assert/strict";
import { PlannedWorld } from "../../../tests/support/controller/planned_world.ts";
import { ippoolSample, vmnetcfgSample } from "../../../tests/support/apiserver/samples.ts";
import type { JsonObject } from "../../base/json.ts";

const SPELLINGS = ["52:54:00:00:00:0a", "52:54:00:00:00:0A", "52-54-00-00-00-0a"] as const;
const NETWORK = "default/net-48";

function worldOf(macAddress: string): PlannedWorld {
  const world = new PlannedWorld();
  world.put(world.pools, ippoolSample());
  const networkConfigs = [{ macAddress, networkName: NETWORK }];
  world.put(world.vms, vmnetcfgSample({ metadata: { name: "vm" }, spec: { networkConfigs } }));
  world.settle();
  return world;
}

/** The texts in the record and in the status. */
function textsOf(world: PlannedWorld): readonly unknown[] {
  const { allocated } = (world.pools.get("ippool-1")!.status as { ipv4: JsonObject }).ipv4;
  const { networkConfigs } = world.vms.get("vm")!.status as { networkConfigs: JsonObject[] };
  return [
    (allocated as JsonObject)["192.168.48.82"],
    ...networkConfigs.map(({ macAddress, allocatedIPAddress }) =>
      `${macAddress} ${allocatedIPAddress}`
    ),
  ];
}

for (const spelling of SPELLINGS) {
  Deno.test(`planners write a MAC as its object does: ${spelling}`, () => {
    assert.deepEqual(textsOf(worldOf(spelling)), [spelling, `${spelling} 192.168.48.82`]);
  });
  for (const next of SPELLINGS.filter((each) => each !== spelling)) {
    Deno.test(`planners follow another spelling and tell nobody: ${spelling}, then ${next}`, () => {
      const world = worldOf(spelling);
      const networkConfigs = [{ macAddress: next, networkName: NETWORK }];
      world.patch(world.vms, "vm", { spec: { networkConfigs } });
      assert.deepEqual([world.planPool("ippool-1").notes, world.planVm("vm").notes], [[], []]);
      assert.equal(world.planPool("ippool-1").record.macs.size, 0);
      world.settle();
      assert.deepEqual(textsOf(world), [next, `${next} 192.168.48.82`]);
    });
  }
}

Deno.test("planners leave the spelling of an object that cannot be read", () => {
  const world = worldOf(SPELLINGS[1]);
  const nic = { macAddress: SPELLINGS[0], networkName: NETWORK, ipAddress: "bogus" };
  world.patch(world.vms, "vm", { spec: { networkConfigs: [nic] } });
  world.settle();
  assert.deepEqual(textsOf(world), [SPELLINGS[1], `${SPELLINGS[1]} 192.168.48.82`]);
});
