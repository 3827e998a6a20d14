import assert from "node:assert/strict";
import { QUANTITY_RULE } from "./quantity.ts";

const QUANTITIES: readonly [text: string, amount: number | undefined][] = [
  ["0", 0],
  ["1", 1],
  ["0.5", 0.5],
  [".5", 0.5],
  ["500m", 0.5],
  ["1Ki", 1024],
  ["256Mi", 256 * 1024 ** 2],
  ["1Gi", 1024 ** 3],
  ["1k", 1000],
  ["2M", 2e6],
  ["1e3", 1000],
  ["2E-3", 0.002],
  ["1E", 1e18],
  ["", undefined],
  [".", undefined],
  ["-1", undefined],
  ["1MB", undefined],
  ["1 Gi", undefined],
  ["256mi", undefined],
  ["1K", undefined],
  ["lots", undefined],
];

for (const [text, amount] of QUANTITIES) {
  Deno.test(`QUANTITY_RULE reads "${text}" as ${amount}`, () => {
    const read = QUANTITY_RULE.parse(text);
    if (amount === undefined) assert.equal(read, undefined);
    else assert.ok(Math.abs(read! - amount) <= amount * 1e-12, `${read}`);
  });
}
