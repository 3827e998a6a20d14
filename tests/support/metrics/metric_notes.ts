/** Which metrics a part of the program has, and which the documents say that it has. */

import type { MetricRegistry, MetricSpec } from "../../../lib/observe/metrics.ts";
import { createPrometheusRegistry } from "../../../lib/endpoints/prometheus_registry.ts";

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

/** Notes what is made in its registry. */
export class MetricNotes {
  readonly #made = new Set<string>();
  readonly registry: MetricRegistry;

  constructor() {
    const registry = createPrometheusRegistry();
    const note = (kind: string, { name, labelNames = [] }: MetricSpec) =>
      this.#made.add(`${name} ${kind} ${labelNames.join()}`);
    this.registry = {
      beforeRead: (update) => registry.beforeRead(update),
      counter: (spec) => (note("counter", spec), registry.counter(spec)),
      gauge: (spec) => (note("gauge", spec), registry.gauge(spec)),
      histogram: (spec) => (note("histogram", spec), registry.histogram(spec)),
    };
  }

  /** As {@link documentedMetrics}. */
  rows(): readonly string[] {
    return [...this.#made].sort();
  }
}
