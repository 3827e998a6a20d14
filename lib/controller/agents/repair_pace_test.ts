import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clocks/fake_clock.ts";
import type { KubeObject } from "../../api/meta.ts";
import { DEPLOYMENTS, PODS } from "../../api/resources.ts";
import type { AgentStep } from "../../reconcile/agent_deployment/agent_world.ts";
import { ASKED_ANNOTATION } from "../../reconcile/agent_deployment/drift/object_plan.ts";
import { RepairPace } from "./repair_pace.ts";

function stepOf(name: string, asked: string, what: "create" | "replace" = "replace"): AgentStep {
  const metadata = { name, namespace: "agents", annotations: { [ASKED_ANNOTATION]: asked } };
  const object: KubeObject = { apiVersion: "apps/v1", kind: "Deployment", metadata };
  return { do: what, type: DEPLOYMENTS, object };
}

function deletionOf(name: string, type = DEPLOYMENTS): AgentStep {
  return { do: "delete", type, object: { metadata: { name, namespace: "agents" } } };
}

/** Takes these steps by turns as often as the pace allows, 60 times at most. */
function takenOf(pace: RepairPace, steps: readonly AgentStep[], pool = "p"): readonly string[] {
  const taken: string[] = [];
  for (let i = 0; i < 60; i++) {
    const step = steps[i % steps.length]!;
    if (!pace.isDue(step, pool)) continue;
    pace.note(step, pool);
    taken.push(step.do);
  }
  return taken;
}

Deno.test("RepairPace lets an object be written twelve times in five minutes for one wish", async () => {
  const clock = new FakeClock();
  const pace = new RepairPace(clock);
  assert.equal(takenOf(pace, [stepOf("a", "x 2")]).length, 12);
  assert.equal(takenOf(pace, [stepOf("b", "x 2")]).length, 12);
  await clock.advance(299_999);
  assert.equal(pace.isDue(stepOf("a", "x 2"), "p"), false);
  await clock.advance(1);
  assert.equal(takenOf(pace, [stepOf("a", "x 2")]).length, 12);
});

Deno.test("RepairPace does not let another wish wait, such as a pause or a new pool of the name", () => {
  const pace = new RepairPace(new FakeClock());
  takenOf(pace, [stepOf("a", "x 2")]);
  assert.ok(pace.isDue(stepOf("a", "x 0"), "p"));
  assert.ok(pace.isDue(stepOf("a", "x 2"), "another"));
});

Deno.test("RepairPace counts an object that is made again each time, and one that is deleted each time", () => {
  const pace = new RepairPace(new FakeClock());
  assert.equal(takenOf(pace, [stepOf("a", "x 2", "create")]).length, 13);
  assert.equal(takenOf(pace, [deletionOf("go-agent", PODS)]).length, 12);
});

Deno.test("RepairPace lets nothing be deleted that could not be made again", () => {
  for (const before of [0, 1]) {
    const pace = new RepairPace(new FakeClock());
    for (let i = 0; i < before; i++) pace.note(stepOf("a", "x 2"), "p");
    const taken = takenOf(pace, [deletionOf("a"), stepOf("a", "x 2", "create")]);
    assert.ok(taken.length <= 14, `${taken.length}`);
    assert.equal(taken.at(-1), "create");
  }
});

Deno.test("RepairPace gives the watch a second to bring what was made", async () => {
  const clock = new FakeClock();
  const pace = new RepairPace(clock);
  const step = stepOf("a", "x 2", "create");
  assert.equal(pace.isAwaited(step, "p"), false);
  pace.note(step, "p");
  assert.equal(pace.isAwaited(step, "p"), true);
  assert.equal(pace.isAwaited(step, "another pool"), false);
  assert.equal(pace.isAwaited(stepOf("a", "y 2", "create"), "p"), false);
  await clock.advance(1000);
  assert.equal(pace.isAwaited(step, "p"), false);
});

Deno.test("RepairPace awaits nothing that was deleted since it was made", () => {
  const pace = new RepairPace(new FakeClock());
  const step = stepOf("a", "x 2", "create");
  pace.note(step, "p");
  pace.note(deletionOf("a"), "p");
  assert.equal(pace.isAwaited(step, "p"), false);
});
