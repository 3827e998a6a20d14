/** Metrics of a control loop, with the names, labels and buckets of controller-runtime. */

import type { Counter, Gauge, Histogram, MetricRegistry } from "../../observe/metrics.ts";

/** How a reconcile went, in the words of controller-runtime. */
export type Outcome = "success" | "requeue_after" | "requeue" | "error";

const OUTCOMES: readonly Outcome[] = ["success", "requeue_after", "requeue", "error"];

// deno-fmt-ignore
const BUCKETS_SECONDS = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1,
  1.25, 1.5, 1.75, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
];

/** The series of one loop. */
export class ControlLoopMetrics {
  readonly #controller: string;
  readonly #reconciles: Counter;
  readonly #errors: Counter;
  readonly #terminalErrors: Counter;
  readonly #panics: Counter;
  readonly #seconds: Histogram;

  /** @param active Says how many workers are at work, when the metrics are read. */
  constructor(
    registry: MetricRegistry,
    controller: string,
    { workers, active }: { readonly workers: number; readonly active: () => number },
  ) {
    const labelNames = ["controller"];
    const counter = (what: string, help: string) => {
      const made = registry.counter({ name: `controller_runtime_${what}`, help, labelNames });
      made.inc({ controller }, 0);
      return made;
    };
    this.#controller = controller;
    this.#reconciles = registry.counter({
      name: "controller_runtime_reconcile_total",
      help: "Reconciles by controller and outcome.",
      labelNames: [...labelNames, "result"],
    });
    for (const result of OUTCOMES) this.#reconciles.inc({ controller, result }, 0);
    this.#errors = counter("reconcile_errors_total", "Reconciles that failed.");
    this.#terminalErrors = counter(
      "terminal_reconcile_errors_total",
      "Reconciles that failed in a way that trying again soon cannot mend.",
    );
    this.#panics = counter(
      "reconcile_panics_total",
      "Reconciles that ended in a bug of the program.",
    );
    this.#seconds = registry.histogram({
      name: "controller_runtime_reconcile_time_seconds",
      help: "Time that a reconcile took.",
      labelNames,
      buckets: BUCKETS_SECONDS,
    });
    const activeWorkers: Gauge = registry.gauge({
      name: "controller_runtime_active_workers",
      help: "Workers that are reconciling a key now.",
      labelNames,
    });
    registry.gauge({
      name: "controller_runtime_max_concurrent_reconciles",
      help: "Number of workers.",
      labelNames,
    }).set(workers, { controller });
    registry.beforeRead(() => activeWorkers.set(active(), { controller }));
  }

  noteReconcile(result: Outcome, ms: number): void {
    const controller = this.#controller;
    this.#seconds.observe(ms / 1000, { controller });
    this.#reconciles.inc({ controller, result });
  }

  noteError({ isTerminal, isPanic }: { isTerminal: boolean; isPanic: boolean }): void {
    const labels = { controller: this.#controller };
    this.#errors.inc(labels);
    if (isTerminal) this.#terminalErrors.inc(labels);
    if (isPanic) this.#panics.inc(labels);
  }
}
