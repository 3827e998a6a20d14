/** Each promise of the pages about security and outages names a test that is there. */

import assert from "node:assert/strict";
import { PROJECT } from "./project_path.ts";

/** The pages, and how many tables each of them has. */
const PAGES = { "docs/security.md": 8, "docs/outages.md": 1 };

interface Promised {
  readonly promise: string;
  readonly file: string;
  /** Name of the test; the case of a table of cases stands where its template has a gap. */
  readonly test: string;
}

/** The rows of the tables, without their heads. */
function promisesOf(text: string): readonly Promised[] {
  return [...text.matchAll(/^\| (.+?) +\| `(.+?)` +\| (.+?) +\|$/gm)].map((
    [, promise, file, test],
  ) => ({
    promise: promise!,
    file: file!,
    test: test!,
  }));
}

const LITERAL = /"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g;
const GAP = /\$\{(?:[^{}]|\{[^}]*\})*\}/;
/** A template of fewer letters fits almost any name. */
const LETTERS_MIN = 20;

/** Whether a text of the source, or a template of one, is the name. */
function names(source: string, test: string): boolean {
  // Line by line, as a quote within a pattern would turn inside and outside around.
  return source.split("\n").flatMap((line) => [...line.matchAll(LITERAL)]).some(
    ([, text, template]) => {
      const pieces = text === undefined ? template!.split(GAP) : [text];
      if (pieces.join("").length < LETTERS_MIN) return false;
      return new RegExp(`^${pieces.map(RegExp.escape).join(".*")}$`).test(test);
    },
  );
}

for (const [page, tables] of Object.entries(PAGES)) {
  Deno.test(`each promise of ${page} names a test that exists`, async () => {
    const text = await Deno.readTextFile(`${PROJECT}${page}`);
    const promises = promisesOf(text);
    const rows = text.split("\n").filter((line) => line.startsWith("| ")).length;
    assert.equal(promises.length, rows - tables, "a row is not of the form of the others");
    const missing: string[] = [];
    for (const { promise, file, test } of promises) {
      const source = await Deno.readTextFile(`${PROJECT}${file}`).catch(() => "");
      if (!names(source, test)) missing.push(`${promise}: ${file}: ${test}`);
    }
    assert.deepEqual(missing, []);
  });
}
