import assert from "node:assert/strict";
import { firstAtJsonPath, parseJsonPath } from "./json_path.ts";

const OBJECT = {
  metadata: { name: "p", annotations: { "example.com/a": "x" } },
  spec: { list: [{ n: 1 }, { n: 2 }], flag: false },
  status: {
    conditions: [
      { type: "Registered", status: "True" },
      { type: "Ready", status: "False" },
    ],
  },
};

const CASES: readonly (readonly [path: string, found: unknown])[] = [
  [".metadata.name", "p"],
  [".spec.flag", false],
  [".spec.missing", undefined],
  [".spec.missing.deeper", undefined],
  [".metadata.annotations.example\\.com/a", "x"],
  [".metadata.annotations['example.com/a']", "x"],
  [".spec.list[1].n", 2],
  [".spec.list[-1].n", 2],
  [".spec.list[7].n", undefined],
  [".spec.list[*].n", 1],
  [".status.conditions[?(@.type=='Ready')].status", "False"],
  ['.status.conditions[?(@.type == "Registered")].status', "True"],
  [".status.conditions[?(@.type!='Registered')].status", "False"],
  [".status.conditions[?(@.type=='None')].status", undefined],
  [".toString", undefined],
];

for (const [path, found] of CASES) {
  Deno.test(`firstAtJsonPath() finds ${JSON.stringify(found)} at ${path}`, () => {
    assert.equal(firstAtJsonPath(OBJECT, parseJsonPath(path)), found);
  });
}

for (const path of ["spec", "..name", ".a[?(@.b>1)]", ".a[1:2]", ".a["]) {
  Deno.test(`parseJsonPath() refuses ${path}`, () => {
    assert.throws(() => parseJsonPath(path), SyntaxError);
  });
}
