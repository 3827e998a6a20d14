/** The metrics that a part of the program has, and those that the documents list. */

import { createPrometheusRegistry } from "../../../lib/endpoints/prometheus_registry.ts";
import type { MetricRegistry, MetricSpec } from "../../../lib/observe/metrics.ts";

/**
 * The table of a document in `docs/`.
 *
 * @returns Rows such as `workqueue_depth gauge name,controller,priority`, sorted.
 */
export function documentedMetrics(document: string): readonly string[] {
  const text = Deno.readTextFileSync(new URL(`../../../docs/${document}`, import.meta.url));
  const rows = text.matchAll(/^\| `(\w+)` \| (\w+) \| ([^|]*)\|/gm);
  return [...rows].map(([, name, kind, labels]) => {
    return `${name} ${kind} ${[...labels!.matchAll(/`(\w+)`/g)].map((match) => match[1]).join()}`;
  }).sort();
}

/** A metric that was made. */
export interface NotedMetric extends MetricSpec {
  readonly kind: string;
}

/** A registry that notes the metrics that are made in it. */
export class MetricNotes {
  readonly #made = new Map<string, NotedMetric>();
  readonly registry: MetricRegistry;

  constructor() {
    const registry = createPrometheusRegistry();
    const note = (kind: string, { name, help, labelNames = [] }: MetricSpec) =>
      this.#made.set(name, { kind, name, help, labelNames });
    this.registry = {
      beforeRead: (update) => registry.beforeRead(update),
      add: (metric) => (note(metric.type, metric), registry.add(metric)),
      counter: (spec) => (note("counter", spec), registry.counter(spec)),
      gauge: (spec) => (note("gauge", spec), registry.gauge(spec)),
      histogram: (spec) => (note("histogram", spec), registry.histogram(spec)),
    };
  }

  /** In the order in which they were made. */
  get made(): readonly NotedMetric[] {
    return [...this.#made.values()];
  }

  /** As {@link documentedMetrics}. */
  rows(): readonly string[] {
    return this.made.map(({ name, kind, labelNames }) => `${name} ${kind} ${labelNames}`).sort();
  }
}
