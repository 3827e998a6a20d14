/**
 * The queue between those who see changes and those who reconcile, with the semantics of client-go's
 * workqueue: a key is never worked on twice at once, and a key that is added while it is worked on is
 * worked on once more.
 */

import type { Counter, Gauge, MetricRegistry } from "../observe/metrics.ts";
import type { Clock } from "../sys/contract.ts";
import { DelayHeap } from "./delay_heap.ts";

/** Wait after the first failure of a key; doubles with each further one. */
const RETRY_MS = 5;
const RETRY_MS_MAX = 1_000_000;

/** Part of the wait that is added at random, so that keys that failed together part. */
const RETRY_JITTER = 0.1;

/** What a queue is called and needs. */
export interface WorkQueueOptions {
  /** Label of its metrics. */
  readonly name: string;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly registry: MetricRegistry;
}

/** Keys that wait for a worker, in order of arrival. */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #labels: { readonly name: string };
  readonly #depth: Gauge;
  readonly #adds: Counter;
  readonly #retries: Counter;

  /** Keys in order; those before `#head` are handed out. */
  #order: string[] = [];
  #head = 0;
  readonly #ready = new Set<string>();
  readonly #processing = new Set<string>();
  /** Keys that were added while they were worked on. */
  readonly #again = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #delayed = new DelayHeap();
  readonly #getters: ((key: string | undefined) => void)[] = [];
  #shuttingDown = false;
  /** The sleep until the next delayed key. */
  #alarm: { readonly dueMs: number; readonly cancel: AbortController } | undefined;

  constructor({ name, clock, random, registry }: WorkQueueOptions) {
    this.#clock = clock;
    this.#random = random;
    this.#labels = { name };
    const labelNames = ["name"];
    this.#depth = registry.gauge({
      name: "workqueue_depth",
      help: "Keys that wait for a worker.",
      labelNames,
    });
    this.#adds = registry.counter({
      name: "workqueue_adds_total",
      help: "Keys that were put into the queue.",
      labelNames,
    });
    this.#retries = registry.counter({
      name: "workqueue_retries_total",
      help: "Keys that were put into the queue again after a failure.",
      labelNames,
    });
    this.#depth.set(0, this.#labels);
  }

  /** Puts a key into the queue, unless it waits there already. */
  add(key: string): void {
    if (this.#shuttingDown || this.#ready.has(key) || this.#again.has(key)) return;
    this.#adds.inc(this.#labels);
    if (this.#processing.has(key)) this.#again.add(key);
    else this.#enqueue(key);
  }

  /** Puts a key into the queue later; of several times for one key, the earliest counts. */
  addAfter(key: string, delayMs: number): void {
    if (this.#shuttingDown) return;
    if (delayMs <= 0) {
      this.add(key);
      return;
    }
    this.#delayed.push(key, this.#clock.nowMs() + delayMs);
    this.#setAlarm();
  }

  /** Puts a key into the queue after its backoff, which grows until {@link forget}. */
  addAfterFailure(key: string): void {
    if (this.#shuttingDown) return;
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.#retries.inc(this.#labels);
    const backoffMs = Math.min(RETRY_MS * 2 ** failures, RETRY_MS_MAX);
    this.addAfter(key, backoffMs * (1 + RETRY_JITTER * this.#random()));
  }

  /** Lets the backoff of a key start anew. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /**
   * Waits for a key. The caller owns it until {@link done}.
   *
   * @returns The key; `undefined` when the queue was shut down and is empty.
   */
  get(): Promise<string | undefined> {
    const key = this.#order[this.#head];
    if (key === undefined) {
      if (this.#shuttingDown) return Promise.resolve(undefined);
      return new Promise((resolve) => this.#getters.push(resolve));
    }
    this.#head++;
    this.#compact();
    this.#ready.delete(key);
    this.#processing.add(key);
    this.#depth.set(this.#ready.size, this.#labels);
    return Promise.resolve(key);
  }

  /** Gives a key back; it comes again when it was added in the meantime. */
  done(key: string): void {
    this.#processing.delete(key);
    if (this.#again.delete(key)) this.#enqueue(key);
  }

  /** Takes no more keys; those that wait are still handed out, delayed ones are not. */
  shutDown(): void {
    this.#shuttingDown = true;
    this.#alarm?.cancel.abort();
    for (const resolve of this.#getters.splice(0)) resolve(undefined);
  }

  #enqueue(key: string): void {
    const getter = this.#getters.shift();
    if (getter !== undefined) {
      this.#processing.add(key);
      getter(key);
      return;
    }
    this.#order.push(key);
    this.#ready.add(key);
    this.#depth.set(this.#ready.size, this.#labels);
  }

  /** Gives back the room of handed out keys, seldom enough to cost nothing per key. */
  #compact(): void {
    if (this.#head < 1024 || this.#head * 2 < this.#order.length) return;
    this.#order = this.#order.slice(this.#head);
    this.#head = 0;
  }

  /** One sleep at a time, until the earliest delayed key. */
  #setAlarm(): void {
    const dueMs = this.#delayed.nextDueMs;
    if (dueMs === undefined || dueMs >= (this.#alarm?.dueMs ?? Infinity)) return;
    this.#alarm?.cancel.abort();
    const cancel = new AbortController();
    this.#alarm = { dueMs, cancel };
    const waitMs = Math.max(0, dueMs - this.#clock.nowMs());
    void this.#clock.sleep(waitMs, cancel.signal).then(() => {
      if (cancel.signal.aborted) return;
      this.#alarm = undefined;
      for (const key of this.#delayed.takeDue(this.#clock.nowMs())) this.add(key);
      this.#setAlarm();
    });
  }
}
