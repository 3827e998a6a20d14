/** The conditions NetworkClear and AgentsCurrent beside the others of a pool. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { ippoolSample } from "../../../tests/support/apiserver/samples.ts";
import { PlannedWorld } from "../../../tests/support/controller/planned_world.ts";
import type { JsonObject } from "../../base/json.ts";
import { agentsCurrentOf } from "../network_clear/agents_current.ts";
import { NETWORK_CLEAR } from "../network_clear/network_clear.ts";
import { nothingKnown, type WireKnowledge } from "../network_clear/shown_condition.ts";

const NAME = "ippool-1";
const SERVING = { ready: true, reason: "Serving", message: "" };

function network(network: WireKnowledge["network"]): WireKnowledge {
  return { network, agents: "notYet" };
}

const UNKNOWN = network(nothingKnown(NETWORK_CLEAR, "why"));

function fault(reason: string, message: string): WireKnowledge {
  return network({ type: "NetworkClear", status: "False", reason, message });
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
    const world = settledWorld(UNKNOWN);
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
  world.wire = network("notYet");
  assert.equal(settle(world), 0);
  assert.equal(statesOf(world)["NetworkClear"], "False OtherServer");
  world.wire = fault("OtherServer", "another DHCP server");
  assert.equal(settle(world), 0, "it is as it was");
});

Deno.test("planIPPool() has no NetworkClear before something is known, or where agents are not asked", () => {
  assert.equal(statesOf(settledWorld(network("notYet")))["NetworkClear"], undefined);
  const world = settledWorld(UNKNOWN);
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

Deno.test("planIPPool() says of the network of a pool that goes on what is known, and nothing of the pause", () => {
  const world = settledWorld(fault("OtherServer", "another DHCP server"));
  for (const wire of [network("notYet"), fault("OtherServer", "another DHCP server")]) {
    world.patch(world.pools, NAME, { spec: { paused: true } });
    settle(world);
    world.wire = wire;
    world.patch(world.pools, NAME, { spec: { paused: false } });
    settle(world);
    const known = wire.network === "notYet" ? undefined : "False OtherServer";
    assert.equal(statesOf(world)["NetworkClear"], known);
  }
});

function agents(agents: WireKnowledge["agents"]): WireKnowledge {
  return { network: "notYet", agents };
}

const STALE = agentsCurrentOf(
  [{ instance: "a", reason: "Stale", since: "2026-01-01T00:00:00Z", resourceVersion: "7" }],
  "default/ippool-1",
);

Deno.test("planIPPool() takes agents that serve a snapshot into AgentsCurrent, and into nothing else", () => {
  const world = settledWorld(agents(agentsCurrentOf([], "default/ippool-1")));
  const before = statesOf(world);
  assert.equal(before["AgentsCurrent"], "True Following");
  world.wire = agents(STALE);
  assert.equal(settle(world), 1);
  assert.deepEqual(statesOf(world), { ...before, AgentsCurrent: "False Stale" });
  assert.equal(settle(world), 0);
});

Deno.test("planIPPool() keeps AgentsCurrent over a restart until something is known of the agents", () => {
  const world = settledWorld(agents(STALE));
  world.restart();
  world.wire = agents("notYet");
  assert.equal(settle(world), 0);
  assert.equal(statesOf(world)["AgentsCurrent"], "False Stale");
  world.wire = undefined;
  assert.equal(settle(world), 1);
  assert.equal(statesOf(world)["AgentsCurrent"], undefined, "agents are not asked");
});

Deno.test("planIPPool() does not know whether agents of a pool that is paused follow it", () => {
  const world = settledWorld(agents(STALE));
  world.patch(world.pools, NAME, { spec: { paused: true } });
  settle(world);
  assert.equal(statesOf(world)["AgentsCurrent"], "Unknown Paused");
});
