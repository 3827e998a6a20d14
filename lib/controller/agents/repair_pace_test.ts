import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clocks/fake_clock.ts";
import type { KubeObject } from "../../api/meta.ts";
import { ASKED_ANNOTATION } from "../../reconcile/agent_deployment/drift/object_plan.ts";
import { RepairPace } from "./repair_pace.ts";

function objectOf(name: string, asked: string): KubeObject {
  const metadata = { name, namespace: "agents", annotations: { [ASKED_ANNOTATION]: asked } };
  return { apiVersion: "apps/v1", kind: "Deployment", metadata };
}

/** Writes as often as the pace allows, 30 times at most. */
function writesOf(pace: RepairPace, object: KubeObject): number {
  let count = 0;
  for (; count < 30 && pace.isDue(object); count++) pace.note(object);
  return count;
}

Deno.test("RepairPace lets an object be written twelve times in five minutes for one wish", async () => {
  const clock = new FakeClock();
  const pace = new RepairPace(clock);
  assert.equal(writesOf(pace, objectOf("a", "x 2")), 12);
  assert.equal(writesOf(pace, objectOf("b", "x 2")), 12);
  await clock.advance(299_999);
  assert.equal(pace.isDue(objectOf("a", "x 2")), false);
  await clock.advance(1);
  assert.equal(writesOf(pace, objectOf("a", "x 2")), 12);
});

Deno.test("RepairPace does not let another wish wait, such as a pause", () => {
  const pace = new RepairPace(new FakeClock());
  writesOf(pace, objectOf("a", "x 2"));
  assert.ok(pace.isDue(objectOf("a", "x 0")));
});
