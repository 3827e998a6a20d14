import { deepEqual, equal } from "node:assert/strict";
import { deepFreeze } from "./deep_freeze.ts";

Deno.test("deepFreeze() freezes objects and arrays throughout and gives back the same value", () => {
  const value = { list: [{ deep: { deeper: "x" } }], nothing: null };
  equal(deepFreeze(value), value);
  const parts = [value, value.list, value.list[0], value.list[0]?.deep];
  deepEqual(parts.map((part) => Object.isFrozen(part)), [true, true, true, true]);
});

Deno.test("deepFreeze() leaves alone what cannot be frozen or looks after itself", () => {
  const value = { bytes: new Uint8Array(2), map: new Map([["a", 1]]), text: "x" };
  deepFreeze(value);
  value.bytes[0] = 7;
  value.map.set("b", 2);
  equal(value.bytes[0], 7);
  equal(value.map.size, 2);
  equal(deepFreeze("x"), "x");
  equal(deepFreeze(undefined), undefined);
});
