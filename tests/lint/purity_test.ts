import { type RuleCase, testRule } from "./run_rule.ts";

/** Each line is impure by itself. */
const IMPURE: readonly string[] = [
  "fetch('http://localhost');",
  "setTimeout(() => {}, 1);",
  "setInterval(() => {}, 1);",
  "queueMicrotask(() => {});",
  "const now = Date.now();",
  "const now = new Date();",
  "const now = Date();",
  "const now = performance.now();",
  "const dice = Math.random();",
  "crypto.getRandomValues(new Uint8Array(1));",
  "console.log(1);",
  "globalThis.setTimeout;",
  "AbortSignal.timeout(1);",
  "let packets = 0;",
  "export let packets = 0;",
  "const cache = new WeakMap();",
  "import { readFileSync } from 'node:fs';",
  "import * as util from 'node:util';",
  "import { randomBytes } from 'node:crypto';",
];

/** Their legal neighbours. */
const PURE: readonly string[] = [
  "const then = new Date('2020-01-01T00:00:00Z');",
  "const then = Date.parse('2020-01-01T00:00:00Z');",
  "const largest = Math.max(1, 2);",
  "const options = { fetch: 1, console: 2 };",
  "client.fetch('x');",
  "function count() { let packets = 0; return ++packets; }",
  "const { signal } = new AbortController();",
  "import { parseArgs } from 'node:util';",
  "import { createHash } from 'node:crypto';",
  "import type { FileHandle } from 'node:fs/promises';",
];

const FILES = ["lib/net/planted.ts", "lib/agent/planted.ts", "cmd/cli/flags.ts"];

testRule("pure-zone", [
  ...IMPURE.flatMap((source) =>
    FILES.map((file): RuleCase => {
      return { name: `refuses in ${file}: ${source}`, file, source, want: /pure code/ };
    })
  ),
  ...PURE.map((source): RuleCase => {
    return { name: `allows ${source}`, file: "lib/reconcile/planted.ts", source };
  }),
  ...[
    "lib/kube/planted.ts",
    "lib/http/listener.ts",
    "lib/net/planted_test.ts",
    "cmd/agent.ts",
    "tests/support/planted.ts",
  ].map((file): RuleCase => ({ name: `leaves ${file} alone`, file, source: "Date.now();" })),
]);

testRule("deno-at-edges", [
  ...["lib/dhcpv4/planted.ts", "lib/agent/planted.ts", "cmd/cli/flags.ts"].flatMap(
    (file): RuleCase[] => [
      {
        name: `refuses a call in ${file}`,
        file,
        source: "Deno.cwd();",
        want: /does not belong here/,
      },
      {
        name: `refuses a type in ${file}`,
        file,
        source: "export type X = Deno.FsFile;",
        want: /does not belong here/,
      },
    ],
  ),
  ...[
    "cmd/agent.ts",
    "lib/kube/planted.ts",
    "lib/sys/planted.ts",
    "lib/apiserver/planted.ts",
    "lib/http/listener.ts",
    "main.ts",
    "lib/dhcpv4/planted_test.ts",
    "tests/support/planted.ts",
  ].map((file): RuleCase => ({ name: `allows a call in ${file}`, file, source: "Deno.cwd();" })),
]);

testRule("exit-in-main", [
  {
    name: "refuses Deno.exit in a command",
    file: "cmd/agent.ts",
    source: "Deno.exit(1);",
    want: /Only main.ts ends the process/,
  },
  { name: "allows Deno.exit in main.ts", file: "main.ts", source: "Deno.exit(1);" },
  { name: "allows an exit code", file: "tools/check.ts", source: "Deno.exitCode = 1;" },
]);
