import assert from "node:assert/strict";
import { DROP_FILTER, encodeFilter, SERVER_FILTER } from "./packet_filter.ts";
import { addressOf } from "../libc/struct_layouts.ts";

const RETURN = 0x06;

for (
  const [name, program] of [["SERVER_FILTER", SERVER_FILTER], ["DROP_FILTER", DROP_FILTER]] as const
) {
  Deno.test(`${name} jumps forward to instructions that it has, and ends by returning`, () => {
    program.forEach(({ code, jumpTrue, jumpFalse }, index) => {
      const furthest = code === RETURN ? index : index + 1 + Math.max(jumpTrue, jumpFalse);
      assert.ok(jumpTrue >= 0 && jumpFalse >= 0, `instruction ${index} jumps back`);
      assert.ok(furthest < program.length, `instruction ${index} leads out of the program`);
    });
    assert.equal(program.at(-1)?.code, RETURN);
  });
}

Deno.test("encodeFilter() points from its header to the instructions behind it", () => {
  const option = encodeFilter(DROP_FILTER);
  assert.equal(option.length, 16);
  const view = new DataView(option.buffer);
  assert.equal(view.getUint16(0, true), 1);
  assert.equal(view.getBigUint64(8, true), addressOf(option) + 16n);
  assert.equal(new Uint8Array(option.buffer, 16).toHex(), "0600000000000000");
});
