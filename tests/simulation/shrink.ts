/** Finds how few actions of the users are enough to break a seed. */

import { reportOf } from "./report.ts";
import { runSeed } from "./run_seed.ts";

/** The story of a seed that fails, with as few actions as it takes, and how to see it again. */
export async function shrink(seed: number): Promise<string> {
  for (let actionsMax = 0;; actionsMax++) {
    const world = await runSeed({ seed, actionsMax });
    const isWhole = actionsMax >= world.scenario.actions;
    if (world.problem === undefined && !isWhole) continue;
    const cut = isWhole ? "" : ` --actions ${actionsMax}`;
    return `${reportOf(world)}\nreplay: ./dev simulate --seed ${seed}${cut}`;
  }
}
