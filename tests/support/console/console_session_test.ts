import assert from "node:assert/strict";
import { normaliseOutput, readConsoleSteps } from "./console_session.ts";

const DOCUMENT = `# Title

\`\`\`console
$ first
\`\`\`

## Here

\`\`\`
$ not a session
\`\`\`

\`\`\`console
$ cat <<EOF | tool
a
EOF
taken
$ long \\
  command
one

two
\`\`\`

### Below

\`\`\`console
$ last
\`\`\`

## Elsewhere

\`\`\`console
$ other
\`\`\`
`;

Deno.test("readConsoleSteps() reads commands of several lines and what follows them", () => {
  assert.deepEqual(readConsoleSteps(DOCUMENT, "Here"), [
    { command: "cat <<EOF | tool\na\nEOF", output: "taken\n", line: 14 },
    { command: "long \\\n  command", output: "one\n\ntwo\n", line: 18 },
    { command: "last", output: "", line: 28 },
  ]);
});

Deno.test("readConsoleSteps() reads the whole file without a heading", () => {
  const commands = readConsoleSteps(DOCUMENT).map(({ command }) => command);
  assert.deepEqual([commands[0], commands.length], ["first", 5]);
});

Deno.test("readConsoleSteps() refuses a heading without a session, and output without a command", () => {
  assert.throws(() => readConsoleSteps(DOCUMENT, "Nowhere"), /no console block below Nowhere/);
  assert.throws(() => readConsoleSteps("```console\nx\n```\n"), /line 2: no command before/);
  assert.throws(() => readConsoleSteps("```console\n$ x\n"), /line 1: the block does not end/);
});

const SAME: readonly (readonly [name: string, one: string, other: string])[] = [
  ["ages, wherever they stand", "9s   x   59m\n", "10m   x  3d4h\n"],
  ["times", "at 2026-11-23T09:20:14Z", "at 2027-01-02T03:04:05.678Z"],
  ["uids", "c: 332256ed-dc28-497f-a4d7-ed3788014db2", "c: 04a39a81-8c93-4e3d-9e20-bf41725a5f3d"],
  ["versions", 'resourceVersion: "9"', 'resourceVersion: "123"'],
  ["widths of columns", "NAME   AGE", "NAME      AGE"],
  ["an end without a newline", "ok", "ok\n"],
  ["what newer kubectls say of a deletion", '"a" deleted', '"a" deleted from lab namespace'],
];

for (const [name, one, other] of SAME) {
  Deno.test(`normaliseOutput() evens out ${name}`, () => {
    assert.equal(normaliseOutput(one), normaliseOutput(other));
  });
}

const DIFFERENT: readonly (readonly [name: string, one: string, other: string])[] = [
  ["numbers", "leaseTime: 300\n", "leaseTime: 600\n"],
  ["addresses", "192.168.48.81\n", "192.168.48.82\n"],
  ["generations", "generation: 1\n", "generation: 2\n"],
  ["indentation", "  a: 1\n", "    a: 1\n"],
];

for (const [name, one, other] of DIFFERENT) {
  Deno.test(`normaliseOutput() keeps ${name}`, () => {
    assert.notEqual(normaliseOutput(one), normaliseOutput(other));
  });
}
