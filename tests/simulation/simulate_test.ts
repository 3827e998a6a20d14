/** The simulation in the length that each run of the tests can afford. */

import { equal } from "node:assert/strict";
import { reportOf } from "./report.ts";
import { runSeed } from "./run_seed.ts";
import { KNOWN_SEEDS } from "./seeds.ts";
import { shrink } from "./shrink.ts";

const SEEDS = 200;

Deno.test(`${SEEDS} seeded worlds keep every promise`, async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { problem } = await runSeed({ seed });
    if (problem !== undefined) throw new Error(await shrink(seed, problem));
  }
});

for (const { seed, actionsMax, once } of KNOWN_SEEDS) {
  Deno.test(`seed ${seed} keeps every promise; once ${once}`, async () => {
    const world = await runSeed({ seed, actionsMax });
    if (world.problem !== undefined) throw new Error(reportOf(world));
  });
}

Deno.test("a seed gives the same story each time", async () => {
  const [one, other] = [await runSeed({ seed: 7 }), await runSeed({ seed: 7 })];
  equal(reportOf(one, Infinity), reportOf(other, Infinity));
});
