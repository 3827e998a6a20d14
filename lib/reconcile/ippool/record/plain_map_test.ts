import assert from "node:assert/strict";
import { type MapChanges, PlainMap } from "./plain_map.ts";

const STORED = Object.freeze({ a: "1", b: "2" });
const CHANGES: MapChanges = new Map([["a", undefined], ["b", "3"], ["c", "4"]]);

function textOf(map: PlainMap): string {
  return JSON.stringify(map.edited());
}

Deno.test("PlainMap lends its changes while a text is made, and has them once they are committed", () => {
  const map = new PlainMap(STORED);
  assert.equal(map.lend(CHANGES, () => textOf(map)), '{"b":"3","c":"4"}');
  assert.deepEqual({ ...map.all() }, STORED);
  map.apply(CHANGES);
  assert.equal(textOf(map), '{"b":"3","c":"4"}');
  assert.deepEqual([map.get("a"), map.get("b"), map.get("toString")], [undefined, "3", undefined]);
});

Deno.test("PlainMap keeps what is committed while it is lent", () => {
  const map = new PlainMap(STORED);
  map.lend(CHANGES, () => {
    map.lend(CHANGES, () => {});
    map.apply(CHANGES);
  });
  assert.equal(textOf(map), '{"b":"3","c":"4"}');
});

Deno.test("PlainMap counts its entries and the characters that they take", () => {
  const map = new PlainMap(STORED);
  // With a comma behind each entry, and without braces.
  assert.equal(map.charCount, JSON.stringify(STORED).length - 1);
  assert.deepEqual([map.sizeAfter(CHANGES), map.charCountAfter(CHANGES)], [2, 16]);
  map.apply(CHANGES);
  assert.deepEqual([map.size, map.charCount], [2, textOf(map).length - 1]);
  assert.deepEqual([new PlainMap(undefined).size, new PlainMap(undefined).charCount], [0, 0]);
});
