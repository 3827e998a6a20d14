import { equal } from "node:assert/strict";
import { joinSome } from "./sentences.ts";

Deno.test("joinSome() makes one bounded sentence of 100,000 parts", () => {
  const parts = Array.from({ length: 100_000 }, (_, index) => `entry ${index}`);
  equal(joinSome(parts, "; ", 2), "entry 0; entry 1; and 99998 more");
});

Deno.test("joinSome() cuts a part that is longer than a sentence", () => {
  equal(joinSome(["x".repeat(1_000_000)], "; "), `${"x".repeat(300)}...`);
  equal(joinSome([], "; "), "");
});
