/** Bounds how much is under way: without it, 100 requests open 100 connections. */

/**
 * Lets a fixed number of tasks run at once; the others wait in order of arrival.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * const limiter = new ConcurrencyLimiter(1);
 * const order: string[] = [];
 * await Promise.all(["a", "b"].map((name) =>
 *   limiter.run(async () => {
 *     order.push(`${name} begins`);
 *     await Promise.resolve();
 *     order.push(`${name} ends`);
 *   })
 * ));
 * deepEqual(order, ["a begins", "a ends", "b begins", "b ends"]);
 * ```
 */
export class ConcurrencyLimiter {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  /** @param tasksMax Tasks that run at once. */
  constructor(tasksMax: number) {
    this.#free = tasksMax;
  }

  /**
   * Runs the task when there is room.
   *
   * @param signal Ends the wait; a task that runs has to watch it by itself.
   * @throws the signal's reason when it aborts during the wait, else what the task throws.
   */
  async run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (this.#free > 0) this.#free--;
    else await this.#wait(signal);
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const start = () => {
        signal?.removeEventListener("abort", giveUp);
        resolve();
      };
      const giveUp = () => {
        this.#waiting.splice(this.#waiting.indexOf(start), 1);
        reject(signal?.reason);
      };
      this.#waiting.push(start);
      signal?.addEventListener("abort", giveUp, { once: true });
    });
  }
}
