/** The metrics of the process, kept and written out by `prom-client`. */

import * as prometheus from "prom-client";
import type { Gauge, Labels, MetricRegistry, MetricSpec } from "../observe/metrics.ts";
import { SeriesCounter, SeriesHistogram } from "./series_metrics.ts";

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
  // Asking twice gives the same metric: two agents of one process share their counters.
  function once<T>(name: string, make: () => T): T {
    const metric = made.get(name) as T | undefined ?? make();
    made.set(name, metric);
    return metric;
  }
  return {
    contentType: registry.contentType,
    expose: () => registry.metrics(),
    counter: (spec) => once(spec.name, () => registered(registry, new SeriesCounter(spec))),
    gauge: (spec) => once(spec.name, () => gauge(registry, spec)),
    histogram: (spec) => once(spec.name, () => registered(registry, new SeriesHistogram(spec))),
  };
}

function options({ name, help, labelNames = [] }: MetricSpec, registry: prometheus.Registry) {
  return { name, help, labelNames: [...labelNames], registers: [registry] };
}

function gauge(registry: prometheus.Registry, spec: MetricSpec): Gauge {
  const metric = new prometheus.Gauge(options(spec, registry));
  return {
    set: (value, labels: Labels = {}) => metric.set(labels, value),
    remove: (labels) => metric.remove(labels),
    reset: () => metric.reset(),
  };
}

/** The registry takes whatever has a name and can be asked for its values; its types do not say so. */
function registered<M extends SeriesCounter | SeriesHistogram>(
  registry: prometheus.Registry,
  metric: M,
): M {
  registry.registerMetric(metric as unknown as prometheus.Metric);
  return metric;
}
