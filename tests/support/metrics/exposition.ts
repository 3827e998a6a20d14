/** Reads metrics in the text exposition format of Prometheus. */

/** Sum of all series of a metric, with labels or without; 0 when there is none. */
export function sumOf(metrics: string, name: string): number {
  return metrics.split("\n")
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
}

/**
 * A quantile of what a histogram without labels observed between two scrapes.
 *
 * @param part 0.99 for the 99th percentile.
 * @returns The upper bound of its bucket; `Infinity` when it lies beyond the last.
 */
export function quantileBound(before: string, after: string, name: string, part: number): number {
  const earlier = bucketsOf(before, name);
  const counts = [...bucketsOf(after, name)]
    .map(([bound, count]) => [bound, count - (earlier.get(bound) ?? 0)] as const);
  const total = counts.at(-1)?.[1] ?? 0;
  return counts.find(([, count]) => count >= total * part)?.[0] ?? NaN;
}

/** Cumulative counts by upper bound, in ascending order. */
function bucketsOf(metrics: string, name: string): ReadonlyMap<number, number> {
  const bucket = new RegExp(`^${name}_bucket\\{le="([^"]+)"\\} (\\S+)$`, "gm");
  return new Map(
    [...metrics.matchAll(bucket)].map(([, bound, count]) => [
      bound === "+Inf" ? Infinity : Number(bound),
      Number(count),
    ]),
  );
}
