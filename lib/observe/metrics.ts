/**
 * Metrics as the layers see them; the registry behind them stands at the edge. Names follow the
 * Prometheus conventions: base units, `_total` for counters.
 */

/** Values of the labels that the metric was made with. */
export type Labels = Readonly<Record<string, string>>;

/** A value that only rises. */
export interface Counter {
  inc(labels?: Labels, by?: number): void;
  /** The series with these labels, for callers that count often. */
  series(labels: Labels): CounterSeries;
}

/** A value of fixed labels that only rises. */
export interface CounterSeries {
  inc(by?: number): void;
}

/** A value that goes up and down. */
export interface Gauge {
  set(value: number, labels?: Labels): void;
  /** Drops the series with these labels, so that deleted objects leave none behind. */
  remove(labels: Labels): void;
  /** Drops every series of the gauge. */
  reset(): void;
}

/** A distribution. */
export interface Histogram {
  observe(value: number, labels?: Labels): void;
  /** The series with these labels, for callers that observe often. */
  series(labels: Labels): HistogramSeries;
}

/** A distribution of fixed labels. */
export interface HistogramSeries {
  observe(value: number): void;
}

/** What a metric is called and which labels its series carry. */
export interface MetricSpec {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
}

/** Makes metrics; asking twice for one name gives the same metric. */
export interface MetricRegistry {
  counter(spec: MetricSpec): Counter;
  gauge(spec: MetricSpec): Gauge;
  /** Calls back before the metrics are read, for values that are worked out only then. */
  beforeRead(update: () => void): void;
  /** @param spec `buckets` are upper bounds in the metric's unit. */
  histogram(spec: MetricSpec & { readonly buckets: readonly number[] }): Histogram;
}
