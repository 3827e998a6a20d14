/** Reads metrics in the text exposition format of Prometheus. */

/** Sum of all series of a metric; 0 when there is none. */
export function sumOf(metrics: string, name: string): number {
  return metrics.split("\n")
    .filter((line) => line.startsWith(`${name}{`))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
}
