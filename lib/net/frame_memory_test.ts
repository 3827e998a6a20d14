import assert from "node:assert/strict";
import { FrameMemory } from "./frame_memory.ts";

Deno.test("FrameMemory.take() gives memory that is zero and not in use", () => {
  const memory = new FrameMemory();
  const sizes = Array.from({ length: 1000 }, (_, i) => 300 + (i * 37) % 1200);
  const buffers = sizes.map((bytes, i) => {
    const buffer = memory.take(bytes);
    assert.equal(buffer.length, bytes);
    assert.ok(buffer.every((octet) => octet === 0), `buffer ${i}`);
    return buffer.fill(i % 255 + 1);
  });
  buffers.forEach((buffer, i) => {
    assert.ok(buffer.every((octet) => octet === i % 255 + 1), `buffer ${i}`);
  });
});

Deno.test("FrameMemory.take() gives more than a slab holds when it has to", () => {
  const memory = new FrameMemory();
  assert.equal(memory.take(65_549).length, 65_549);
  assert.equal(memory.take(0).length, 0);
});
