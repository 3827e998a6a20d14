import assert from "node:assert/strict";
import { formatProblem, parseManifest } from "./manifest_documents.ts";

const POOL = `apiVersion: network.harvesterhci.io/v1alpha1
kind: IPPool
metadata:
  name: p
spec:
  networkName: default/net-48
  ipv4Config:
    dns:
    - 1.1.1.1
    - bad
    pool:
      start: x
`;

Deno.test("parseManifest() reads several documents and skips empty ones", () => {
  const { objects, problems } = parseManifest("f", `---\n${POOL}---\n---\n${POOL}`);
  assert.deepEqual(problems, []);
  assert.deepEqual(objects.map(({ name }) => name), [
    { namespace: "default", name: "p" },
    { namespace: "default", name: "p" },
  ]);
});

Deno.test("parseManifest() reads JSON, too", () => {
  const text = `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"lab"}}`;
  assert.deepEqual(parseManifest("f", text).objects[0]?.name, { namespace: "", name: "lab" });
});

const places = [
  { field: "spec.ipv4Config.dns[1]", line: 10 },
  { field: "spec.ipv4Config.pool.start", line: 12 },
  { field: "spec.ipv4Config.pool", line: 11 },
  { field: "spec.ipv4Config.cidr", line: 7, why: "it is missing, its parent is named" },
  { field: "status.used", line: 1, why: "no part of it is written" },
  { field: "", line: 1 },
];

for (const { field, line, why } of places) {
  Deno.test(`lineOf("${field}") is ${line}${why === undefined ? "" : `: ${why}`}`, () => {
    assert.equal(parseManifest("f", POOL).objects[0]?.lineOf(field), line);
  });
}

Deno.test("lineOf() counts lines of the file, not of the document", () => {
  const { objects } = parseManifest("f", `${POOL}---\n${POOL}`);
  assert.equal(objects[1]?.lineOf("spec.ipv4Config.pool.start"), 25);
});

const bad = [
  { name: "a text", text: "hello", want: "f:1: the document is not a mapping of fields" },
  { name: "a list", text: "- a", want: "f:1: the document is not a mapping of fields" },
  {
    name: "a document without a name",
    text: "apiVersion: v1\nkind: Namespace\nmetadata:\n  labels: {}\n",
    want: "f:3: metadata.name: is missing or no text",
  },
  {
    name: "a document without metadata",
    text: "apiVersion: v1\nkind: Namespace\n",
    want: "f:1: metadata.name: is missing or no text",
  },
];

for (const { name, text, want } of bad) {
  Deno.test(`parseManifest() refuses ${name}`, () => {
    assert.deepEqual(parseManifest("f", text).problems.map(formatProblem), [want]);
  });
}

Deno.test("parseManifest() names the kinds that it knows when it meets another", () => {
  const { problems } = parseManifest("f", "kind: Pod\napiVersion: v1\nmetadata: {name: x}\n");
  assert.match(formatProblem(problems[0]!), /^f:1: kind: kind Pod of apiVersion v1 .*IPPool/);
});

Deno.test("parseManifest() tells the line of a syntax error and reads the other documents", () => {
  const { objects, problems } = parseManifest("f", `a: b\n  c: [\n---\n${POOL}`);
  assert.equal(objects.length, 1);
  assert.ok(problems.length > 0 && problems.every(({ line }) => line <= 3));
});
