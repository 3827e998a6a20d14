/** The simulation finds faults: each of these was planted, and shows soon. */

import { notEqual } from "node:assert/strict";
import { PLANTS } from "./plants.ts";
import { findPlant } from "./run_plants.ts";

const SEEDS_MAX = 500;

for (const plant of PLANTS) {
  Deno.test(`the simulation finds a controller that ${plant.name}`, async () => {
    const { problem } = await findPlant(plant, SEEDS_MAX);
    notEqual(problem, undefined, `${SEEDS_MAX} seeds did not show it`);
  });
}
