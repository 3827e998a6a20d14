/** Lets one task at a time run for a key, where two loops work on the same thing. */

/** Tasks by key, in order of arrival. */
export class OneAtATime {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs the task when those before it have ended. */
  async run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const run = before.then(task, task);
    this.#last.set(key, run);
    try {
      return await run;
    } finally {
      if (this.#last.get(key) === run) this.#last.delete(key);
    }
  }
}
