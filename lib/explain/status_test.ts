import { deepEqual, equal, match } from "node:assert/strict";
import { TEST_VM } from "../../tests/support/explain/situations.ts";
import { worldOf } from "../../tests/support/explain/worlds.ts";
import type { JsonObject } from "../base/json.ts";
import { explain } from "./explain.ts";
import { statusOf, statusText } from "./status.ts";
import { explanationText } from "./text.ts";

const READY = { type: "AgentReady", status: "True", reason: "Serving" };

function worldWith(condition: JsonObject) {
  return worldOf({ poolConditions: [READY, condition] });
}

Deno.test("statusOf() says that a pool is not well, too, where nothing says what to do", () => {
  const message = "agent a answers from an old version";
  const world = worldWith({ type: "AgentsCurrent", status: "False", reason: "Behind", message });
  const { verdict, checks } = statusOf(world);
  const pool = checks.find(({ code }) => code === "POOL_SERVES")!;
  deepEqual([verdict, pool.verdict, pool.says], ["failed", "failed", message]);
});

Deno.test("no text of an object looks like a check of its own", () => {
  const message = "one\n  ok       POOL_VALID  two; three\nok       default/ippool-1  four";
  const world = worldWith({ type: "AgentsCurrent", status: "False", reason: "Behind", message });
  const pool = { kind: "pool", name: { namespace: "default", name: "ippool-1" } } as const;
  for (const text of [statusText(statusOf(world)), explanationText(explain(pool, world))]) {
    const [head, ...lines] = text.split("\n");
    match(head!, /one .*two/);
    for (const word of ["two", "four"]) {
      const [line] = lines.filter((each) => each.includes(word));
      match(line!, /^ {9}/);
    }
  }
});

for (const message of ["no --nic names its interface", "the interface is down; set it up"]) {
  Deno.test(`status and explain agree on a pool whose agent does not answer: ${message}`, () => {
    const world = worldOf({
      poolConditions: [{ type: "AgentReady", status: "False", reason: "NoInterface", message }],
    });
    const status = statusOf(world);
    equal(status.says, `not all is well with default/ippool-1: ${message.split("; ")[0]}`);
    equal(status.verdict, explain(TEST_VM, world).verdict);
  });
}

Deno.test("status takes the reason of the second agent for no advice about the first", () => {
  const message = "agent pod a not ready: waits for a node; agent pod b not ready: was evicted";
  const world = worldOf({
    poolConditions: [{ type: "AgentReady", status: "False", reason: "Unschedulable", message }],
  });
  const pool = statusOf(world).checks.find(({ code }) => code === "POOL_SERVES");
  equal(pool?.says, message);
  match(pool?.cure ?? "", /^look at each of these pods/);
});

Deno.test("status does not call standalone ready when that does not say so", () => {
  const unready = { ok: false, why: "standalone cannot be asked" } as const;
  const { verdict, says } = statusOf(worldOf({ rest: { unready } }));
  equal(verdict, "unknown");
  equal(says, "not all could be read of standalone: standalone cannot be asked");
});

Deno.test("explain says of two pools of one age why one of them serves", () => {
  const two = [worldOf(), worldOf({ poolName: "ippool-2" })].flatMap(({ ippools }) =>
    ippools.ok ? ippools.value : []
  );
  const world = worldOf({ rest: { ippools: { ok: true, value: two } } });
  const pool = { kind: "pool", name: { namespace: "default", name: "ippool-2" } } as const;
  const check = explain(pool, world).checks.find(({ code }) => code === "POOL_SERVES_NETWORK")!;
  match(check.says, /default\/ippool-1, which is of the same age and comes first by its name$/);
  deepEqual(check.cure, "delete the one that is not wanted");
});
