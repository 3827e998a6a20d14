/** Work that many clients ask for at once, done once for all of them. */

/**
 * Runs a task one run at a time. Those who ask while it runs share the next run, so each gets a result
 * that was begun after it asked. Between two runs there is a pause as long as the last run, so that the
 * task never takes more than half of the time.
 */
export class Coalesced<T> {
  readonly #task: () => Promise<T>;
  #running: Promise<unknown> = Promise.resolve();
  #next: Promise<T> | undefined;
  /** Milliseconds of the monotonic clock. */
  #pauseEndsMs = 0;

  constructor(task: () => Promise<T>) {
    this.#task = task;
  }

  /** The result of the next run. */
  run(): Promise<T> {
    this.#next ??= this.#runAfter(this.#running);
    return this.#next;
  }

  async #runAfter(last: Promise<unknown>): Promise<T> {
    await last.catch(() => {});
    const pauseMs = this.#pauseEndsMs - performance.now();
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    this.#running = this.#next ?? Promise.resolve();
    this.#next = undefined;
    const startMs = performance.now();
    try {
      return await this.#task();
    } finally {
      const endMs = performance.now();
      this.#pauseEndsMs = endMs + (endMs - startMs);
    }
  }
}
