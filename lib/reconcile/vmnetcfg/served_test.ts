import assert from "node:assert/strict";
import { ippoolSample, vmnetcfgSample } from "../../../tests/support/apiserver/samples.ts";
import { PlannedWorld } from "../../../tests/support/controller/planned_world.ts";
import type { JsonObject } from "../../base/json.ts";

const MACS = ["52:54:00:00:00:0a", "52:54:00:00:00:0b"];

/** A VM with a NIC in each of two pools. */
function worldWith(first: JsonObject, second: JsonObject): PlannedWorld {
  const world = new PlannedWorld();
  world.put(world.pools, ippoolSample(first));
  world.put(
    world.pools,
    ippoolSample({
      metadata: { name: "ippool-2" },
      ...second,
      spec: { networkName: "default/net-49", ...second.spec as JsonObject },
    }),
  );
  const networkConfigs = MACS.map((macAddress, i) => (
    { macAddress, networkName: `default/net-4${8 + i}` }
  ));
  world.put(world.vms, vmnetcfgSample({ metadata: { name: "vm" }, spec: { networkConfigs } }));
  world.agent = { ready: true, reason: "Serving", message: "one is ready" };
  return world;
}

function servedIn(world: PlannedWorld): readonly unknown[] {
  world.settle();
  const { conditions } = world.vms.get("vm")!.status as { conditions: readonly JsonObject[] };
  const { status, reason, message } = conditions.find(({ type }) => type === "Served")!;
  return [status, reason, message];
}

Deno.test("Served names each NIC and the pool that answers it", () => {
  assert.deepEqual(servedIn(worldWith({}, {})), [
    "True",
    "Answered",
    `192.168.48.82 of ${MACS[0]}: agents of ippool default/ippool-1 answer; ` +
    `192.168.48.82 of ${MACS[1]}: agents of ippool default/ippool-2 answer`,
  ]);
});

Deno.test("Served says which of two pools does not answer, and goes back with it", () => {
  const world = worldWith({}, {});
  world.settle();
  world.patch(world.pools, "ippool-2", { spec: { paused: true } });
  const message = "ippool default/ippool-2 was administratively disabled (spec.paused is true)";
  assert.deepEqual(servedIn(world), ["False", "PoolPaused", message]);
  world.patch(world.pools, "ippool-2", { spec: { paused: false } });
  assert.equal(servedIn(world)[1], "Answered");
});

Deno.test("Served has the reason of Allocated while a NIC waits, and says what else is wrong", () => {
  const exclude = Array.from({ length: 10 }, (_, i) => `192.168.48.${81 + i}`);
  const world = worldWith({ pool: { exclude } }, {});
  assert.deepEqual(servedIn(world), ["False", "PoolExhausted", "see the condition Allocated"]);
  world.patch(world.pools, "ippool-2", { spec: { paused: true } });
  assert.deepEqual(servedIn(world), [
    "False",
    "PoolExhausted",
    "see the condition Allocated; ippool default/ippool-2 was administratively disabled " +
    "(spec.paused is true)",
  ]);
});

Deno.test("Served is unknown where nobody observes agents, and of an object that cannot be read", () => {
  const world = worldWith({}, {});
  world.agent = undefined;
  assert.deepEqual(servedIn(world).slice(0, 2), ["Unknown", "NothingKnown"]);
  world.patch(world.vms, "vm", { spec: { networkConfigs: "?" } });
  assert.deepEqual(servedIn(world).slice(0, 2), ["Unknown", "InvalidSpec"]);
  world.patch(world.vms, "vm", { spec: { networkConfigs: [], paused: true } });
  assert.deepEqual(servedIn(world).slice(0, 2), ["False", "Paused"]);
});
