/** Metrics of a work queue, with the names, labels and buckets of controller-runtime. */

import type { Counter, Gauge, Histogram, MetricRegistry } from "../../observe/metrics.ts";

/** Which keys go first. */
export type Priority = "fresh" | "backlog";

/** The numbers that controller-runtime has for its two everyday priorities. */
const PRIORITY_LABELS: Readonly<Record<Priority, string>> = { fresh: "0", backlog: "-100" };

/** From 10 ns to 1000 s in powers of ten. */
const BUCKETS_SECONDS = Array.from({ length: 12 }, (_, index) => Number(`1e${index - 8}`));

const LABEL_NAMES = ["name", "controller"];

/** What a queue has at the moment. */
export interface QueueState {
  /** Keys that wait. */
  readonly depths: Readonly<Record<Priority, number>>;
  /** How long each key in work has taken so far; milliseconds. */
  readonly runningMs: readonly number[];
}

/** The series of one queue. */
export class WorkQueueMetrics {
  readonly #labels: { readonly name: string; readonly controller: string };
  readonly #adds: Counter;
  readonly #retries: Counter;
  readonly #waited: Histogram;
  readonly #worked: Histogram;

  /** @param state Asked when the metrics are read: the queue changes a dozen times for each VM. */
  constructor(registry: MetricRegistry, name: string, state: () => QueueState) {
    this.#labels = { name, controller: name };
    const spec = (name: string, help: string) => ({ name, help, labelNames: LABEL_NAMES });
    const histogram = (name: string, help: string) =>
      registry.histogram({ ...spec(name, help), buckets: BUCKETS_SECONDS });
    const depth: Gauge = registry.gauge({
      name: "workqueue_depth",
      help: "Keys that wait for a worker, by queue and priority.",
      labelNames: [...LABEL_NAMES, "priority"],
    });
    this.#adds = registry.counter(spec("workqueue_adds_total", "Keys put into the queue."));
    this.#retries = registry.counter(
      spec("workqueue_retries_total", "Keys put into the queue again after a failure."),
    );
    this.#waited = histogram("workqueue_queue_duration_seconds", "How long a key waited.");
    this.#worked = histogram("workqueue_work_duration_seconds", "How long a key was worked on.");
    const unfinished = registry.gauge(spec(
      "workqueue_unfinished_work_seconds",
      "How long the keys in work have taken so far, all together. " +
        "A value that keeps rising means stuck workers.",
    ));
    const longest = registry.gauge(spec(
      "workqueue_longest_running_processor_seconds",
      "How long the key that has been in work the longest has taken so far.",
    ));
    registry.beforeRead(() => {
      const { depths, runningMs: times } = state();
      for (const priority of ["fresh", "backlog"] as const) {
        depth.set(depths[priority], { ...this.#labels, priority: PRIORITY_LABELS[priority] });
      }
      unfinished.set(times.reduce((sum, ms) => sum + ms, 0) / 1000, this.#labels);
      longest.set(Math.max(0, ...times) / 1000, this.#labels);
    });
    this.#adds.inc(this.#labels, 0);
    this.#retries.inc(this.#labels, 0);
  }

  noteAdd(): void {
    this.#adds.inc(this.#labels);
  }

  noteRetry(): void {
    this.#retries.inc(this.#labels);
  }

  noteWait(ms: number): void {
    this.#waited.observe(ms / 1000, this.#labels);
  }

  noteWork(ms: number): void {
    this.#worked.observe(ms / 1000, this.#labels);
  }
}
