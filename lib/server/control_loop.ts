/**
 * Runs reconciles for the keys of a queue. What a reconcile does is up to its caller; the contract
 * is that of controller-runtime: a key, no event; failures come again, later and later.
 */

import { StatusError } from "../kube/contract.ts";
import type { Logger } from "../observe/logger.ts";
import type { Counter, Histogram, MetricRegistry } from "../observe/metrics.ts";
import type { Clock } from "../sys/contract.ts";
import { WorkQueue } from "./work_queue.ts";

/** What a reconcile asks for when it is done. */
export interface ReconcileResult {
  /** Reconcile the key again after this time, without waiting for a change; milliseconds. */
  readonly requeueAfterMs?: number;
}

/**
 * Brings the world closer to what the object with this key says.
 *
 * @param signal Aborts when the program ends: no further write may be begun.
 * @throws when it failed; the key comes again after its backoff.
 */
export type Reconcile = (key: string, signal: AbortSignal) => Promise<ReconcileResult>;

/** What a loop is called, does and needs. */
export interface ControlLoopOptions {
  /** Label of its metrics and field of its log lines. */
  readonly name: string;
  readonly reconcile: Reconcile;
  /** Keys that are reconciled at once; never two of the same key. */
  readonly workers: number;
  readonly log: Logger;
  readonly registry: MetricRegistry;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** How a reconcile went, in the words of controller-runtime. */
type Outcome = "success" | "requeue_after" | "requeue" | "error";

const TIME_BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** A queue and its workers. */
export class ControlLoop {
  readonly #options: ControlLoopOptions;
  readonly #queue: WorkQueue;
  readonly #log: Logger;
  readonly #reconciles: Counter;
  readonly #errors: Counter;
  readonly #seconds: Histogram;

  constructor(options: ControlLoopOptions) {
    const { name, log, registry, clock, random } = options;
    this.#options = options;
    this.#queue = new WorkQueue({ name, clock, random, registry });
    this.#log = log.with({ controller: name });
    this.#reconciles = registry.counter({
      name: "controller_runtime_reconcile_total",
      help: "Reconciles by controller and outcome.",
      labelNames: ["controller", "result"],
    });
    this.#errors = registry.counter({
      name: "controller_runtime_reconcile_errors_total",
      help: "Reconciles that failed.",
      labelNames: ["controller"],
    });
    this.#seconds = registry.histogram({
      name: "controller_runtime_reconcile_time_seconds",
      help: "Time that a reconcile took.",
      labelNames: ["controller"],
      buckets: TIME_BUCKETS_SECONDS,
    });
  }

  /** Asks for a reconcile of the key; at any time, also before {@link run}. */
  enqueue(key: string): void {
    this.#queue.add(key);
  }

  /**
   * Works until the signal aborts, then waits for the reconciles under way. Keys that still wait
   * are not begun: whoever leads next sees every object anew.
   */
  async run(signal: AbortSignal): Promise<void> {
    const shutDown = () => this.#queue.shutDown();
    if (signal.aborted) shutDown();
    signal.addEventListener("abort", shutDown, { once: true });
    await Promise.all(Array.from({ length: this.#options.workers }, () => this.#work(signal)));
    signal.removeEventListener("abort", shutDown);
  }

  async #work(signal: AbortSignal): Promise<void> {
    for (
      let key = await this.#queue.get();
      key !== undefined && !signal.aborted;
      key = await this.#queue.get()
    ) {
      await this.#reconcile(key, signal);
      this.#queue.done(key);
    }
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<void> {
    const { name, reconcile, clock } = this.#options;
    const startMs = clock.nowMs();
    let outcome: Outcome;
    try {
      outcome = this.#settle(key, await reconcile(key, signal));
    } catch (error) {
      outcome = this.#fail(key, error, signal);
    }
    this.#seconds.observe((clock.nowMs() - startMs) / 1000, { controller: name });
    this.#reconciles.inc({ controller: name, result: outcome });
  }

  #settle(key: string, { requeueAfterMs }: ReconcileResult): Outcome {
    this.#queue.forget(key);
    if (requeueAfterMs === undefined) return "success";
    this.#queue.addAfter(key, requeueAfterMs);
    return "requeue_after";
  }

  #fail(key: string, thrown: unknown, signal: AbortSignal): Outcome {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    this.#queue.addAfterFailure(key);
    // Somebody else wrote in between: reading again is the normal course of things.
    if (error instanceof StatusError && error.code === 409 && error.reason === "Conflict") {
      this.#log.log("debug", "object changed during reconcile", { key, error });
      return "requeue";
    }
    this.#errors.inc({ controller: this.#options.name });
    this.#log.log(signal.aborted ? "debug" : "error", "reconcile failed", { key, error });
    return "error";
  }
}
