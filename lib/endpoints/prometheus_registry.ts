/**
 * The metrics of the process, and their text in the Prometheus exposition format
 * (https://prometheus.io/docs/instrumenting/exposition_formats/).
 */

import type { Labels, MetricRegistry } from "../observe/metrics.ts";
import {
  type CollectableMetric,
  type Collected,
  type Sample,
  SeriesCounter,
  SeriesGauge,
  SeriesHistogram,
} from "./series_metrics.ts";

/** `Content-Type` of the text. */
export const EXPOSITION_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** A registry that can write its metrics. */
export interface PrometheusRegistry extends MetricRegistry {
  /** The text of `/metrics`. */
  expose(): string;
}

/** Makes an empty registry; nothing of the runtime is measured unasked. */
export function createPrometheusRegistry(): PrometheusRegistry {
  const metrics = new Map<string, CollectableMetric>();
  const updates: (() => void)[] = [];
  // Asking twice gives the same metric: two agents of one process share their counters.
  function once<M extends CollectableMetric>(name: string, make: () => M): M {
    const metric = metrics.get(name) as M | undefined ?? make();
    metrics.set(name, metric);
    return metric;
  }
  return {
    counter: (spec) => once(spec.name, () => new SeriesCounter(spec)),
    gauge: (spec) => once(spec.name, () => new SeriesGauge(spec)),
    histogram: (spec) => once(spec.name, () => new SeriesHistogram(spec)),
    beforeRead: (update) => void updates.push(update),
    expose: () => {
      for (const update of updates) update();
      return [...metrics.values()].map((metric) => textOf(metric.collect())).join("\n");
    },
  };
}

function textOf({ name, help, type, samples }: Collected): string {
  const escapedHelp = help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  const lines = [`# HELP ${name} ${escapedHelp}`, `# TYPE ${name} ${type}`, ...samples.map(lineOf)];
  return lines.map((line) => `${line}\n`).join("");
}

function lineOf({ metricName, labels, value }: Sample): string {
  return `${metricName}${formatLabels(labels)} ${formatValue(value)}`;
}

function formatLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function formatValue(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : String(value);
}
