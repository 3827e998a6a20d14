import { testRule } from "./run_rule.ts";

/** A function declaration of so many lines. */
function functionOf(lines: number): string {
  return `function planted() {\n${"  x();\n".repeat(lines - 2)}}\n`;
}

/** The same as a method. */
function methodOf(lines: number): string {
  return `class Planted {\n  method() {\n${"    x();\n".repeat(lines - 2)}  }\n}\n`;
}

testRule("file-size", [
  {
    name: "refuses 301 lines",
    file: "tests/support/planted.ts",
    source: "x();\n".repeat(301),
    want: /301 lines; 300 is the limit/,
  },
  { name: "allows 300 lines", file: "lib/net/planted.ts", source: "x();\n".repeat(300) },
]);

testRule("function-size", [
  {
    name: "refuses a function of 61 lines",
    file: "lib/net/planted.ts",
    source: functionOf(61),
    want: /61 lines; 60 is the limit/,
  },
  { name: "allows a function of 60 lines", file: "lib/net/planted.ts", source: functionOf(60) },
  {
    name: "refuses a method of 61 lines",
    file: "cmd/planted.ts",
    source: methodOf(61),
    want: /61 lines/,
  },
  { name: "allows a method of 60 lines", file: "cmd/planted.ts", source: methodOf(60) },
  {
    name: "refuses an arrow function of 61 lines",
    file: "lib/net/planted.ts",
    source: `call(() => {\n${"  x();\n".repeat(59)}});`,
    want: /61 lines/,
  },
  { name: "leaves tests alone", file: "lib/net/planted_test.ts", source: functionOf(61) },
]);

testRule("top-level-arrow", [
  {
    name: "refuses a constant that is an arrow function",
    file: "lib/net/planted.ts",
    source: "const planted = () => 1;",
    want: /function declaration/,
  },
  {
    name: "refuses an exported one",
    file: "tests/support/planted.ts",
    source: "export const planted = (x: number) => x;",
    want: /function declaration/,
  },
  {
    name: "refuses a function expression",
    file: "cmd/planted.ts",
    source: "const planted = function () {};",
    want: /function declaration/,
  },
  { name: "allows a declaration", file: "cmd/planted.ts", source: "function planted() {}" },
  {
    name: "allows an arrow function inside a function",
    file: "cmd/planted.ts",
    source: "export function planted() { const inner = () => 1; return inner(); }",
  },
]);
