import assert from "node:assert/strict";
import { formatAge } from "./human_duration.ts";

const NOW_MS = Date.parse("2026-01-01T00:00:00Z");
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

// What `kubectl get` prints for these ages.
const CASES: readonly (readonly [ageSeconds: number, text: string])[] = [
  [-5, "<invalid>"],
  [-1, "0s"],
  [0, "0s"],
  [119, "119s"],
  [2 * MINUTE, "2m"],
  [3 * MINUTE + 16, "3m16s"],
  [10 * MINUTE + 5, "10m"],
  [179 * MINUTE, "179m"],
  [3 * HOUR, "3h"],
  [7 * HOUR + 59 * MINUTE, "7h59m"],
  [8 * HOUR + 30 * MINUTE, "8h"],
  [47 * HOUR, "47h"],
  [2 * DAY + 3 * HOUR, "2d3h"],
  [8 * DAY + 5 * HOUR, "8d"],
  [700 * DAY, "700d"],
  [2 * 365 * DAY + 12 * DAY, "2y12d"],
  [9 * 365 * DAY + 12 * DAY, "9y"],
];

for (const [ageSeconds, text] of CASES) {
  Deno.test(`formatAge() writes ${ageSeconds} s as ${text}`, () => {
    const since = new Date(NOW_MS - ageSeconds * 1000).toISOString();
    assert.equal(formatAge(since, NOW_MS), text);
  });
}

for (const since of [undefined, null, "", "yesterday", 5]) {
  Deno.test(`formatAge() does not know the age of ${JSON.stringify(since)}`, () => {
    assert.equal(formatAge(since, NOW_MS), "<unknown>");
  });
}
