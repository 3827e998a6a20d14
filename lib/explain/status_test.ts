import { equal } from "node:assert/strict";
import { TEST_VM } from "../../tests/support/explain/situations.ts";
import { worldOf } from "../../tests/support/explain/worlds.ts";
import { explain } from "./explain.ts";
import { statusOf } from "./status.ts";

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

Deno.test("status does not call standalone ready when that does not say so", () => {
  const unready = { ok: false, why: "standalone cannot be asked" } as const;
  const { verdict, says } = statusOf(worldOf({ rest: { unready } }));
  equal(verdict, "unknown");
  equal(says, "not all could be read of standalone: standalone cannot be asked");
});
