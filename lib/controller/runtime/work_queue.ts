/**
 * The queue between changes and reconciles, with the semantics of client-go's workqueue: a key is
 * never worked on twice at once, and one that is added while it is worked on is worked on again.
 * Fresh changes overtake a backlog, as in controller-runtime's priority queue.
 */

import type { Clock } from "../../base/clock.ts";
import type { MetricRegistry } from "../../observe/metrics.ts";
import { DelayHeap } from "./delay_heap.ts";
import { KeyLine } from "./key_line.ts";
import { KeyedBackoff } from "../../base/backoff.ts";
import { type Priority, WorkQueueMetrics } from "./work_queue_metrics.ts";

/** What a queue is called and needs. */
export interface WorkQueueOptions {
  /** Label of its metrics. */
  readonly name: string;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly registry: MetricRegistry;
}

/** A key with a worker. */
interface Work {
  readonly priority: Priority;
  readonly sinceMs: number;
}

/** Keys that wait for a worker: what is fresh first, and in order of arrival among equals. */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #metrics: WorkQueueMetrics;
  readonly #backoff: KeyedBackoff;
  readonly #lines: Readonly<Record<Priority, KeyLine>> = {
    fresh: new KeyLine(),
    backlog: new KeyLine(),
  };
  readonly #processing = new Map<string, Work>();
  /** Keys that were added while they were worked on. */
  readonly #again = new Map<string, Priority>();
  /** Since when each key waits in a line or to come again. */
  readonly #addedMs = new Map<string, number>();
  readonly #delayed = new DelayHeap();
  readonly #delayedPriority = new Map<string, Priority>();
  readonly #getters: ((key: string | undefined) => void)[] = [];
  #shuttingDown = false;
  /** The sleep until the next delayed key. */
  #alarm: { readonly dueMs: number; readonly cancel: AbortController } | undefined;

  constructor({ name, clock, random, registry }: WorkQueueOptions) {
    this.#clock = clock;
    this.#backoff = new KeyedBackoff(random);
    this.#metrics = new WorkQueueMetrics(registry, name, () => {
      const nowMs = clock.monotonicMs();
      const { fresh, backlog } = this.#lines;
      return {
        depths: { fresh: fresh.size, backlog: backlog.size },
        runningMs: [...this.#processing.values()].map(({ sinceMs }) => nowMs - sinceMs),
      };
    });
  }

  /** Puts a key into the queue; one that waits there already may only become more urgent. */
  add(key: string, priority: Priority = "fresh"): void {
    if (this.#shuttingDown) return;
    if (!this.#addedMs.has(key)) {
      this.#addedMs.set(key, this.#clock.monotonicMs());
      this.#metrics.noteAdd();
    } else if (priority === "backlog" || this.#lines.fresh.has(key)) {
      return;
    }
    if (this.#processing.has(key)) this.#again.set(key, priority);
    else this.#enqueue(key, priority);
  }

  /**
   * Puts a key into the queue later; of several times for one key, the earliest counts. A key that is
   * worked on comes back as urgent as it was.
   */
  addAfter(key: string, delayMs: number): void {
    if (this.#shuttingDown) return;
    const priority = this.#processing.get(key)?.priority ?? "fresh";
    if (delayMs <= 0) {
      this.add(key, priority);
      return;
    }
    if (this.#delayedPriority.get(key) !== "fresh") this.#delayedPriority.set(key, priority);
    this.#delayed.push(key, this.#clock.monotonicMs() + delayMs);
    this.#setAlarm();
  }

  /** Puts a key into the queue after its backoff, which grows until {@link forget}. */
  addAfterFailure(key: string): void {
    if (this.#shuttingDown) return;
    this.#metrics.noteRetry();
    this.addAfter(key, this.#backoff.next(key, this.#clock.monotonicMs()));
  }

  /** Lets the backoff of a key start anew. */
  forget(key: string): void {
    this.#backoff.forget(key);
  }

  /**
   * Waits for a key. The caller owns it until {@link done}.
   *
   * @returns The key; `undefined` when the queue was shut down and is empty.
   */
  get(): Promise<string | undefined> {
    for (const priority of ["fresh", "backlog"] as const) {
      const key = this.#lines[priority].take();
      if (key === undefined) continue;
      this.#begin(key, priority);
      return Promise.resolve(key);
    }
    if (this.#shuttingDown) return Promise.resolve(undefined);
    return new Promise((resolve) => this.#getters.push(resolve));
  }

  /** Gives a key back; it comes again when it was added in the meantime. */
  done(key: string): void {
    const work = this.#processing.get(key);
    if (work !== undefined) this.#metrics.noteWork(this.#clock.monotonicMs() - work.sinceMs);
    this.#processing.delete(key);
    const priority = this.#again.get(key);
    if (priority === undefined) return;
    this.#again.delete(key);
    this.#enqueue(key, priority);
  }

  /** Takes no more keys; those that wait are still handed out, delayed ones are not. */
  shutDown(): void {
    this.#shuttingDown = true;
    this.#alarm?.cancel.abort();
    for (const resolve of this.#getters.splice(0)) resolve(undefined);
  }

  #enqueue(key: string, priority: Priority): void {
    const getter = this.#getters.shift();
    if (getter !== undefined) {
      this.#begin(key, priority);
      getter(key);
      return;
    }
    this.#lines.backlog.delete(key);
    this.#lines[priority].add(key);
  }

  #begin(key: string, priority: Priority): void {
    const sinceMs = this.#clock.monotonicMs();
    this.#processing.set(key, { priority, sinceMs });
    this.#metrics.noteWait(sinceMs - (this.#addedMs.get(key) ?? sinceMs));
    this.#addedMs.delete(key);
  }

  /** One sleep at a time, until the earliest delayed key. */
  #setAlarm(): void {
    const dueMs = this.#delayed.nextDueMs;
    if (dueMs === undefined || dueMs >= (this.#alarm?.dueMs ?? Infinity)) return;
    this.#alarm?.cancel.abort();
    const cancel = new AbortController();
    this.#alarm = { dueMs, cancel };
    const waitMs = Math.max(0, dueMs - this.#clock.monotonicMs());
    void this.#clock.sleep(waitMs, cancel.signal).then(() => {
      if (cancel.signal.aborted) return;
      this.#alarm = undefined;
      for (const key of this.#delayed.takeDue(this.#clock.monotonicMs())) this.#addDue(key);
      this.#setAlarm();
    });
  }

  #addDue(key: string): void {
    const priority = this.#delayedPriority.get(key);
    this.#delayedPriority.delete(key);
    this.add(key, priority);
  }
}
