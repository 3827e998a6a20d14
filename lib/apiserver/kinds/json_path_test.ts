import assert from "node:assert/strict";
import { firstAtJsonPath, parseJsonPath } from "./json_path.ts";

const OBJECT = {
  metadata: { name: "p" },
  spec: { flag: false, nics: [{ mac: "a" }, { mac: "b", ip: "10.0.0.2" }], ports: [] },
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
  [".spec.nics[*].mac", "a"],
  [".spec.nics[*].ip", "10.0.0.2"],
  [".spec.ports[*].name", undefined],
  [".spec.flag[*].name", undefined],
  [".spec['links','nics'][*].mac", "a"],
  [".spec['ports','nics'][*].mac", "a"],
  [".spec['links','flag']", false],
  [".spec['links','wires']", undefined],
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
    "[*]",
    "..name",
    ".a[?(@.b>1)]",
    ".a[?(@.b!='c')]",
    ".a[0]",
    ".a['b']",
    ".a['b','c",
    ".a[",
  ]
) {
  Deno.test(`parseJsonPath() refuses ${path}`, () => {
    assert.throws(() => parseJsonPath(path), SyntaxError);
  });
}
