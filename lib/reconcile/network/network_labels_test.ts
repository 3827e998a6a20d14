import assert from "node:assert/strict";
import { PlannedWorld } from "../../../tests/support/controller/planned_world.ts";
import { ippoolSample } from "../../../tests/support/apiserver/samples.ts";
import { planNoNetworkLabels, planNoStaleLabels } from "./network_labels.ts";
import { IPPOOL_NAME_LABEL, IPPOOL_NAMESPACE_LABEL } from "../names.ts";

/** A network with pools of these names, the first one being the oldest. */
function worldWith(...names: readonly string[]): PlannedWorld {
  const world = new PlannedWorld();
  world.nad = {
    apiVersion: "k8s.cni.cncf.io/v1",
    kind: "NetworkAttachmentDefinition",
    metadata: { name: "net-48", namespace: "default" },
  };
  for (const name of names) world.put(world.pools, ippoolSample({ metadata: { name } }));
  return world;
}

Deno.test("planNetworkLabels() names the pool of the network until it goes", () => {
  const world = worldWith("ippool-1");
  world.settle();
  assert.deepEqual(world.nad?.metadata.labels, {
    [IPPOOL_NAMESPACE_LABEL]: "default",
    [IPPOOL_NAME_LABEL]: "ippool-1",
  });
  world.delete(world.pools, "ippool-1");
  world.settle();
  assert.equal(world.pools.size, 0);
  assert.deepEqual(world.nad?.metadata.labels, {});
});

Deno.test("planNoNetworkLabels() leaves labels alone that name another pool", () => {
  const world = worldWith("ippool-1");
  world.settle();
  const labels = { [IPPOOL_NAMESPACE_LABEL]: "default", [IPPOOL_NAME_LABEL]: "other" };
  world.nad = { ...world.nad!, metadata: { ...world.nad!.metadata, labels } };
  world.delete(world.pools, "ippool-1");
  world.settle();
  assert.equal(world.pools.size, 0);
  assert.deepEqual(world.nad.metadata.labels, labels);
});

Deno.test("planNoStaleLabels() takes away labels that name a pool which is gone, and no others", () => {
  const nad = worldWith().nad!;
  const labels = { [IPPOOL_NAMESPACE_LABEL]: "default", [IPPOOL_NAME_LABEL]: "ippool-1" };
  const labelled = (changes: object) => ({
    ...nad,
    metadata: { ...nad.metadata, labels, ...changes },
  });
  assert.deepEqual(planNoStaleLabels(labelled({}), (pool) => pool !== "default/ippool-1"), {
    [IPPOOL_NAMESPACE_LABEL]: null,
    [IPPOOL_NAME_LABEL]: null,
  });
  assert.equal(planNoStaleLabels(labelled({}), (pool) => pool === "default/ippool-1"), undefined);
  const going = labelled({ deletionTimestamp: "2026-01-01T00:00:00Z" });
  for (const other of [nad, going, labelled({ labels: { [IPPOOL_NAME_LABEL]: "ippool-1" } })]) {
    assert.equal(planNoStaleLabels(other, () => false), undefined);
  }
});

Deno.test("planNetworkLabels() does not name a pool when its name is not a label value", () => {
  const world = worldWith("p".repeat(64));
  world.settle();
  assert.equal(world.nad?.metadata.labels, undefined);
});

Deno.test("planNetworkLabels() names the next pool once the one that served it is deleted", () => {
  const world = worldWith("old", "new");
  world.settle();
  assert.equal(world.nad?.metadata.labels?.[IPPOOL_NAME_LABEL], "old");
  world.delete(world.pools, "old");
  assert.equal(world.planNetwork(world.nad!)?.[IPPOOL_NAME_LABEL], "new");
  world.settle();
  assert.equal(world.nad?.metadata.labels?.[IPPOOL_NAME_LABEL], "new");
});

Deno.test("planNetworkLabels() and planNoNetworkLabels() leave a network alone that is going", () => {
  const world = worldWith("ippool-1");
  const { metadata } = world.nad!;
  const going = { ...world.nad!, metadata: { ...metadata, deletionTimestamp: world.now() } };
  assert.equal(world.planNetwork(going), undefined);
  const labels = { [IPPOOL_NAMESPACE_LABEL]: "default", [IPPOOL_NAME_LABEL]: "ippool-1" };
  const labelled = { ...going, metadata: { ...going.metadata, labels } };
  assert.equal(planNoNetworkLabels(labelled, world.view("ippool-1")), undefined);
});
