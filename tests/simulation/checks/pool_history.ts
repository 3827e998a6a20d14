/** Which pools there were when, and what their records said. */

import type { Commit } from "../api/model_api.ts";
import { type PoolFacts, poolFacts } from "./facts.ts";

interface PoolState {
  readonly version: number;
  readonly pool: PoolFacts | undefined;
}

/** All versions of all pools. */
export class PoolHistory {
  readonly #states = new Map<string, PoolState[]>();

  note({ version, key, after }: Commit): void {
    const states = this.#states.get(key) ?? [];
    this.#states.set(key, states);
    states.push({ version, pool: after && poolFacts(after) });
  }

  /** The pools of a network after a version. */
  at(network: string, version: number): readonly PoolFacts[] {
    return [...this.#states.values()].flatMap((states) => {
      const { pool } = states.findLast((state) => state.version <= version) ?? {};
      return pool?.network === network ? [pool] : [];
    });
  }

  /** The versions of the pools of a network that were there at some time between two versions. */
  between(
    network: string,
    { from, to }: { readonly from: number; readonly to: number },
  ): readonly PoolFacts[] {
    return [...this.#states.values()].flatMap((states) => {
      const first = states.findLastIndex((state) => state.version <= from);
      return states.slice(Math.max(0, first)).flatMap(({ version, pool }) =>
        version <= to && pool?.network === network ? [pool] : []
      );
    });
  }
}
