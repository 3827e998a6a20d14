/**
 * Metrics as the layers see them; the registry behind them stands at the edge. Names follow the
 * Prometheus conventions: base units, `_total` for counters.
 */

/** Values of the labels that the metric was made with. */
export type Labels = Readonly<Record<string, string>>;

/** A value that only rises. */
export interface Counter {
  inc(labels?: Labels, by?: number): void;
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
  /** Drops the series with these labels. */
  remove(labels: Labels): void;
}

/** What a metric is called and which labels its series carry. */
export interface MetricSpec {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
}

/** What a distribution is called, and the upper bounds of its buckets in ascending order. */
export interface HistogramSpec extends MetricSpec {
  readonly buckets: readonly number[];
}

/** One line of what a metric holds. */
export interface Sample {
  /** Where it differs from the name of the metric. */
  readonly metricName?: string;
  readonly labels: Labels;
  readonly value: number;
}

/** A metric that counts for itself and is asked for its numbers when the metrics are read. */
export interface ReadMetric extends MetricSpec {
  readonly type: "counter" | "histogram";
  get(): Omit<ReadMetric, "get"> & { readonly values: readonly Sample[] };
}

/** Makes metrics. Asking twice for one name gives the same metric. */
export interface MetricRegistry {
  counter(spec: MetricSpec): Counter;
  gauge(spec: MetricSpec): Gauge;
  histogram(spec: HistogramSpec): Histogram;
  /** Adds a metric that counts for itself. @returns The first one that had this name. */
  add<M extends ReadMetric>(metric: M): M;
  /** Calls back before the metrics are read, for values that are worked out only then. */
  beforeRead(update: () => void): void;
}
