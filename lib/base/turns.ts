/** Work that takes turns, so that only so much of it is under way at once. */

/**
 * Runs tasks, the first come first.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * const turns = new Turns(1);
 * const order: string[] = [];
 * await Promise.all(["a", "b"].map((name) =>
 *   turns.run(async () => {
 *     order.push(`${name} begins`);
 *     await Promise.resolve();
 *     order.push(`${name} ends`);
 *   })
 * ));
 * deepEqual(order, ["a begins", "a ends", "b begins", "b ends"]);
 * ```
 */
export class Turns {
  readonly #atOnce: number;
  readonly #waiting: (() => void)[] = [];
  #underWay = 0;

  /** @param atOnce Tasks under way at most. */
  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  /** Runs a task when it is its turn. @returns What it returns. @throws What it throws. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#underWay < this.#atOnce) this.#underWay++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await task();
    } finally {
      // The next takes over the place, so that nobody who comes meanwhile does.
      const next = this.#waiting.shift();
      if (next === undefined) this.#underWay--;
      else next();
    }
  }
}
