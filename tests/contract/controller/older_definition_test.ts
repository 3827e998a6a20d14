/** The controller where the definitions are older than it, and it may not update them. */

import assert from "node:assert/strict";
import { objectRules } from "../../support/apiserver/object_rules.ts";
import { apiVersionOf, NAMESPACES } from "../../../lib/api/resources.ts";
import { isJsonObject } from "../../../lib/base/json.ts";
import { readCrd } from "../../support/apiserver/crds.ts";
import { startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";
import {
  ipv4Of,
  macOf,
  makeReadyPool,
  makeVm,
  untilCondition,
  untilUsed,
} from "../../support/controller/controller_objects.ts";
import { ControllerWorld } from "../../support/controller/controller_world.ts";

/** Fields of a status that the Go version does not know, and its API server drops. */
const NEWER = ["observedGeneration", "total", "excluded", "reserved", "outOfRange"];

function withoutNewer(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutNewer);
  if (!isJsonObject(schema)) return schema;
  const kept = Object.entries(schema).filter(([key]) => !NEWER.includes(key));
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutNewer(value)]));
}

Deno.test("the controller does not write again and again what an older definition drops", async () => {
  const crds = [readCrd("ippool"), readCrd("virtualmachinenetworkconfig")].map(withoutNewer);
  await using api = await startEmbeddedApi({ crds, admission: objectRules });
  await using world = new ControllerWorld(api.server.handle, "lab");
  const metadata = { name: "lab" };
  await world.client.create(NAMESPACES, {
    apiVersion: apiVersionOf(NAMESPACES),
    kind: NAMESPACES.kind,
    metadata,
  });
  const first = await world.start();
  await makeReadyPool(world);
  for (const n of [1, 2, 3]) await makeVm(world, `vm-${n}`, [{ macAddress: macOf(n) }]);
  for (const n of [1, 2, 3]) await untilCondition(world, `vm-${n}`, "Allocated True");
  assert.equal(ipv4Of(await untilUsed(world, 3)).total, undefined, "the definition drops it");
  await first.stop();
  const { writes } = await world.start();
  await makeVm(world, "vm-4", [{ macAddress: macOf(4) }]);
  await untilCondition(world, "vm-4", "Allocated True");
  assert.deepEqual(writes, [
    "mergePatch virtualmachinenetworkconfigs",
    "replace ippools",
    "replace virtualmachinenetworkconfigs",
  ]);
});
