/**
 * Metrics that cost a packet next to nothing. The packet path keeps a series and adds to a number,
 * without looking at labels. The registry asks for the numbers when the metrics are read.
 */

import type { HistogramSpec, Labels, MetricSpec, ReadMetric, Sample } from "./metrics.ts";

/** The numbers of one combination of labels. */
interface Series {
  samples(name: string, labels: Labels): readonly Sample[];
}

abstract class SeriesMetric<S extends Series> implements ReadMetric {
  abstract readonly type: ReadMetric["type"];
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly #make: () => S;
  readonly #series = new Map<string, { readonly labels: Labels; readonly series: S }>();

  constructor({ name, help, labelNames = [] }: MetricSpec, make: () => S) {
    this.name = name;
    this.help = help;
    this.labelNames = labelNames;
    this.#make = make;
  }

  /** The series of these labels; shown from now on. */
  series(labels: Labels): S {
    const key = JSON.stringify(this.labelNames.map((name) => labels[name]));
    const known = this.#series.get(key)?.series;
    if (known !== undefined) return known;
    const series = this.#make();
    this.#series.set(key, { labels, series });
    return series;
  }

  /** Forgets all series with these labels, whatever their others are. */
  drop(labels: Labels): void {
    const wanted = Object.entries(labels);
    for (const [key, series] of this.#series) {
      const isOne = wanted.every(([name, value]) => series.labels[name] === value);
      if (isOne) this.#series.delete(key);
    }
  }

  get() {
    const { name, help, type } = this;
    const values = [...this.#series.values()]
      .flatMap(({ labels, series }) => series.samples(name, labels));
    return { name, help, type, values };
  }
}

/** A counter of plain numbers. */
export class SeriesCounter extends SeriesMetric<CounterSeries> {
  readonly type = "counter";

  constructor(spec: MetricSpec) {
    super(spec, () => new CounterSeries());
  }
}

/** A number that only rises. */
export class CounterSeries implements Series {
  #value = 0;

  inc(by = 1): void {
    this.#value += by;
  }

  samples(_name: string, labels: Labels): readonly Sample[] {
    return [{ labels, value: this.#value }];
  }
}

/** A histogram of plain numbers. */
export class SeriesHistogram extends SeriesMetric<HistogramSeries> {
  readonly type = "histogram";

  constructor(spec: HistogramSpec) {
    super(spec, () => new HistogramSeries(spec.buckets));
  }
}

/** How many observations were not above each bound, and their sum. */
export class HistogramSeries implements Series {
  readonly #bounds: readonly number[];
  readonly #counts: Float64Array;
  #sum = 0;

  /** @param bounds Upper bounds in ascending order. */
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
