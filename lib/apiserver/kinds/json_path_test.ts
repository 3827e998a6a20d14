import assert from "node:assert/strict";
import { firstAtJsonPath, parseJsonPath } from "./json_path.ts";

const OBJECT = {
  metadata: { name: "p" },
  spec: { flag: false },
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
  [".status.conditions[?(@.type=='Ready')].status", "False"],
  [".status.conditions[?(@.type=='None')].status", undefined],
  [".spec[?(@.type=='Ready')]", undefined],
  [".status.conditions[?(@.toString=='Ready')]", undefined],
  [".toString", undefined],
];

for (const [path, found] of CASES) {
  Deno.test(`firstAtJsonPath() finds ${JSON.stringify(found)} at ${path}`, () => {
    assert.equal(firstAtJsonPath(OBJECT, parseJsonPath(path)), found);
  });
}

for (
  const path of [
    "spec",
    "..name",
    ".a[?(@.b>1)]",
    ".a[?(@.b!='c')]",
    ".a[0]",
    ".a[*]",
    ".a['b']",
    ".a[",
  ]
) {
  Deno.test(`parseJsonPath() refuses ${path}`, () => {
    assert.throws(() => parseJsonPath(path), SyntaxError);
  });
}
