import assert from "node:assert/strict";
import { readUint16, readUint32, writeUint16, writeUint32 } from "./bytes.ts";

Deno.test("readUint16() and readUint32() read the most significant octet first, unsigned", () => {
  const bytes = Uint8Array.of(0, 0xff, 0xfe, 0xfd, 0xfc);
  assert.equal(readUint16(bytes, 1), 0xfffe);
  assert.equal(readUint32(bytes, 1), 0xfffefdfc);
});

Deno.test("writeUint16() and writeUint32() touch their octets only", () => {
  const bytes = new Uint8Array(8).fill(0xaa);
  writeUint16(bytes, 1, 0x0102);
  writeUint32(bytes, 3, 0xf1f2f3f4);
  assert.deepEqual([...bytes], [0xaa, 1, 2, 0xf1, 0xf2, 0xf3, 0xf4, 0xaa]);
});
