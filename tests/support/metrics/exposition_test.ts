import assert from "node:assert/strict";
import { quantileBound, sumOf } from "./exposition.ts";

function histogram(...counts: readonly number[]): string {
  const lines = ["0.01", "0.1", "+Inf"].map((bound, i) => `a_bucket{le="${bound}"} ${counts[i]}`);
  return [...lines, `a_count ${counts.at(-1)}`].join("\n");
}

Deno.test("sumOf() adds up the series of one metric", () => {
  assert.equal(sumOf('a{x="1"} 2\na{x="2"} 3\nab{x="1"} 50\n# a{', "a"), 5);
});

Deno.test("sumOf() reads a metric without labels", () => {
  assert.equal(sumOf("# TYPE a counter\na 4\na_total 9\nab 50", "a"), 4);
});

Deno.test("quantileBound() looks at what was observed between two scrapes", () => {
  const before = histogram(100, 100, 100);
  const cases = [
    [[199, 200, 200], 0.99, 0.01],
    [[198, 200, 200], 0.99, 0.1],
    [[198, 198, 200], 0.99, Infinity],
    [[101, 200, 200], 0.5, 0.1],
  ] as const;
  for (const [counts, part, want] of cases) {
    assert.equal(quantileBound(before, histogram(...counts), "a", part), want, counts.join());
  }
});
