import assert from "node:assert/strict";
import fc from "fast-check";
import { applyMergePatch } from "./merge_patch.ts";

// RFC 7396 appendix A, all of it.
const RFC_CASES: readonly (readonly [target: string, patch: string, result: string])[] = [
  ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
  ['{"a":"b"}', '{"a":null}', "{}"],
  ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
  ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
  ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
  ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
  ['["a","b"]', '["c","d"]', '["c","d"]'],
  ['{"a":"b"}', '["c"]', '["c"]'],
  ['{"a":"foo"}', "null", "null"],
  ['{"a":"foo"}', '"bar"', '"bar"'],
  ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
  ["[1,2]", '{"a":"b","c":null}', '{"a":"b"}'],
  ["{}", '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
];

for (const [target, patch, result] of RFC_CASES) {
  Deno.test(`applyMergePatch() makes ${result} of ${target} and ${patch}`, () => {
    assert.deepEqual(applyMergePatch(JSON.parse(target), JSON.parse(patch)), JSON.parse(result));
  });
}

Deno.test("applyMergePatch() treats __proto__ as a member like any other", () => {
  const patched = applyMergePatch({}, JSON.parse('{"__proto__":{"polluted":true}}'));
  assert.equal(JSON.stringify(patched), '{"__proto__":{"polluted":true}}');
  assert.equal(Object.getPrototypeOf(patched), Object.prototype);
});

Deno.test("applyMergePatch() changes neither argument, and twice is as good as once", () => {
  fc.assert(fc.property(fc.jsonValue(), fc.jsonValue(), (target, patch) => {
    const texts = [JSON.stringify(target), JSON.stringify(patch)];
    const once = applyMergePatch(target, patch);
    assert.deepEqual(applyMergePatch(once, patch), once);
    assert.deepEqual([JSON.stringify(target), JSON.stringify(patch)], texts);
  }));
});
