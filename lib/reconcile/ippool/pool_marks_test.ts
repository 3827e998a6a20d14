import assert from "node:assert/strict";
import { ippoolSample, vmnetcfgSample } from "../../../tests/support/apiserver/samples.ts";
import { PlannedWorld } from "../../../tests/support/controller/planned_world.ts";
import type { JsonObject } from "../../base/json.ts";
import { IPPOOL_FINALIZER, VMNETCFG_FINALIZER } from "../names.ts";

const MAC = "52:54:00:00:00:0a";

Deno.test("planIPPool() marks an address in the same write in which its binding moves away", () => {
  const world = new PlannedWorld();
  const pool = { start: "192.168.48.82", end: "192.168.48.89", exclude: ["192.168.48.85"] };
  const metadata = { finalizers: [IPPOOL_FINALIZER] };
  const status = { ipv4: { allocated: { "192.168.48.85": MAC }, used: 1, available: 6 } };
  world.put(world.pools, ippoolSample({ pool, metadata, status }));
  const nic = { macAddress: MAC, networkName: "default/net-48", ipAddress: "192.168.48.86" };
  const vm = { metadata: { finalizers: [VMNETCFG_FINALIZER] }, spec: { networkConfigs: [nic] } };
  world.put(world.vms, vmnetcfgSample(vm));
  assert.ok(world.stepPool("ippool-1"));
  const { ipv4 } = world.pools.get("ippool-1")!.status as { ipv4: JsonObject };
  assert.deepEqual(ipv4.allocated, { "192.168.48.85": "EXCLUDED", "192.168.48.86": MAC });
  assert.equal(world.stepPool("ippool-1"), false, "nothing is left to write");
});
