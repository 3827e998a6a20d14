import assert from "node:assert/strict";
import type { MacAddress } from "../../net/mac_address.ts";
import { LineLimits } from "./line_limits.ts";

function macOf(i: number): MacAddress {
  return 0x525400000000 + i * 7919 as MacAddress;
}

function linesOf(limits: LineLimits, kind: string, macs: readonly MacAddress[], nowMs: number) {
  return macs.map((mac) => limits.take(kind, mac, nowMs)).filter((taken) => taken !== undefined);
}

Deno.test("LineLimits gives a source no more lines than its bucket holds, and counts the rest", () => {
  const limits = new LineLimits(0);
  const one = new Array<MacAddress>(1000).fill(macOf(1));
  assert.equal(linesOf(limits, "offer", one, 0).length, 200);
  assert.deepEqual(linesOf(limits, "offer", one, 1000).slice(0, 2), [800, 0]);
});

Deno.test("LineLimits gives a kind no more lines than its bucket holds, whoever sends", () => {
  const limits = new LineLimits(0);
  const many = Array.from({ length: 100_000 }, (_, i) => macOf(i));
  assert.equal(linesOf(limits, "unknownMac", many, 0).length, 1000);
  assert.equal(linesOf(limits, "unknownMac", many, 5000).length, 1000);
});

Deno.test("LineLimits gives a kind its lines while another kind is used up", () => {
  const limits = new LineLimits(0);
  linesOf(limits, "unknownMac", Array.from({ length: 2000 }, (_, i) => macOf(i % 128)), 0);
  const other = Array.from({ length: 256 }, (_, i) => macOf(i));
  assert.ok(linesOf(limits, "offer", other, 0).length > 128);
});
