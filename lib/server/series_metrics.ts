/**
 * Counters and histograms that cost a packet path next to nothing: whoever counts often keeps the
 * series and adds to a number, where `prom-client` hashes the labels each time. The series are read
 * when the registry is scraped.
 */

import type {
  Counter,
  CounterSeries,
  Histogram,
  HistogramSeries,
  Labels,
  MetricSpec,
} from "../observe/metrics.ts";

/** Value of one line of the exposition. */
export interface Sample {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/** A metric as the registry of `prom-client` asks for it. */
export interface Collected {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "histogram";
  readonly aggregator: "sum";
  readonly values: readonly Sample[];
}

/** A metric that keeps its series itself. */
abstract class SeriesMetric<
  S extends { samples(name: string, labels: Labels): readonly Sample[] },
> {
  readonly name: string;
  readonly #spec: MetricSpec;
  readonly #type: Collected["type"];
  readonly #make: () => S;
  readonly #series = new Map<string, { readonly labels: Labels; readonly series: S }>();

  constructor(spec: MetricSpec, type: Collected["type"], make: () => S) {
    this.name = spec.name;
    this.#spec = spec;
    this.#type = type;
    this.#make = make;
    // Without labels there is one series, and it shows before anything was counted.
    if (spec.labelNames === undefined) this.series({});
  }

  series(labels: Labels): S {
    const key = JSON.stringify(this.#spec.labelNames?.map((name) => labels[name]));
    const known = this.#series.get(key)?.series;
    if (known !== undefined) return known;
    const series = this.#make();
    this.#series.set(key, { labels, series });
    return series;
  }

  /** For `prom-client`. */
  get(): Promise<Collected> {
    const { name, help } = this.#spec;
    const values = [...this.#series.values()]
      .flatMap(({ labels, series }) => series.samples(name, labels));
    return Promise.resolve({ name, help, type: this.#type, aggregator: "sum", values });
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
      const le = this.#bounds[index] ?? "+Inf";
      return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: count };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels, value: this.#sum },
      { metricName: `${name}_count`, labels, value: count },
    ];
  }
}
