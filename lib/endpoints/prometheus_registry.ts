/** The metrics of the process in a registry of prom-client, which writes their text. */

import type * as prom from "prom-client/index.d.ts";
// One by one, because the whole package loads Node's HTTP, cluster and compression as well.
import CounterModule from "prom-client/lib/counter.js";
import GaugeModule from "prom-client/lib/gauge.js";
import HistogramModule from "prom-client/lib/histogram.js";
import RegistryModule from "prom-client/lib/registry.js";
import type { MetricRegistry, MetricSpec } from "../observe/metrics.ts";

const PromCounter: typeof prom.Counter = CounterModule;
const PromGauge: typeof prom.Gauge = GaugeModule;
const PromHistogram: typeof prom.Histogram = HistogramModule;
const PromRegistry: typeof prom.Registry = RegistryModule;

/** A registry that can write its metrics. */
export interface PrometheusRegistry extends MetricRegistry {
  /** `Content-Type` of the text. */
  readonly contentType: string;
  /** The text of `/metrics`. */
  expose(): Promise<string>;
}

/** Makes an empty registry: none of the default metrics of prom-client. */
export function createPrometheusRegistry(): PrometheusRegistry {
  const registry = new PromRegistry();
  const metrics = new Map<string, unknown>();
  const updates: (() => void)[] = [];
  function once<M>(name: string, make: () => M): M {
    if (!metrics.has(name)) metrics.set(name, make());
    return metrics.get(name) as M;
  }
  return {
    counter: (spec) =>
      once(spec.name, () => {
        const counter = new PromCounter(settingsOf(spec, registry));
        return { inc: (labels = {}, by = 1) => counter.inc(labels, by) };
      }),
    gauge: (spec) =>
      once(spec.name, () => {
        const gauge = new PromGauge(settingsOf(spec, registry));
        return {
          set: (value, labels = {}) => gauge.set(labels, value),
          remove: (labels) => gauge.remove(labels),
          reset: () => gauge.reset(),
        };
      }),
    histogram: (spec) =>
      once(spec.name, () => {
        const buckets = [...spec.buckets];
        const histogram = new PromHistogram({ ...settingsOf(spec, registry), buckets });
        return {
          observe: (value, labels = {}) => histogram.observe(labels, value),
          remove: (labels) => histogram.remove(labels),
        };
      }),
    add: (metric) =>
      once(metric.name, () => {
        // The registry calls nothing but its get().
        registry.registerMetric(metric as unknown as prom.Metric);
        return metric;
      }),
    beforeRead: (update) => void updates.push(update),
    contentType: registry.contentType,
    expose: () => {
      for (const update of updates) update();
      return registry.metrics();
    },
  };
}

function settingsOf({ name, help, labelNames = [] }: MetricSpec, registry: prom.Registry) {
  return { name, help, labelNames, registers: [registry] };
}
