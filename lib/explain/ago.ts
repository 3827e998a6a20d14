/** How long ago something was, for people. */

const UNITS: readonly (readonly [name: string, ms: number, most: number])[] = [
  ["s", 1000, 120],
  ["min", 60_000, 120],
  ["h", 3_600_000, 48],
  ["d", 86_400_000, Infinity],
];

/** A span such as `12 s` or `3 min`, rounded down. What an agent says need not be a time: that span is `NaN`. */
export function spanOf(ms: number): string {
  if (Number.isNaN(ms)) return "an unknown time";
  const positive = Math.max(0, ms);
  const [name, unit] = UNITS.find(([, unit, most]) => positive < unit * most)!;
  return `${Math.floor(positive / unit)} ${name}`;
}

/** `12 s ago` for a time as an agent or an API server writes it. */
export function agoOf(time: string, nowMs: number): string {
  const ms = Date.parse(time);
  return Number.isNaN(ms) ? "at an unknown time" : `${spanOf(nowMs - ms)} ago`;
}
