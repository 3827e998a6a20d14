/** The condition NetworkClear beside the others of a pool. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { ippoolSample } from "../../../tests/support/apiserver/samples.ts";
import { PlannedWorld } from "../../../tests/support/controller/planned_world.ts";
import type { JsonObject } from "../../base/json.ts";
import { networkUnknown, type WireKnowledge } from "../network_clear/network_clear.ts";

const NAME = "ippool-1";
const SERVING = { ready: true, reason: "Serving", message: "" };

function fault(reason: string, message: string): WireKnowledge {
  return { type: "NetworkClear", status: "False", reason, message };
}

/** A pool whose agents answer, at rest. */
function settledWorld(wire: WireKnowledge | undefined): PlannedWorld {
  const world = new PlannedWorld();
  world.nad = {
    apiVersion: "k8s.cni.cncf.io/v1",
    kind: "NetworkAttachmentDefinition",
    metadata: { name: "net-48", namespace: "default" },
  };
  world.agent = SERVING;
  world.wire = wire;
  world.put(world.pools, ippoolSample());
  settle(world);
  return world;
}

/** @returns How many writes it took. */
function settle(world: PlannedWorld): number {
  for (let writes = 0; writes < 10; writes++) if (!world.stepPool(NAME)) return writes;
  throw new Error("the plan does not come to rest");
}

function statesOf(world: PlannedWorld): Record<string, string> {
  const { conditions } = world.pools.get(NAME)!.status as { conditions: JsonObject[] };
  return Object.fromEntries(
    conditions.map(({ type, status, reason }) => [type, `${status} ${reason}`]),
  );
}

Deno.test("planIPPool() takes what agents see into NetworkClear, and into nothing else", () => {
  const word = fc.constantFrom("OtherServer", "ServerAddressInUse", "AddressConflict");
  fc.assert(fc.property(word, fc.string(), (reason, message) => {
    const world = settledWorld(networkUnknown("why"));
    const before = statesOf(world);
    world.wire = fault(reason, message);
    const { notes } = world.planPool(NAME);
    assert.equal(settle(world), 1);
    assert.deepEqual(statesOf(world), { ...before, NetworkClear: `False ${reason}` });
    assert.deepEqual(notes, [], "its Events are limited elsewhere");
    assert.equal(settle(world), 0);
  }));
});

Deno.test("planIPPool() writes nothing after a restart until something is known of the network", () => {
  const world = settledWorld(fault("OtherServer", "another DHCP server"));
  world.restart();
  world.wire = "notYet";
  assert.equal(settle(world), 0);
  assert.equal(statesOf(world)["NetworkClear"], "False OtherServer");
  world.wire = fault("OtherServer", "another DHCP server");
  assert.equal(settle(world), 0, "it is as it was");
});

Deno.test("planIPPool() has no NetworkClear before something is known, or where agents are not asked", () => {
  assert.equal(statesOf(settledWorld("notYet"))["NetworkClear"], undefined);
  const world = settledWorld(networkUnknown("why"));
  world.wire = undefined;
  assert.equal(settle(world), 1);
  assert.equal(statesOf(world)["NetworkClear"], undefined);
});

Deno.test("planIPPool() does not know the network of a pool that is paused", () => {
  const world = settledWorld(fault("OtherServer", "another DHCP server"));
  world.patch(world.pools, NAME, { spec: { paused: true } });
  settle(world);
  assert.equal(statesOf(world)["NetworkClear"], "Unknown Paused");
});
