import assert from "node:assert/strict";
import fc from "fast-check";
import { pointerStep } from "../../api/json_patch.ts";
import { applyJsonPatch, JsonPatchError } from "./json_patch.ts";

type Case = readonly [name: string, document: string, patch: string, result: string];

// RFC 6902 appendix A, and what its sections 4.1 to 4.6 say besides.
const CASES: readonly Case[] = [
  ["adds a member", '{"a":1}', '[{"op":"add","path":"/b","value":2}]', '{"a":1,"b":2}'],
  ["adds over a member", '{"a":1}', '[{"op":"add","path":"/a","value":2}]', '{"a":2}'],
  ["inserts into a list", '{"a":[1,3]}', '[{"op":"add","path":"/a/1","value":2}]', '{"a":[1,2,3]}'],
  ["appends with -", '{"a":[1]}', '[{"op":"add","path":"/a/-","value":[2]}]', '{"a":[1,[2]]}'],
  ["appends at the end", '{"a":[1]}', '[{"op":"add","path":"/a/1","value":2}]', '{"a":[1,2]}'],
  ["adds null", "{}", '[{"op":"add","path":"/a","value":null}]', '{"a":null}'],
  ["adds a member without a name", "{}", '[{"op":"add","path":"/","value":1}]', '{"":1}'],
  ["adds the whole document", '{"a":1}', '[{"op":"add","path":"","value":[1]}]', "[1]"],
  [
    "ignores members it does not know",
    "{}",
    '[{"op":"add","path":"/a","value":1,"x":2}]',
    '{"a":1}',
  ],
  ["removes a member", '{"a":1,"b":2}', '[{"op":"remove","path":"/a"}]', '{"b":2}'],
  ["removes an item", '{"a":[1,2,3]}', '[{"op":"remove","path":"/a/1"}]', '{"a":[1,3]}'],
  ["replaces a member", '{"a":1}', '[{"op":"replace","path":"/a","value":{}}]', '{"a":{}}'],
  ["replaces an item", '{"a":[1,2]}', '[{"op":"replace","path":"/a/0","value":9}]', '{"a":[9,2]}'],
  ["replaces the document", '{"a":1}', '[{"op":"replace","path":"","value":7}]', "7"],
  [
    "moves a member",
    '{"a":{"b":1},"c":{}}',
    '[{"op":"move","from":"/a/b","path":"/c/d"}]',
    '{"a":{},"c":{"d":1}}',
  ],
  [
    "moves an item",
    '{"a":[1,2,3]}',
    '[{"op":"move","from":"/a/0","path":"/a/2"}]',
    '{"a":[2,3,1]}',
  ],
  [
    "copies a value",
    '{"a":{"b":[1]}}',
    '[{"op":"copy","from":"/a","path":"/c"},{"op":"add","path":"/c/b/-","value":2}]',
    '{"a":{"b":[1]},"c":{"b":[1,2]}}',
  ],
  [
    "tests a value, whatever the order of its members",
    '{"a":{"b":1,"c":[2]}}',
    '[{"op":"test","path":"/a","value":{"c":[2],"b":1}}]',
    '{"a":{"b":1,"c":[2]}}',
  ],
  [
    "unescapes ~1 and ~0",
    '{"a/b":{"m~n":1,"~1":2}}',
    '[{"op":"remove","path":"/a~1b/m~0n"},{"op":"test","path":"/a~1b/~01","value":2}]',
    '{"a/b":{"~1":2}}',
  ],
  [
    "does one operation after the other",
    "{}",
    '[{"op":"add","path":"/a","value":{}},{"op":"add","path":"/a/b","value":1}]',
    '{"a":{"b":1}}',
  ],
];

for (const [name, document, patch, result] of CASES) {
  Deno.test(`applyJsonPatch() ${name}`, () => {
    const before = JSON.parse(document);
    assert.deepEqual(applyJsonPatch(before, JSON.parse(patch)), JSON.parse(result));
    assert.deepEqual(before, JSON.parse(document), "the document itself stays");
  });
}

type Refusal = readonly [problem: JsonPatchError["problem"], patch: unknown, message: RegExp];

const REFUSALS: readonly Refusal[] = [
  ["malformed", {}, /must be a list of operations/],
  ["malformed", [1], /operation 0 .* must be an object/],
  ["inapplicable", [{ op: "spam", path: "/a" }], /op of operation 0 .* not "spam"/],
  ["malformed", [{ op: "add", path: "/a" }], /operation 0 .* lacks its value/],
  ["malformed", [{ op: "remove" }], /path of operation 0 .* must be a JSON pointer/],
  ["malformed", [{ op: "remove", path: "a" }], /must be a JSON pointer/],
  ["malformed", [{ op: "remove", path: "/a~2" }], /must be a JSON pointer/],
  ["malformed", [{ op: "move", path: "/a" }], /from of operation 0 .* must be a JSON pointer/],
  ["tooLarge", Array(10_001).fill({ op: "test", path: "", value: 1 }), /10000 are allowed/],
  ["inapplicable", [{ op: "remove", path: "/x" }], /operation 0 \(remove \/x\): .*nothing at \/x/],
  ["inapplicable", [{ op: "remove", path: "" }], /whole document cannot be removed/],
  ["inapplicable", [{ op: "replace", path: "/x", value: 1 }], /nothing at \/x/],
  ["inapplicable", [{ op: "add", path: "/x/y", value: 1 }], /nothing at \/x/],
  ["inapplicable", [{ op: "add", path: "/text/y", value: 1 }], /\/text is neither/],
  [
    "inapplicable",
    [{ op: "add", path: "/list/3", value: 1 }],
    /"3" is not an index of a list of 2/,
  ],
  ["inapplicable", [{ op: "add", path: "/list/01", value: 1 }], /"01" is not an index/],
  ["inapplicable", [{ op: "add", path: "/list/-1", value: 1 }], /"-1" is not an index/],
  ["inapplicable", [{ op: "remove", path: "/list/-" }], /nothing at \/list\/-/],
  ["inapplicable", [{ op: "test", path: "/text", value: "u" }], /testing failed/],
  ["inapplicable", [{ op: "test", path: "/list", value: [2, 1] }], /testing failed/],
  ["inapplicable", [{ op: "move", from: "/deep", path: "/deep/er" }], /cannot move into itself/],
  ["inapplicable", [{ op: "remove", path: "/toString" }], /nothing at \/toString/],
];

for (const [problem, patch, message] of REFUSALS) {
  Deno.test(`applyJsonPatch() refuses ${JSON.stringify(patch).slice(0, 60)}`, () => {
    const document = { text: "t", list: [1, 2], deep: { er: {} } };
    assert.throws(() => applyJsonPatch(document, patch), (error) => {
      assert.ok(error instanceof JsonPatchError);
      assert.equal(error.problem, problem);
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("applyJsonPatch() ends patches that double the document again and again", () => {
  const patch = Array.from({ length: 64 }, (_, i) => ({ op: "copy", from: "", path: `/${i}` }));
  const refusal = { problem: "tooLarge" };
  assert.throws(() => applyJsonPatch({ a: "x".repeat(100) }, patch), refusal);
});

Deno.test("applyJsonPatch() ends patches that nest the document deeper and deeper", () => {
  const patch = Array.from({ length: 5000 }, () => ({ op: "copy", from: "", path: "/a" }));
  assert.throws(() => applyJsonPatch({ a: 1 }, patch), { problem: "tooLarge" });
});

Deno.test("applyJsonPatch() treats __proto__ as a member like any other", () => {
  const patch = JSON.parse('[{"op":"add","path":"/__proto__","value":{"admin":true}}]');
  const result = applyJsonPatch({}, patch) as Record<string, unknown>;
  assert.equal(result["admin"], undefined);
  assert.equal(JSON.stringify(result), '{"__proto__":{"admin":true}}');
  const inherited = [{ op: "add", path: "/__proto__/admin", value: true }];
  assert.throws(() => applyJsonPatch({}, inherited), JsonPatchError);
});

Deno.test("applyJsonPatch() adds and removes any member of any document", () => {
  fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), (object, key) => {
    const document = JSON.parse(JSON.stringify(object));
    const path = `/${pointerStep(key)}`;
    const added = applyJsonPatch(document, [
      { op: "add", path, value: 1 },
      { op: "test", path, value: 1 },
    ]) as Record<string, unknown>;
    assert.ok(Object.hasOwn(added, key));
    const removed = applyJsonPatch(added, [{ op: "remove", path }]) as Record<string, unknown>;
    assert.ok(!Object.hasOwn(removed, key));
    assert.equal(Object.keys(removed).length, Object.keys(added).length - 1);
  }));
});
