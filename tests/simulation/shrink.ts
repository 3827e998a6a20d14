/** Finds how few actions of the users are enough to break a seed. */

import { reportOf } from "./report.ts";
import { runSeed } from "./run_seed.ts";

/**
 * The story of a seed that fails, with as few actions as it takes, and how to see it again.
 *
 * @param problem What is broken in the whole of it.
 */
export async function shrink(seed: number, problem: string): Promise<string> {
  for (let actionsMax = 0;; actionsMax++) {
    const world = await runSeed({ seed, actionsMax });
    const isWhole = actionsMax >= world.scenario.actions;
    const isSame = world.problem !== undefined && kindOf(world.problem) === kindOf(problem);
    if (!isSame && !isWhole) continue;
    const cut = isWhole ? "" : ` --actions ${actionsMax}`;
    return `${reportOf(world)}\nreplay: ./dev simulate --seed ${seed}${cut}`;
  }
}

/** The first sentence without the names of objects. */
function kindOf(problem: string): string {
  const [first = ""] = problem.split("; ");
  return first.replaceAll(/\S*[\d/]\S*/g, "…");
}
