import assert from "node:assert/strict";
import {
  describeFlags,
  describeIgnoredVariables,
  type FlagTable,
  parseArguments,
  parseFlags,
  UsageError,
} from "./flags.ts";

const TABLE = {
  debug: { kind: "switch", help: "Log more.", env: ["APP_DEBUG", "APP_TRACE"], alias: "trace" },
  name: { kind: "value", placeholder: "NAME", help: "A name.", parse: String, env: ["APP_NAME"] },
  port: {
    ...{ kind: "value", placeholder: "PORT", help: "A port.", parse: port, default: "80" },
    ...{ alias: "number", short: "p" },
  },
  nic: { kind: "list", placeholder: "NIC", help: "A NIC.", parse: String },
} as const satisfies FlagTable;

function port(text: string): number {
  if (!/^\d+$/.test(text)) throw new UsageError("is not a number");
  return Number(text);
}

const good = [
  { name: "nothing gives the defaults", args: [], want: { debug: false, port: 80, nic: [] } },
  { name: "a switch is set by its name", args: ["--debug"], want: { debug: true } },
  { name: "a switch is set by its alias", args: ["--trace"], want: { debug: true } },
  { name: "a switch takes =false as cobra does", args: ["--debug=false"], want: { debug: false } },
  { name: "a value follows", args: ["--port", "8080"], want: { port: 8080 } },
  { name: "a value follows an equals sign", args: ["--port=8080"], want: { port: 8080 } },
  { name: "the last value wins", args: ["--port=1", "--port=2"], want: { port: 2 } },
  { name: "a list keeps all", args: ["--nic", "a", "--nic=b"], want: { nic: ["a", "b"] } },
  { name: "a value may contain equals signs", args: ["--nic", "a/b=c"], want: { nic: ["a/b=c"] } },
  { name: "the environment sets", args: [], env: { APP_NAME: "x" }, want: { name: "x" } },
  {
    name: "the second variable sets a switch",
    args: [],
    env: { APP_TRACE: "true" },
    want: { debug: true },
  },
  {
    name: "the command line beats the environment",
    args: ["--name", "y"],
    env: { APP_NAME: "x" },
    want: { name: "y" },
  },
  ...["1", "t", "T", "true", "True", "TRUE"].map((text) => (
    { name: `a switch takes =${text} as Go does`, args: [`--debug=${text}`], want: { debug: true } }
  )),
  ...["0", "f", "F", "false", "False", "FALSE"].map((text) => (
    {
      name: `a switch takes =${text} as Go does`,
      args: [`--debug=${text}`],
      want: { debug: false },
    }
  )),
  {
    name: "a spelling that is off leaves the other one on",
    args: ["--trace", "--debug=false"],
    want: { debug: true },
  },
  {
    name: "a variable that is off leaves the other one on",
    args: [],
    env: { APP_DEBUG: "0", APP_TRACE: "t" },
    want: { debug: true },
  },
  {
    name: "the command line beats the variable of the same spelling",
    args: ["--trace=false"],
    env: { APP_TRACE: "1" },
    want: { debug: false },
  },
  {
    name: "a variable of a switch that makes no sense is off",
    args: [],
    env: { APP_DEBUG: "maybe" },
    want: { debug: false },
  },
  { name: "an empty variable is unset", args: [], env: { APP_DEBUG: "" }, want: { debug: false } },
];

for (const { name, args, env, want } of good) {
  Deno.test(`parseFlags(): ${name}`, () => {
    const values: Record<string, unknown> = parseFlags(TABLE, args, env ?? {});
    for (const [key, value] of Object.entries(want)) assert.deepEqual(values[key], value);
  });
}

const bad = [
  { args: ["--colour"], message: "unknown flag --colour" },
  { args: ["--prot=1"], message: "unknown flag --prot, did you mean --port?" },
  { args: ["--tracee"], message: "unknown flag --tracee, did you mean --trace?" },
  { args: ["-x"], message: "unknown flag -x" },
  { args: ["stray"], message: 'unexpected argument "stray"' },
  { args: ["--", "stray"], message: 'unexpected argument "stray"' },
  { args: ["--port"], message: "flag --port needs a value" },
  { args: ["--port", "--debug"], message: "flag --port needs a value" },
  { args: ["--port", "x"], message: 'flag --port: "x" is not a number' },
  { args: ["--number", "x"], message: 'flag --number: "x" is not a number' },
  { args: ["--number"], message: "flag --number needs a value" },
  { args: ["-p", "x"], message: 'flag -p: "x" is not a number' },
  { args: ["-px"], message: 'flag -p: "x" is not a number' },
  { args: ["-p"], message: "flag -p needs a value" },
  { args: ["--trace=maybe"], message: 'flag --trace: "maybe" is neither true nor false' },
  { args: ["--debug=maybe"], message: 'flag --debug: "maybe" is neither true nor false' },
];

for (const { args, message } of bad) {
  Deno.test(`parseFlags() refuses ${args.join(" ")}`, () => {
    assert.throws(() => parseFlags(TABLE, args, {}), new UsageError(message));
  });
}

Deno.test("describeIgnoredVariables() names the variables of switches that make no sense", () => {
  assert.deepEqual(describeIgnoredVariables(TABLE, { APP_DEBUG: "0", APP_TRACE: "maybe" }), [
    'variable APP_TRACE: "maybe" is neither true nor false, and counts as false',
  ]);
});

const WITH_LETTER = {
  output: { kind: "value", placeholder: "FORM", help: "A form.", parse: String, short: "o" },
} as const satisfies FlagTable;

for (
  const args of [
    ["vm", "a", "--output", "json"],
    ["-o", "json", "vm", "a"],
    ["vm", "-ojson", "a"],
    ["vm", "-o", "json", "--", "a"],
  ]
) {
  Deno.test(`parseArguments() takes words and a letter: ${args.join(" ")}`, () => {
    const { flags, words } = parseArguments(WITH_LETTER, args, {});
    assert.deepEqual([flags.output, ...words], ["json", "vm", "a"]);
  });
}

Deno.test("describeFlags() tells the letter of a flag", () => {
  assert.match(describeFlags(WITH_LETTER), /^ {2}-o, --output FORM\n/);
});

Deno.test("parseFlags() names the variable of a value that it refuses", () => {
  const table = {
    port: { kind: "value", placeholder: "PORT", help: "", parse: port, env: ["APP_PORT"] },
  } as const;
  const message = 'variable APP_PORT: "x" is not a number';
  assert.throws(() => parseFlags(table, [], { APP_PORT: "x" }), new UsageError(message));
});

Deno.test("parseFlags() wants required flags", () => {
  const table = {
    dir: { kind: "value", placeholder: "DIR", help: "", parse: String, required: true },
  } as const;
  assert.throws(() => parseFlags(table, [], {}), new UsageError("flag --dir DIR is required"));
});

Deno.test("describeFlags() tells placeholder, default, environment and alias of each flag", () => {
  const text = describeFlags(TABLE);
  for (
    const part of [
      "-p, --port PORT",
      "default 80",
      "APP_DEBUG or APP_TRACE",
      "also --trace",
      "also --number",
      "--nic NIC",
    ]
  ) {
    assert.ok(text.includes(part), part);
  }
});
