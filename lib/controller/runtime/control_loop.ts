/**
 * Runs reconciles for the keys of a queue. What a reconcile does is up to its caller; the contract
 * is that of controller-runtime: a key, no event; failures come again, later and later.
 */

import { errorOf } from "../../base/errors.ts";
import { untilAborted } from "../../base/abort.ts";
import type { Clock } from "../../base/clock.ts";
import { StatusError } from "../../kube/contract.ts";
import type { Logger } from "../../observe/logger.ts";
import type { MetricRegistry } from "../../observe/metrics.ts";
import { ControlLoopMetrics, type Outcome } from "./control_loop_metrics.ts";
import { FailureLog } from "./failure_log.ts";
import { WorkQueue } from "./work_queue.ts";
import type { Priority } from "./work_queue_metrics.ts";

/** Time that the reconciles under way have at the end. */
const DRAIN_MS_MAX = 20_000;
/** What the server has refused is not refused for want of something that comes back. */
const TERMINAL_ERROR_PAUSE_MS = 1_000_000;

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

/**
 * A failure that trying again soon cannot mend, such as an object that the server calls invalid. Its
 * key comes again after a long pause only, or when the object changes.
 */
export class TerminalError extends Error {
  override readonly name = "TerminalError";

  constructor(message: string, cause: unknown) {
    super(message, { cause });
  }
}

/** A queue and its workers. */
export class ControlLoop {
  readonly #options: ControlLoopOptions;
  readonly #queue: WorkQueue;
  readonly #log: Logger;
  readonly #failures: FailureLog;
  readonly #metrics: ControlLoopMetrics;
  readonly #running = new Set<string>();

  constructor(options: ControlLoopOptions) {
    const { name, log, registry, clock, random, workers } = options;
    this.#options = options;
    this.#queue = new WorkQueue({ name, clock, random, registry });
    this.#log = log.with({ controller: name });
    this.#failures = new FailureLog(this.#log);
    this.#metrics = new ControlLoopMetrics(registry, name, {
      workers,
      active: () => this.#running.size,
    });
  }

  /** Asks for a reconcile of the key; at any time, also before {@link run}. */
  enqueue(key: string, priority: Priority = "fresh"): void {
    this.#queue.add(key, priority);
  }

  /**
   * Works until the signal aborts, then waits for the reconciles under way, for twenty seconds at
   * most. Keys that still wait are not begun: the next leader sees every object anew.
   */
  async run(signal: AbortSignal): Promise<void> {
    const shutDown = () => this.#queue.shutDown();
    if (signal.aborted) shutDown();
    signal.addEventListener("abort", shutDown, { once: true });
    const workers = Array.from({ length: this.#options.workers }, () => this.#work(signal));
    const ended = new AbortController();
    const late = this.#drainTimeOver(signal, ended.signal);
    await Promise.race([Promise.all(workers), late]);
    ended.abort();
    signal.removeEventListener("abort", shutDown);
  }

  /** Resolves when the reconciles under way have had their time after the end of the work. */
  async #drainTimeOver(working: AbortSignal, ended: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    await untilAborted(working, ended);
    await clock.sleep(DRAIN_MS_MAX, ended);
    if (ended.aborted) return;
    this.#log.log("warn", "reconciles did not end in time", { keys: [...this.#running] });
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
    const { reconcile, clock } = this.#options;
    const startMs = clock.monotonicMs();
    this.#running.add(key);
    let outcome: Outcome;
    try {
      outcome = this.#settle(key, await reconcile(key, signal));
    } catch (error) {
      outcome = this.#fail(key, error, signal);
    }
    this.#running.delete(key);
    this.#metrics.noteReconcile(outcome, clock.monotonicMs() - startMs);
  }

  #settle(key: string, { requeueAfterMs }: ReconcileResult): Outcome {
    this.#queue.forget(key);
    this.#failures.succeeded(key);
    if (requeueAfterMs === undefined) return "success";
    this.#queue.addAfter(key, requeueAfterMs);
    return "requeue_after";
  }

  #fail(key: string, thrown: unknown, signal: AbortSignal): Outcome {
    const error = errorOf(thrown);
    const isTerminal = error instanceof TerminalError;
    if (isTerminal) this.#queue.addAfter(key, TERMINAL_ERROR_PAUSE_MS);
    else this.#queue.addAfterFailure(key);
    // Another writer was faster, which is ordinary: the next attempt reads its state.
    if (error instanceof StatusError && error.code === 409 && error.reason === "Conflict") {
      this.#log.log("debug", "object changed during reconcile", { key, error });
      return "requeue";
    }
    this.#metrics.noteError({ isTerminal, isPanic: isBug(thrown) });
    if (signal.aborted) this.#log.log("debug", "reconcile failed", { key, error });
    else this.#failures.failed(key, error);
    return "error";
  }
}

/** Whether the program is at fault, not its environment: what a program in Go panics for. */
function isBug(thrown: unknown): boolean {
  return !(thrown instanceof Error) || thrown instanceof TypeError ||
    thrown instanceof RangeError || thrown instanceof ReferenceError;
}
