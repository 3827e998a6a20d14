import assert from "node:assert/strict";
import { ringSlotsFor } from "./receive_ring.ts";

const SLOT_BYTES = 2048;
const MEBIBYTE = 1024 * 1024;

Deno.test("ringSlotsFor() keeps 20 ms of a flood up to 16 rings, and never less than 2.5 ms", () => {
  const cases = [[0, 2048], [1, 2048], [16, 2048], [17, 1024], [60, 512], [200, 256], [5000, 256]];
  for (const [rings, slots] of cases) assert.equal(ringSlotsFor(rings!), slots, `${rings} rings`);
});

Deno.test("ringSlotsFor() keeps the memory of all rings within 64 MiB or half a MiB each", () => {
  for (let rings = 1; rings <= 1000; rings++) {
    const bytes = rings * ringSlotsFor(rings) * SLOT_BYTES;
    assert.ok(bytes <= Math.max(64, rings / 2) * MEBIBYTE, `${bytes} for ${rings}`);
  }
});
