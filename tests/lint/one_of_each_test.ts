import assert from "node:assert/strict";
import { findCycle, importsOf } from "./import_graph.ts";
import { testRule } from "./run_rule.ts";

Deno.test("importsOf() finds imports of values, of types, for effect, at run time, and exports", () => {
  const source = `import { a } from "./a.ts";
import type { B } from "../b.ts";
import "./c.ts";
const d = await import("./deep/d.ts");
export * from "./e.ts";
import fs from "node:fs";`;
  assert.deepEqual(importsOf("lib/net/x.ts", source), [
    ...["lib/net/a.ts", "lib/b.ts", "lib/net/c.ts", "lib/net/deep/d.ts", "lib/net/e.ts"],
  ]);
});

Deno.test("findCycle() names the files of a cycle over three files", () => {
  const files: Record<string, string> = {
    "lib/net/b.ts": 'import "./c.ts";',
    "lib/net/c.ts": 'import "./a.ts";',
  };
  const cycle = findCycle("lib/net/a.ts", 'import "./b.ts";', (path) => files[path]);
  assert.deepEqual(cycle, ["lib/net/a.ts", "lib/net/b.ts", "lib/net/c.ts", "lib/net/a.ts"]);
});

Deno.test("findCycle() finds nothing where two ways lead to one file", () => {
  const files: Record<string, string> = {
    "lib/net/b.ts": 'import "./d.ts";',
    "lib/net/c.ts": 'import "./d.ts";',
    "lib/net/d.ts": "",
  };
  const source = 'import "./b.ts"; import "./c.ts";';
  assert.equal(findCycle("lib/net/a.ts", source, (path) => files[path]), undefined);
});

testRule("import-cycle", [
  {
    name: "refuses a cycle of two files",
    file: "lib/net/ipv4_address.ts",
    source: 'import { parseCidr } from "./cidr.ts"; parseCidr("");',
    want:
      /imports itself: lib\/net\/ipv4_address.ts -> lib\/net\/cidr.ts -> lib\/net\/ipv4_address/,
  },
  {
    name: "refuses a cycle of types as well",
    file: "lib/net/ipv4_address.ts",
    source: 'import type { Cidr } from "./cidr.ts"; export type X = Cidr;',
    want: /imports itself/,
  },
  {
    name: "allows an import that leads nowhere back",
    file: "lib/net/planted.ts",
    source: 'import { parseCidr } from "./cidr.ts"; parseCidr("");',
  },
]);

testRule("second-of-base", [
  {
    name: "refuses a second Clock",
    file: "lib/agent/planted.ts",
    source: "export interface Clock { nowMs(): number }",
    want: /Clock exists already in lib\/base\/clock.ts/,
  },
  {
    name: "refuses it as a private type",
    file: "cmd/planted.ts",
    source: "type Clock = { nowMs(): number }; export type X = Clock;",
    want: /Clock exists already/,
  },
  {
    name: "refuses a second function",
    file: "lib/kube/planted.ts",
    source: "function isJsonObject() {} isJsonObject();",
    want: /isJsonObject exists already in lib\/base\/json.ts/,
  },
  {
    name: "refuses a second function of a room within it",
    file: "lib/kube/planted.ts",
    source: "function isInexact() {} isInexact();",
    want: /isInexact exists already in lib\/base\/json\/json_numbers.ts/,
  },
  {
    name: "allows tests to have their own",
    file: "lib/net/planted_test.ts",
    source: "interface Clock {} export type X = Clock;",
  },
  {
    name: "allows another name",
    file: "lib/net/planted.ts",
    source: "export interface WallClock {}",
  },
]);
