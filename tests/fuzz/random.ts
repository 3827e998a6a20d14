/** Chance that can be repeated. */

import { mulberry32 } from "../support/harness/seeded_random.ts";

/** A stream of choices that depends on its seed alone. */
export class SeededRandom {
  readonly #draw: () => number;

  /** @param seed Any integer; its low 32 bits count. */
  constructor(seed: number) {
    this.#draw = mulberry32(seed);
  }

  /** The next integer from 0 up to, but not including, the limit. */
  below(limit: number): number {
    return Math.floor(this.#draw() * limit);
  }

  /** True once in so many calls on average. */
  oneIn(times: number): boolean {
    return this.below(times) === 0;
  }

  /** One of the elements of a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}
