/** Median and spread of a few measurements. */

/** The median; for an even number of values, the upper one of the two in the middle. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

/** Median, minimum and maximum, such as `85,000 (83,100-86,200)`. */
export function spread(values: readonly number[], digits = 0): string {
  const format = (value: number) =>
    value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const [least, most] = [Math.min(...values), Math.max(...values)].map(format);
  const middle = format(median(values));
  return least === most ? middle : `${middle} (${least}-${most})`;
}

/** A table in Markdown. */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  const rule = head.map((_, column) => column === 0 ? "---" : "--:");
  return [head, rule, ...body].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
