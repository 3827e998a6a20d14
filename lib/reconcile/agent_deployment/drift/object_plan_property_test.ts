/** Random histories of a Deployment: what is asked for, what people edit, what the cluster makes of it. */

import assert from "node:assert/strict";
import fc from "fast-check";
import type { JsonObject } from "../../../base/json.ts";
import {
  ADDITIONS,
  DeploymentCluster,
  type Editable,
  EDITS,
  REWRITES,
  wished,
} from "../../../../tests/support/controller/deployment_edits.ts";
import type { AgentWish } from "../wish/agent_objects.ts";

/** What is to be edited may be gone. */
function editIfPossible(cluster: DeploymentCluster, edit: (object: Editable) => void): void {
  try {
    cluster.edit(edit);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}

const CHANGES = fc.array(
  fc.oneof(
    fc.constantFrom(...EDITS),
    fc.constantFrom(...ADDITIONS),
    fc.constantFrom("v1", "v2").map((tag) => ({ image: `registry/vm-dhcp:${tag}` })),
    fc.integer({ min: 0, max: 5 }).map((replicas) => ({ replicas })),
  ),
  { maxLength: 12 },
);

Deno.test("planObject() comes to rest whatever happens to a Deployment, with what was asked for last", () => {
  const admissions = fc.subarray(REWRITES.map((_, i) => i));
  fc.assert(fc.property(CHANGES, admissions, fc.boolean(), (changes, rewrites, isEachSettled) => {
    const cluster = new DeploymentCluster((object) => {
      for (const i of rewrites) REWRITES[i]!.admit(object);
      return object;
    });
    let wish: Partial<AgentWish> = {};
    for (const change of changes) {
      if (isEachSettled || cluster.stored === undefined) cluster.settle(wished(wish).deployment);
      if ("edit" in change) editIfPossible(cluster, change.edit);
      else wish = { ...wish, ...change };
    }
    cluster.settle(wished(wish).deployment);
    // Whatever was edited is as it was asked for, or as the cluster makes it of that.
    const fresh = new DeploymentCluster(cluster.admit);
    fresh.settle(wished(wish).deployment);
    const isRewritten = (field: string) => rewrites.some((i) => REWRITES[i]!.fields[0] === field);
    const { replicas } = fresh.stored!.spec as JsonObject;
    assert.ok(
      (cluster.stored!.spec as JsonObject).replicas === replicas || isRewritten("spec.replicas"),
    );
    assert.deepEqual(cluster.container.args, fresh.container.args);
    assert.equal(cluster.pod.hostNetwork, undefined);
    if (!isRewritten(REWRITES[0]!.fields[0]!)) {
      assert.equal(cluster.container.image, fresh.container.image);
    }
    cluster.writes = 0;
    cluster.settle(wished(wish).deployment);
    assert.equal(cluster.writes, 0);
  }));
});
