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

for (const items of ["items:\n", "items: {a: b}\n", "items: a\n"]) {
  Deno.test(`parseManifest() says that a List has no list: ${items.trim()}`, () => {
    const { problems } = parseManifest("f", `apiVersion: v1\nkind: List\n${items}`);
    assert.deepEqual(problems.map(formatProblem), [
      "f:3: items: of kind List must be a list of objects",
    ]);
  });
}

Deno.test("parseManifest() reads files that were joined, each with its byte order mark", () => {
  const { objects, problems } = parseManifest("f", `\ufeff${POOL}---\n\ufeff${POOL}`);
  assert.deepEqual(problems, []);
  assert.deepEqual(objects.map(({ lineOf }) => lineOf("kind")), [2, 15]);
});

Deno.test("parseManifest() names few of the faults that follow from one bracket", () => {
  const { problems } = parseManifest("f", `a: ${"[\n".repeat(5000)}`);
  assert.ok(problems.length > 0 && problems.length <= 5, String(problems.length));
});

Deno.test("parseManifest() says how JSON texts one after the other are divided", () => {
  const text = '{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"a"}}\n';
  assert.equal(
    formatProblem(parseManifest("f", text.repeat(2)).problems[0]!),
    "f:2: a second value begins in the same document: divide them by a line of three dashes",
  );
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

const HEAD = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n";

const GOOD: readonly { readonly name: string; readonly text: string; readonly want: unknown }[] = [
  {
    name: "aliases",
    text: `${HEAD}spec: {a: &x [1], b: *x}\n`,
    want: { spec: { a: [1], b: [1] } },
  },
  {
    name: "merge keys",
    text: `${HEAD}x: &x {a: 1, b: 2}\nspec:\n  <<: *x\n  b: 3\n`,
    want: { spec: { a: 1, b: 3 } },
  },
  {
    name: "merge keys with several sources",
    text: `${HEAD}x: [&x {a: 1}, &y {a: 2, b: 2}]\nspec: {<<: [*x, *y]}\n`,
    want: { spec: { a: 1, b: 2 } },
  },
  { name: "keys that are numbers", text: `${HEAD}spec: {1: a}\n`, want: { spec: { "1": "a" } } },
  { name: "quoted words", text: `${HEAD}spec: ['yes', "0644"]\n`, want: { spec: ["yes", "0644"] } },
  {
    name: "numbers as they are",
    text: `${HEAD}spec: [1e3, 0x1f, -7]\n`,
    want: { spec: [1000, 31, -7] },
  },
  { name: "core tags", text: `${HEAD}spec: !!str 1\n`, want: { spec: "1" } },
  {
    name: "lines that end as on Windows",
    text: `${HEAD}spec: a\n`.replaceAll("\n", "\r\n"),
    want: { spec: "a" },
  },
  { name: "three dashes within a text", text: `${HEAD}spec: |\n  ---\n`, want: { spec: "---\n" } },
  { name: "directives", text: `%YAML 1.2\n---\n${HEAD}spec: a\n`, want: { spec: "a" } },
  {
    name: "an empty list of objects",
    text: "apiVersion: v1\nkind: List\nitems: []\n",
    want: undefined,
  },
  { name: "nothing but comments", text: "# a\n---\n# b\n--- # c\n\n", want: undefined },
];

for (const { name, text, want } of GOOD) {
  Deno.test(`parseManifest() takes ${name}`, () => {
    const { objects, problems } = parseManifest("f", text);
    assert.deepEqual(problems, []);
    const spec = objects[0] && { spec: objects[0].object["spec"] };
    assert.deepEqual(spec, want);
  });
}

const ALIASES = Array.from(
  { length: 9 },
  (_, i) => `a${i + 1}: &a${i + 1} [${Array.from({ length: 10 }, () => `*a${i}`)}]\n`,
);

const WRONG: readonly (readonly [name: string, text: string, want: string])[] = [
  ["a bomb of aliases", `${HEAD}a0: &a0 [x]\n${ALIASES.join("")}`, "1: aliases make more than"],
  [
    "an alias within itself",
    `${HEAD}spec: &x {a: [*x]}\n`,
    "5: the alias stands for something that it is in",
  ],
  ["an alias without an anchor", `${HEAD}spec: *x\n`, "5: nothing is named &x before"],
  ["a merge of a number", `${HEAD}spec: {<<: 3}\n`, "1: Merge sources must be maps"],
  ["a list as a key", `${HEAD}spec:\n  ? [a]\n  : b\n`, "6: a key must be a text"],
  ["a mapping as a key", `${HEAD}spec:\n  ? {a: b}\n  : c\n`, "6: a key must be a text"],
  ["no key", `${HEAD}spec:\n  : c\n`, "6: a key must be a text"],
  ["an alias as a key", `${HEAD}spec:\n  a: &k x\n  *k : c\n`, "7: a key must be a text"],
  ["a key twice", `${HEAD}kind: Namespace\n`, "5: Map keys must be unique"],
  [
    "a number and a text as the same key",
    `${HEAD}spec: {1: a, "1": b}\n`,
    "5: Map keys must be unique",
  ],
  ["a key twice in JSON", `{"a": 1,\n "a": 2}`, "2: Map keys must be unique"],
  ["a tab before a key", "metadata:\n\tname: a\n", "2: Tabs are not allowed as indentation"],
  ["a tag of somebody", `${HEAD}spec: !mine x\n`, "5: Unresolved tag: !mine"],
  [
    "binary data",
    `${HEAD}spec: !!binary aGk=\n`,
    "5: the value aGk= is none that JSON has: write it as text",
  ],
  ["a set", `${HEAD}spec: !!set {a}\n`, "5: the tag tag:yaml.org,2002:set is not understood"],
  ["a truth value of YAML 1.1", `${HEAD}spec: yes\n`, "5: yes is a text to some programs"],
  ["an octal number of YAML 1.1", `${HEAD}spec: 0644\n`, "5: 0644 is a text to some programs"],
  [
    "an integer of 64 bits",
    `${HEAD}spec: 9007199254740993\n`,
    "5: the number 9007199254740993 cannot be kept",
  ],
  ["a number that overflows", `${HEAD}spec: 1e400\n`, "5: the number 1e400 cannot be kept exactly"],
  ["an infinite number", `${HEAD}spec: .inf\n`, "5: the number .inf cannot be kept exactly"],
  [
    "a control character",
    `${HEAD}spec: \u001b[31m\n`,
    "5: the control character U+001B is not allowed",
  ],
  [
    "a control character of Latin 1",
    `${HEAD}spec: \u009b31m\n`,
    "5: the control character U+009B is not",
  ],
  [
    "a kind that steers a terminal",
    `apiVersion: v1\nkind: "\\e[31m\\u202ex\\n"\n`,
    "2: kind: kind \\u001b[31m\\u202ex  of apiVersion v1",
  ],
  ["lists in each other without end", `a: ${"[".repeat(5000)}`, "1: nests too deep"],
  [
    "mappings in each other without end",
    Array.from({ length: 2000 }, (_, i) => `${" ".repeat(i)}a:\n`).join(""),
    ": nests too deep",
  ],
  [
    "an unknown field of the metadata",
    HEAD.replace("name", "nmae: b\n  name"),
    '4: metadata.nmae: unknown field "nmae", did you mean "name"?',
  ],
  [
    "a number as a label",
    `${HEAD}  labels: {a: 1}\n`,
    "5: metadata.labels.a: must be a text; put it in quotes",
  ],
  ["a list as labels", `${HEAD}  labels: [a]\n`, "5: metadata.labels: must be a mapping of texts"],
  ["a number as a namespace", `${HEAD}  namespace: 1\n`, "5: metadata.namespace: must be a text"],
  [
    "a List without items",
    "apiVersion: v1\nkind: List\nitems:\n",
    "3: items: of kind List must be a list of objects",
  ],
];

for (const [name, text, want] of WRONG) {
  Deno.test(`parseManifest() refuses ${name}, with its line`, () => {
    const { objects, problems } = parseManifest("f", text);
    assert.deepEqual(objects, []);
    const [line = ""] = problems.map(formatProblem);
    assert.ok(line.startsWith("f:") && line.includes(want), line);
  });
}

Deno.test("parseManifest() takes the items of a List, also of one in another, and counts their lines", () => {
  const item = (name: string) => `{apiVersion: v1, kind: Namespace, metadata: {name: ${name}}}`;
  const text = "---\napiVersion: v1\nkind: List\nitems:\n" +
    `- ${item("a")}\n- apiVersion: v1\n  kind: List\n  items:\n  - ${
      item("b")
    }\n  - kind: Nope\n- 3\n`;
  const { objects, problems } = parseManifest("f", text);
  assert.deepEqual(objects.map(({ name }) => name.name), ["a", "b"]);
  assert.deepEqual(objects.map(({ lineOf }) => lineOf("metadata.name")), [5, 9]);
  assert.match(formatProblem(problems[0]!), /^f:10: items\[1\]\.items\[1\]\.kind: kind Nope/);
  assert.match(formatProblem(problems[1]!), /^f:11: items\[2\]: the document is not a mapping/);
});

Deno.test("parseManifest() refuses a document that would keep the process for long", () => {
  const { problems } = parseManifest("f", `${HEAD}---\n# ${"x".repeat(5_000_000)}\na: 1\n`);
  assert.match(formatProblem(problems[0]!), /^f:5: the document has more than \d+ characters/);
});
