import assert from "node:assert/strict";
import { lastTextOf, sharedObject } from "./change_texts.ts";

const BEFORE = '{"metadata":{"name":"a","resourceVersion":"1"}}';
const CHANGE = { storage: "gadgets", namespace: "", name: "a", revision: 7, before: BEFORE };

Deno.test("a text that several watches ask for in one turn is parsed once", async () => {
  const first = sharedObject(BEFORE);
  assert.equal(sharedObject(BEFORE), first);
  await Promise.resolve();
  assert.notEqual(sharedObject(BEFORE), first);
  assert.deepEqual(sharedObject(BEFORE), first);
});

Deno.test("the last state of an object has the revision of its deletion", () => {
  const text = lastTextOf(CHANGE, BEFORE);
  assert.equal(text, '{"metadata":{"name":"a","resourceVersion":"7"}}');
  const later = { ...CHANGE, revision: 8 };
  assert.equal(JSON.parse(lastTextOf(later, BEFORE)).metadata.resourceVersion, "8");
  assert.equal(lastTextOf(CHANGE, BEFORE), text);
});
