import assert from "node:assert/strict";
import type { MacAddress } from "../../net/mac_address.ts";
import { unknownClaimOf } from "../claims.ts";
import { WaitingLine } from "./waiting_line.ts";

Deno.test("WaitingLine does not mix up the MAC that a network interface had with the one that it has", () => {
  const [before, now] = [1 as MacAddress, 2 as MacAddress];
  for (const [first, second] of [[before, now], [now, before]] as const) {
    const line = new WaitingLine();
    line.set(first, unknownClaimOf(first));
    line.set(second, unknownClaimOf(second));
    line.set(before, undefined);
    assert.deepEqual(line.claims.map(({ mac }) => mac), [now]);
    line.set(now, undefined);
    assert.deepEqual(line.claims, []);
  }
});
