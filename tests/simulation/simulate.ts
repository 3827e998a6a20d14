/**
 * `./dev simulate`: runs seeded worlds of controllers, users and faults. `--seeds N` runs that many,
 * from `--from N` on; `--seed N` replays one and tells all that happened. Exits with 1 and the story of
 * the first seed in which a promise is broken.
 */

import { parseArgs } from "node:util";
import { wholeNumber } from "./whole_number.ts";
import { reportOf } from "./report.ts";
import { runSeed } from "./run_seed.ts";
import { shrink } from "./shrink.ts";

const SEEDS_DEFAULT = 1000;
const REPORT_EVERY = 500;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: "string" },
      seeds: { type: "string" },
      from: { type: "string" },
      actions: { type: "string" },
      "keep-going": { type: "boolean" },
    },
  });
  const seed = wholeNumber(values.seed);
  if (seed !== undefined) return await replay(seed, wholeNumber(values.actions));
  const from = wholeNumber(values.from) ?? 1;
  return await runSeeds(from, wholeNumber(values.seeds) ?? SEEDS_DEFAULT, values["keep-going"]);
}

async function replay(seed: number, actionsMax = Infinity): Promise<number> {
  const world = await runSeed({ seed, actionsMax });
  console.log(reportOf(world, Infinity));
  return world.problem === undefined ? 0 : 1;
}

async function runSeeds(from: number, seeds: number, isKeptGoing = false): Promise<number> {
  const startMs = performance.now();
  let failures = 0;
  for (let done = 0; done < seeds; done++) {
    const world = await runSeed({ seed: from + done });
    if (world.problem !== undefined) {
      failures++;
      if (isKeptGoing) console.log(`seed ${world.seed}: ${world.problem}`);
      else {
        console.error(await shrink(world.seed, world.problem));
        return 1;
      }
    }
    if ((done + 1) % REPORT_EVERY === 0) {
      const perSecond = ((done + 1) / (performance.now() - startMs) * 1000).toFixed(1);
      console.log(`${done + 1} seeds, ${perSecond} seeds/s`);
    }
  }
  console.log(`${seeds} seeds from ${from} on, ${failures} of them broken`);
  return failures === 0 ? 0 : 1;
}

if (import.meta.main) {
  Deno.exitCode = await main();
}
