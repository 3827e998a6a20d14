/** Abort signals at work: deadlines, time limits, and waits that can be given up. */

import type { Clock } from "./clock.ts";

/** Nobody looks at it; without a reason, each abort would make an error with a stack. */
const CLOSED = "closed";

/** How long something may take, and what may end it earlier. */
export interface TimeLimit {
  readonly clock: Clock;
  readonly ms: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Aborts its signal when the time is up or when the caller's signal aborts. Changes of the wall
 * clock do not move it. Every deadline must be closed: otherwise its timer and its listener stay.
 *
 * The listener is added and removed by hand: each call of `AbortSignal.any` leaves a few octets
 * behind on a parent that lives as long as the process.
 */
export class Deadline {
  readonly #limit: TimeLimit;
  readonly #controller = new AbortController();
  readonly #closed = new AbortController();
  readonly #onParentAbort = () => this.#controller.abort(this.#limit.signal?.reason);
  #startMs: number;
  #expired = false;

  /** The time counts from now, or from the last {@link extend}. */
  constructor(limit: TimeLimit) {
    this.#limit = limit;
    this.#startMs = limit.clock.monotonicMs();
    if (limit.signal?.aborted) this.#onParentAbort();
    limit.signal?.addEventListener("abort", this.#onParentAbort, { once: true });
    void this.#wait();
  }

  /** Aborts at the deadline. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** True once the time is up; false before, and when the parent aborted first. */
  get expired(): boolean {
    return this.#expired;
  }

  /** Restarts the time; cheap enough for every chunk of a stream. */
  extend(): void {
    this.#startMs = this.#limit.clock.monotonicMs();
  }

  /** Releases the timer and the listener; the signal stays as it is. */
  close(): void {
    this.#closed.abort(CLOSED);
    this.#limit.signal?.removeEventListener("abort", this.#onParentAbort);
  }

  /** One timer at a time, however often the deadline moves. */
  async #wait(): Promise<void> {
    const { clock, ms } = this.#limit;
    const closed = this.#closed.signal;
    while (!closed.aborted && !this.signal.aborted) {
      const leftMs = this.#startMs + ms - clock.monotonicMs();
      if (leftMs <= 0) {
        this.#expired = true;
        this.#controller.abort(new Error(`no answer within ${ms / 1000} seconds`));
        return;
      }
      await clock.sleep(leftMs, closed);
    }
  }
}

/**
 * Runs a task with a signal that aborts when the time is up, or when the given signal does. It is
 * up to the task to end then.
 *
 * @example
 * ```ts
 * import { rejects } from "node:assert/strict";
 * import { createClock } from "../sys/host/clock.ts";
 * const late = withTimeLimit(
 *   { clock: createClock(), ms: 1 },
 *   (signal) => unlessAborted(new Promise(() => {}), signal),
 * );
 * await rejects(late, /no answer within 0.001 seconds/);
 * ```
 */
export async function withTimeLimit<T>(
  limit: TimeLimit,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = new Deadline(limit);
  try {
    return await task(deadline.signal);
  } finally {
    deadline.close();
  }
}

/**
 * Waits for work that cannot be cancelled, but only until the signal aborts. What comes of the work
 * after that is ignored.
 *
 * @throws the signal's reason when it aborts, else what the work throws.
 *
 * @example
 * ```ts
 * import { rejects } from "node:assert/strict";
 * const never = new Promise(() => {});
 * await rejects(unlessAborted(never, AbortSignal.timeout(1)), { name: "TimeoutError" });
 * ```
 */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const abort = Promise.withResolvers<never>();
  const onAbort = () => abort.reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([abort.promise, work]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/**
 * Resolves when one of the signals aborts.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * const stop = new AbortController();
 * const stopped = untilAborted(stop.signal);
 * stop.abort();
 * equal(await stopped, undefined);
 * ```
 */
export async function untilAborted(...signals: readonly AbortSignal[]): Promise<void> {
  const abort = Promise.withResolvers<void>();
  const onAbort = () => abort.resolve();
  if (signals.some(({ aborted }) => aborted)) onAbort();
  for (const signal of signals) signal.addEventListener("abort", onAbort);
  await abort.promise;
  for (const signal of signals) signal.removeEventListener("abort", onAbort);
}
