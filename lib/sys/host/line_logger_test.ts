import assert from "node:assert/strict";
import type { LogFields, LogFormat, LogLevel } from "../../observe/logger.ts";
import { createLineLogger } from "./line_logger.ts";

function record(level: LogLevel, format: LogFormat = "json") {
  const lines: string[] = [];
  const logger = createLineLogger({
    ...{ level, format },
    nowMs: () => Date.UTC(2024, 1, 3, 4, 5, 6, 789),
    writeLine: (line) => void lines.push(line),
  });
  return { lines, logger };
}

const CAUSED = new Error("cannot list", { cause: new TypeError("connection refused") });

const CASES: readonly {
  readonly what: string;
  readonly fields?: LogFields;
  readonly tail: string;
}[] = [
  { what: "no fields", tail: "" },
  {
    what: "values of all kinds",
    fields: { a: "b\n", n: 1, t: true, z: null },
    tail: `,"a":"b\\n","n":1,"t":true,"z":null`,
  },
  { what: "an undefined value", fields: { a: undefined }, tail: "" },
  { what: "a list", fields: { names: ["a", "b"] }, tail: `,"names":["a","b"]` },
  {
    what: "an error with its causes",
    fields: { error: CAUSED },
    tail: `,"error":"cannot list: connection refused"`,
  },
  {
    what: "an error that tells its cause itself",
    fields: { error: new Error("cannot list: no route", { cause: new Error("no route") }) },
    tail: `,"error":"cannot list: no route"`,
  },
  {
    what: "an error without a message",
    fields: { error: new RangeError() },
    tail: `,"error":"RangeError"`,
  },
  {
    what: "fields that pretend to be the line's own",
    fields: { level: "debug", msg: "x", ts: "y" },
    tail: "",
  },
];

for (const { what, fields, tail } of CASES) {
  Deno.test(`a log line with ${what} is one JSON object`, () => {
    const { lines, logger } = record("info");
    logger.log("warn", "it happened", fields);
    assert.deepEqual(lines, [
      `{"ts":"2024-02-03T04:05:06.789Z","level":"warn","msg":"it happened"${tail}}`,
    ]);
  });
}

const SEVERITIES: readonly LogLevel[] = ["debug", "info", "warn", "error"];

SEVERITIES.forEach((threshold, index) => {
  Deno.test(`a logger at ${threshold} leaves out what is less severe`, () => {
    const { lines, logger } = record(threshold);
    for (const level of SEVERITIES) logger.log(level, "line");
    assert.deepEqual(lines.map((line) => JSON.parse(line).level), SEVERITIES.slice(index));
  });
});

Deno.test("a logger at debug writes the stack of an error beside its message", () => {
  const { lines, logger } = record("debug");
  logger.log("error", "failed", { error: CAUSED });
  const line = JSON.parse(lines[0]!);
  assert.equal(line.error, "cannot list: connection refused");
  assert.match(line.errorStack, /line_logger_test/);
});

Deno.test("an error that is its own cause ends", () => {
  const { lines, logger } = record("info");
  const error = new Error("round");
  error.cause = error;
  logger.log("error", "failed", { error });
  assert.equal(JSON.parse(lines[0]!).error, "round");
});

Deno.test("Logger.with() adds fields to every line, and a line's own fields win", () => {
  const { lines, logger } = record("info");
  logger.with({ ippool: "a/b", nic: "eth1" }).with({ nic: "eth2" }).log("info", "line", { n: 1 });
  logger.log("info", "plain");
  const [bound, plain] = lines.map((line) => JSON.parse(line));
  assert.deepEqual([bound.ippool, bound.nic, bound.n], ["a/b", "eth2", 1]);
  assert.equal("ippool" in plain, false);
});

Deno.test("no text and no list makes a log line of any length", () => {
  const { lines, logger } = record("debug");
  const names = Array.from({ length: 100_000 }, (_, index) => `name ${index}`);
  const text = "x".repeat(10_000_000);
  logger.log("error", "failed", { names, text, error: new Error(text) });
  const line = JSON.parse(lines[0]!);
  assert.ok(lines[0]!.length < 20_000, String(lines[0]!.length));
  assert.equal(line.names.at(-1), "and 99950 more");
  assert.match(line.text, /x\.\.\. \(10000000 characters\)$/);
});

Deno.test("a log line as text has its values as words, quoted where they are none", () => {
  const { lines, logger } = record("info", "text");
  logger.with({ ippool: "a/b" }).log("info", "it happened", {
    ...{ message: "two words", empty: "", n: 1, none: undefined, no: false },
    ...{ names: ["a", "b"], quote: 'say "x"', equal: "a=b", error: CAUSED },
  });
  logger.log("error", "plain", { forged: "x\n2024-02-03T04:05:06.789Z ERROR other" });
  const ts = "2024-02-03T04:05:06.789Z";
  assert.deepEqual(lines, [
    `${ts} INFO  it happened ippool=a/b message="two words" empty="" n=1 no=false names=a,b ` +
    'quote="say \\"x\\"" equal="a=b" error="cannot list: connection refused"',
    `${ts} ERROR plain forged="x\\n${ts} ERROR other"`,
  ]);
});
