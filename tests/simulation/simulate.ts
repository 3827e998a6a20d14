/**
 * `./dev simulate`: runs seeded worlds of controllers, users and faults. `--seeds N` runs that many,
 * from `--from N` on; `--seed N` replays one and tells all that happened, `--actions N` stops its users
 * after so many actions. `--plants` plants faults in the program and sees whether they are found.
 * Exits with 1 and the story of the first seed in which a promise is broken; `--brief` tells it in a
 * line, and `--keep-going` does not stop there.
 */

import { parseArgs } from "node:util";
import { wholeNumber } from "../support/harness/whole_number.ts";
import { runMain } from "../../tools/run_main.ts";
import { reportOf } from "./report.ts";
import { PLANTS } from "./plants/plants.ts";
import { findPlant } from "./plants/run_plants.ts";
import { runSeed } from "./run_seed.ts";
import { shrink } from "./shrink.ts";

const SEEDS_DEFAULT = 1000;
const REPORT_EVERY = 500;
const PLANT_SEEDS_MAX = 500;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: "string" },
      seeds: { type: "string" },
      from: { type: "string" },
      actions: { type: "string" },
      brief: { type: "boolean" },
      "keep-going": { type: "boolean" },
      plants: { type: "boolean" },
    },
  });
  if (values.plants) return await runPlants();
  const seed = wholeNumber(values.seed);
  if (seed !== undefined) return await replay(seed, wholeNumber(values.actions));
  return await runSeeds({
    from: wholeNumber(values.from) ?? 1,
    seeds: wholeNumber(values.seeds) ?? SEEDS_DEFAULT,
    isBrief: values.brief === true || values["keep-going"] === true,
    isKeptGoing: values["keep-going"] === true,
  });
}

async function replay(seed: number, actionsMax = Infinity): Promise<number> {
  const world = await runSeed({ seed, actionsMax });
  console.log(reportOf(world, Infinity));
  return world.problem === undefined ? 0 : 1;
}

/** Which seeds are run, and what is said of one that fails. */
interface Seeds {
  readonly from: number;
  readonly seeds: number;
  readonly isBrief: boolean;
  readonly isKeptGoing: boolean;
}

async function runSeeds({ from, seeds, isBrief, isKeptGoing }: Seeds): Promise<number> {
  const startMs = performance.now();
  let failures = 0;
  for (let done = 1; done <= seeds; done++) {
    const { seed, problem } = await runSeed({ seed: from + done - 1 });
    if (problem !== undefined) {
      failures++;
      if (isBrief) console.log(`seed ${seed}: ${problem}`);
      else console.error(await shrink(seed, problem));
      if (!isKeptGoing) return 1;
    }
    if (done % REPORT_EVERY === 0) {
      const perSecond = (done / (performance.now() - startMs) * 1000).toFixed(1);
      console.log(`${done} seeds, ${perSecond} seeds/s`);
    }
  }
  console.log(`${seeds} seeds from ${from} on, ${failures} of them broken`);
  return failures === 0 ? 0 : 1;
}

async function runPlants(): Promise<number> {
  let missed = 0;
  for (const plant of PLANTS) {
    const { problem } = await findPlant(plant, PLANT_SEEDS_MAX);
    if (problem === undefined) missed++;
    console.log(`${plant.name}\n  ${problem ?? `not found in ${PLANT_SEEDS_MAX} seeds`}`);
  }
  return missed === 0 ? 0 : 1;
}

if (import.meta.main) await runMain(main);
