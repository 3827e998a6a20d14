/** A metric registry that a test can read. */

import type {
  Counter,
  Gauge,
  Histogram,
  HistogramSpec,
  Labels,
  MetricRegistry,
  MetricSpec,
  ReadMetric,
} from "../../../lib/observe/metrics.ts";

/** Keeps the values of all series; of a histogram its `_count` and its `_sum`. */
export class RecordingRegistry implements MetricRegistry {
  /** By metric name and labels, such as `requests_total{code="200"}`; labels in order of name. */
  readonly values = new Map<string, number>();
  readonly #updates: (() => void)[] = [];
  readonly #readMetrics = new Map<string, ReadMetric>();
  /** Series that were read last. */
  readonly #read = new Set<string>();

  /** The value of a series; 0 when nothing was counted. */
  value(name: string, labels: Labels = {}): number {
    this.read();
    return this.values.get(seriesOf(name, labels)) ?? 0;
  }

  /** Brings `values` up to date. */
  read(): void {
    for (const update of this.#updates) update();
    for (const series of this.#read) this.values.delete(series);
    this.#read.clear();
    for (const metric of this.#readMetrics.values()) {
      for (const { metricName = metric.name, labels, value } of metric.get().values) {
        const series = seriesOf(metricName, labels);
        this.values.set(series, value);
        this.#read.add(series);
      }
    }
  }

  beforeRead(update: () => void): void {
    this.#updates.push(update);
  }

  add<M extends ReadMetric>(metric: M): M {
    const known = this.#readMetrics.get(metric.name) ?? metric;
    this.#readMetrics.set(metric.name, known);
    return known as M;
  }

  counter(spec: MetricSpec): Counter {
    return { inc: (labels, by = 1) => this.#add(spec.name, checked(spec, labels), by) };
  }

  gauge(spec: MetricSpec): Gauge {
    const { name } = spec;
    return {
      set: (value, labels) => void this.values.set(seriesOf(name, checked(spec, labels)), value),
      remove: (labels) => void this.values.delete(seriesOf(name, checked(spec, labels))),
      reset: () => {
        for (const series of this.values.keys()) {
          if (series.startsWith(`${name}{`)) this.values.delete(series);
        }
      },
    };
  }

  histogram(spec: HistogramSpec): Histogram {
    return {
      observe: (value, labels) => {
        this.#add(`${spec.name}_count`, checked(spec, labels), 1);
        this.#add(`${spec.name}_sum`, labels, value);
      },
      remove: (labels) => {
        for (const name of [`${spec.name}_count`, `${spec.name}_sum`]) {
          this.values.delete(seriesOf(name, checked(spec, labels)));
        }
      },
    };
  }

  #add(name: string, labels: Labels | undefined, by: number): void {
    const series = seriesOf(name, labels);
    this.values.set(series, (this.values.get(series) ?? 0) + by);
  }
}

/** The labels, which have to be those of the metric: the real registry throws at others. */
function checked({ name, labelNames = [] }: MetricSpec, labels: Labels = {}): Labels {
  const given = Object.keys(labels);
  if (given.length === labelNames.length && given.every((label) => labelNames.includes(label))) {
    return labels;
  }
  throw new Error(`${name} has the labels ${labelNames.join()}, not ${given.join()}`);
}

function seriesOf(name: string, labels: Labels = {}): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return `${name}{${pairs.sort().join(",")}}`;
}
