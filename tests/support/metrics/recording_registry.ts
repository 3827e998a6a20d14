/** A metric registry that a test can read. */

import type {
  Counter,
  Gauge,
  Histogram,
  Labels,
  MetricRegistry,
  MetricSpec,
} from "../../../lib/observe/metrics.ts";

/** Keeps the values of all series. */
export class RecordingRegistry implements MetricRegistry {
  /** By metric name and labels, such as `requests_total{code="200"}`; labels in order of name. */
  readonly values = new Map<string, number>();
  readonly #updates: (() => void)[] = [];

  /** The value of a series; 0 when nothing was counted. */
  value(name: string, labels: Labels = {}): number {
    for (const update of this.#updates) update();
    return this.values.get(seriesOf(name, labels)) ?? 0;
  }

  beforeRead(update: () => void): void {
    this.#updates.push(update);
  }

  counter({ name }: MetricSpec): Counter {
    return {
      inc: (labels, by = 1) => this.#add(name, labels, by),
      series: (labels) => ({ inc: (by = 1) => this.#add(name, labels, by) }),
    };
  }

  gauge({ name }: MetricSpec): Gauge {
    return {
      set: (value, labels) => void this.values.set(seriesOf(name, labels), value),
      remove: (labels) => void this.values.delete(seriesOf(name, labels)),
      reset: () => {
        for (const series of this.values.keys()) {
          if (series.startsWith(`${name}{`)) this.values.delete(series);
        }
      },
    };
  }

  /** Counts the observations. */
  histogram({ name }: MetricSpec): Histogram {
    return {
      observe: (_value, labels) => this.#add(`${name}_count`, labels, 1),
      series: (labels) => ({ observe: () => this.#add(`${name}_count`, labels, 1) }),
    };
  }

  #add(name: string, labels: Labels | undefined, by: number): void {
    const series = seriesOf(name, labels);
    this.values.set(series, (this.values.get(series) ?? 0) + by);
  }
}

function seriesOf(name: string, labels: Labels = {}): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return `${name}{${pairs.sort().join(",")}}`;
}
