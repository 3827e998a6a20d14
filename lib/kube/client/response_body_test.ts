import { deepEqual, equal, throws } from "node:assert/strict";
import fc from "fast-check";
import { LineSplitter } from "./response_body.ts";

function split(bytes: Uint8Array, cuts: readonly number[]) {
  const splitter = new LineSplitter();
  const lines: string[] = [];
  let start = 0;
  for (const end of [...cuts.toSorted((a, b) => a - b), bytes.length]) {
    lines.push(...splitter.push(bytes.subarray(start, end)));
    start = end;
  }
  return [...lines, splitter.end()].filter((line) => line !== "");
}

Deno.test("LineSplitter gives the lines of a text wherever its bytes are cut", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 40 });
  fc.assert(fc.property(fc.array(text), fc.array(fc.nat(400)), (texts, cuts) => {
    const lines = texts.map((line) => line.replaceAll("\n", " ").toWellFormed());
    const bytes = new TextEncoder().encode(lines.join("\n"));
    const within = cuts.filter((cut) => cut <= bytes.length);
    deepEqual(split(bytes, within), lines.filter((line) => line !== ""));
  }));
});

Deno.test("LineSplitter keeps a byte order mark out of nothing but the beginning", () => {
  deepEqual(split(new TextEncoder().encode("a\n\ufeffb"), []), ["a", "\ufeffb"]);
});

Deno.test("LineSplitter refuses bytes that are no UTF-8, at once or at the end", () => {
  const refusal = { name: "TypeError", message: "the API server sent something that is no UTF-8" };
  throws(() => new LineSplitter().push(new Uint8Array([0xff])), refusal);
  const splitter = new LineSplitter();
  deepEqual(splitter.push(new Uint8Array([0x61, 0xc3])), []);
  throws(() => splitter.end(), refusal);
});

Deno.test("LineSplitter holds each piece of a long line once, and joins them once", () => {
  const splitter = new LineSplitter();
  const piece = new TextEncoder().encode("x".repeat(1000));
  for (let pieces = 0; pieces < 5000; pieces++) equal(splitter.push(piece).length, 0);
  equal(splitter.push(new TextEncoder().encode("\n"))[0]?.length, 5_000_000);
});
