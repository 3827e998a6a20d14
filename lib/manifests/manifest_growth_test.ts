import assert from "node:assert/strict";
import { cpuMs } from "../../tests/support/clocks/cpu_time.ts";
import { parseManifest } from "./manifest_documents.ts";

const HEAD = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n";

function times(count: number, text: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => text(i)).join("");
}

/** A text of a size, which is the number of what the case is named after, and the size that is parsed. */
const TEXTS: Readonly<Record<string, readonly [size: number, text: (size: number) => string]>> = {
  "addresses in the status of a pool": [
    3000,
    (size) =>
      `${HEAD}status:\n${
        times(size, (i) => `  10.0.${i >>> 8}.${i & 255}: "52:54:00:00:00:01"\n`)
      }`,
  ],
  "keys in JSON": [2500, (size) => `{${times(size, (i) => `"k${i}": 1,\n`)}"last": 1}`],
  "aliases": [500, (size) => `${HEAD}a: &a 1\nspec: [${"*a, ".repeat(size)}1]\n`],
  "merges": [
    1000,
    (size) => `${HEAD}a: &a {b: 1}\n${times(size / 2, (i) => `k${i}:\n  <<: *a\n`)}`,
  ],
  "documents that end with dots": [3000, (size) => "a: 1\n...\n".repeat(size)],
  "labels that are no texts": [
    2000,
    (size) => `${HEAD}  labels: {${times(size, (i) => `l${i}: 1, `)}last: 1}\n`,
  ],
  "fields that no metadata have": [
    2000,
    (size) => `${HEAD}${times(size, (i) => `  unknown${i}: 1\n`)}`,
  ],
};

const FACTOR = 4;

function parsingMs(text: string): number {
  const startMs = cpuMs();
  parseManifest("f", text);
  return cpuMs() - startMs;
}

for (const [name, [size, textOf]] of Object.entries(TEXTS)) {
  Deno.test(`parseManifest() takes no longer for each, however many there are: ${name}`, () => {
    const [small, large] = [textOf(size), textOf(size * FACTOR)];
    parsingMs(small);
    const smallMs = Math.min(...Array.from({ length: 3 }, () => parsingMs(small)));
    const largeMs = Math.min(...Array.from({ length: 2 }, () => parsingMs(large)));
    assert.ok(largeMs < 2.5 * FACTOR * smallMs, `${smallMs} ms, ${largeMs} ms for ${FACTOR} times`);
  });
}

Deno.test("parseManifest() refuses more aliases than it could follow", () => {
  const { objects, problems } = parseManifest(
    "f",
    `${HEAD}a: &a 1\nb: [${"*a,".repeat(6000)}]\n`,
  );
  assert.deepEqual(objects, []);
  assert.deepEqual(problems.map(({ message }) => message), [
    "the document has more than 5000 anchors and aliases",
  ]);
});
