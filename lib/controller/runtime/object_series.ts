/** Metrics about objects: the series of an object go with it. */

import type { Gauge, Labels, MetricRegistry, MetricSpec } from "../../observe/metrics.ts";

/** One series of a gauge. */
export interface Series {
  readonly labels: Labels;
  readonly value: number;
}

/** The series of one gauge, by the object that they are about. */
export class ObjectSeries {
  readonly #gauge: Gauge;
  readonly #shown = new Map<string, readonly Labels[]>();

  constructor(registry: MetricRegistry, spec: MetricSpec) {
    this.#gauge = registry.gauge(spec);
  }

  /** Replaces all series of an object; one that is gone has none. */
  show(key: string, series: readonly Series[] = []): void {
    for (const labels of this.#shown.get(key) ?? []) this.#gauge.remove(labels);
    for (const { labels, value } of series) this.#gauge.set(value, labels);
    if (series.length === 0) this.#shown.delete(key);
    else this.#shown.set(key, series.map(({ labels }) => labels));
  }

  /** Drops the series of all objects. */
  clear(): void {
    this.#gauge.reset();
    this.#shown.clear();
  }
}
