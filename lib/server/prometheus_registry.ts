/** The metrics of the process, kept and written out by `prom-client`. */

import * as prometheus from "prom-client";
import type {
  Counter,
  Gauge,
  Histogram,
  Labels,
  MetricRegistry,
  MetricSpec,
} from "../observe/metrics.ts";

/** A registry that can write its metrics in the Prometheus text format. */
export interface PrometheusRegistry extends MetricRegistry {
  readonly contentType: string;
  /** The text of `/metrics`. */
  expose(): Promise<string>;
}

/** Makes an empty registry; nothing of the runtime is measured unasked. */
export function createPrometheusRegistry(): PrometheusRegistry {
  const registry = new prometheus.Registry();
  const made = new Map<string, unknown>();
  const updates: (() => void)[] = [];
  // Asking twice gives the same metric: two agents of one process share their counters.
  function once<T>(name: string, make: () => T): T {
    const metric = made.get(name) as T | undefined ?? make();
    made.set(name, metric);
    return metric;
  }
  return {
    contentType: registry.contentType,
    expose: () => {
      for (const update of updates) update();
      return registry.metrics();
    },
    beforeRead: (update) => void updates.push(update),
    counter: (spec) => once(spec.name, () => counter(registry, spec)),
    gauge: (spec) => once(spec.name, () => gauge(registry, spec)),
    histogram: (spec) => once(spec.name, () => histogram(registry, spec)),
  };
}

function options({ name, help, labelNames = [] }: MetricSpec, registry: prometheus.Registry) {
  return { name, help, labelNames: [...labelNames], registers: [registry] };
}

function counter(registry: prometheus.Registry, spec: MetricSpec): Counter {
  const metric = new prometheus.Counter(options(spec, registry));
  return { inc: (labels: Labels = {}, by = 1) => metric.inc(labels, by) };
}

function gauge(registry: prometheus.Registry, spec: MetricSpec): Gauge {
  const metric = new prometheus.Gauge(options(spec, registry));
  return {
    set: (value, labels: Labels = {}) => metric.set(labels, value),
    remove: (labels) => metric.remove(labels),
    reset: () => metric.reset(),
  };
}

function histogram(
  registry: prometheus.Registry,
  spec: MetricSpec & { readonly buckets: readonly number[] },
): Histogram {
  const metric = new prometheus.Histogram({
    ...options(spec, registry),
    buckets: [...spec.buckets],
  });
  return { observe: (value, labels: Labels = {}) => metric.observe(labels, value) };
}
