/** Objects whose manifests are gone, on the embedded API server. */

import assert from "node:assert/strict";
import { refuse } from "../../support/apiserver/api_faults.ts";
import { ippoolSample } from "../../support/apiserver/samples.ts";
import { manifestTest, pool, refusalOf } from "./manifest_world.ts";

manifestTest("only objects that manifests have made go with their manifests", async (world) => {
  const { apply, prune, pools, create, sent } = world;
  await create(pool("by-hand"));
  // Made from the manifests of another record, and copied.
  const labels = { "network.harvesterhci.io/from-manifests": crypto.randomUUID() };
  await create(
    ippoolSample({ metadata: { name: "copied", labels }, spec: { networkName: "a/b" } }),
  );
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "lab" } };
  await apply(pool("a"), pool("b"), namespace);
  assert.deepEqual((await prune(pool("a"), pool("b"))).orphans, []);
  sent.length = 0;
  await refusalOf(prune());
  await refusalOf(prune(pool("a"), pool("x", "bad")));
  assert.ok(!sent.some((each) => each.startsWith("delete")), "nothing is deleted");
  assert.deepEqual((await prune(pool("a"))).orphans, ["IPPool default/b"]);
  assert.deepEqual(await pools(), ["a 1.1.1.1", "by-hand 1.1.1.1", "copied 1.1.1.1"]);
  assert.deepEqual((await prune(pool("a"))).orphans, []);
});

manifestTest("an object that cannot be removed is told with the reason", async (world) => {
  const { prune, pools, faults } = world;
  await prune(pool("a"), pool("b"), pool("c"));
  faults.on("DELETE ippools", refuse(403), undefined);
  const { message } = await refusalOf(prune(pool("a")));
  assert.match(message, /cannot be removed:\nIPPool default\/b: injected 403$/);
  assert.deepEqual(await pools(), ["a 1.1.1.1", "b 1.1.1.1"]);
  assert.deepEqual((await prune(pool("a"))).orphans, ["IPPool default/b"]);
});
