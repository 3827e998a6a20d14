/**
 * A histogram that costs a packet path next to nothing: an observation is a few comparisons and an
 * addition, where that of `prom-client` hashes the labels each time. It is exposed through the same
 * registry.
 */

import type { Histogram, HistogramSeries, Labels, MetricSpec } from "../observe/metrics.ts";

/** Value of one line of the exposition. */
interface Sample {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/** Counts of one combination of labels. */
class Series implements HistogramSeries {
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

/** A metric as the registry of `prom-client` asks for it. */
export class BucketHistogram implements Histogram {
  readonly name: string;
  readonly #spec: MetricSpec & { readonly buckets: readonly number[] };
  readonly #series = new Map<string, { readonly labels: Labels; readonly series: Series }>();

  /** @param spec `buckets` are ascending. */
  constructor(spec: MetricSpec & { readonly buckets: readonly number[] }) {
    this.name = spec.name;
    this.#spec = spec;
  }

  series(labels: Labels): HistogramSeries {
    const key = JSON.stringify(this.#spec.labelNames?.map((name) => labels[name]));
    const known = this.#series.get(key)?.series;
    if (known !== undefined) return known;
    const series = new Series(this.#spec.buckets);
    this.#series.set(key, { labels, series });
    return series;
  }

  observe(value: number, labels: Labels = {}): void {
    this.series(labels).observe(value);
  }

  get() {
    const { name, help } = this.#spec;
    const values = [...this.#series.values()]
      .flatMap(({ labels, series }) => series.samples(name, labels));
    return Promise.resolve({ name, help, type: "histogram", aggregator: "sum", values });
  }
}
