/**
 * Metrics that cost a packet path next to nothing: whoever counts often keeps the series and adds to
 * a number, without a look at the labels. The series are read when the registry is scraped.
 */

import type {
  Counter,
  CounterSeries,
  Gauge,
  Histogram,
  HistogramSeries,
  Labels,
  MetricSpec,
} from "../observe/metrics.ts";

/** One line of the exposition. */
export interface Sample {
  readonly metricName: string;
  readonly labels: Labels;
  readonly value: number;
}

/** A metric as the exposition shows it. */
export interface Collected {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly samples: readonly Sample[];
}

/** A metric of a registry. */
export interface CollectableMetric {
  /** What it holds now. */
  collect(): Collected;
}

/** A metric that keeps its series itself. */
abstract class SeriesMetric<
  S extends { samples(name: string, labels: Labels): readonly Sample[] },
> implements CollectableMetric {
  readonly #spec: MetricSpec;
  readonly #type: Collected["type"];
  readonly #make: () => S;
  readonly #series = new Map<string, { readonly labels: Labels; readonly series: S }>();

  constructor(spec: MetricSpec, type: Collected["type"], make: () => S) {
    this.#spec = spec;
    this.#type = type;
    this.#make = make;
    // Without labels there is one series, and it shows before anything was counted.
    if (spec.labelNames === undefined) this.series({});
  }

  series(labels: Labels): S {
    const key = this.#keyOf(labels);
    const known = this.#series.get(key)?.series;
    if (known !== undefined) return known;
    const series = this.#make();
    this.#series.set(key, { labels, series });
    return series;
  }

  collect(): Collected {
    const { name, help } = this.#spec;
    const samples = [...this.#series.values()]
      .flatMap(({ labels, series }) => series.samples(name, labels));
    return { name, help, type: this.#type, samples };
  }

  remove(labels: Labels): void {
    this.#series.delete(this.#keyOf(labels));
  }

  reset(): void {
    this.#series.clear();
  }

  #keyOf(labels: Labels): string {
    return JSON.stringify(this.#spec.labelNames?.map((name) => labels[name]));
  }
}

/** A counter. */
export class SeriesCounter extends SeriesMetric<Count> implements Counter {
  constructor(spec: MetricSpec) {
    super(spec, "counter", () => new Count());
  }

  inc(labels: Labels = {}, by = 1): void {
    this.series(labels).inc(by);
  }
}

class Count implements CounterSeries {
  #value = 0;

  inc(by = 1): void {
    this.#value += by;
  }

  samples(metricName: string, labels: Labels): readonly Sample[] {
    return [{ metricName, labels, value: this.#value }];
  }
}

/** A gauge. */
export class SeriesGauge extends SeriesMetric<Level> implements Gauge {
  constructor(spec: MetricSpec) {
    super(spec, "gauge", () => new Level());
  }

  set(value: number, labels: Labels = {}): void {
    this.series(labels).value = value;
  }
}

class Level {
  value = 0;

  samples(metricName: string, labels: Labels): readonly Sample[] {
    return [{ metricName, labels, value: this.value }];
  }
}

/** A histogram. */
export class SeriesHistogram extends SeriesMetric<Buckets> implements Histogram {
  /** @param spec `buckets` are ascending. */
  constructor(spec: MetricSpec & { readonly buckets: readonly number[] }) {
    super(spec, "histogram", () => new Buckets(spec.buckets));
  }

  observe(value: number, labels: Labels = {}): void {
    this.series(labels).observe(value);
  }
}

class Buckets implements HistogramSeries {
  readonly #bounds: readonly number[];
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    let bucket = 0;
    while (bucket < this.#bounds.length && value > this.#bounds[bucket]!) bucket++;
    this.#counts[bucket]! += 1;
    this.#sum += value;
  }

  samples(name: string, labels: Labels): readonly Sample[] {
    let count = 0;
    const buckets = Array.from(this.#counts, (inBucket, index): Sample => {
      count += inBucket;
      const le = String(this.#bounds[index] ?? "+Inf");
      return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: count };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels, value: this.#sum },
      { metricName: `${name}_count`, labels, value: count },
    ];
  }
}
