/** Runs the simulation over a program with a fault, and sees whether it finds it. */

import { fileURLToPath, pathToFileURL } from "node:url";
import { resolve } from "node:path";
import { PROJECT } from "../../../tools/steps.ts";
import type { Plant } from "./plants.ts";

/** What the simulation found. */
export interface Finding {
  readonly plant: Plant;
  /** What it says of the seed in which the fault showed; `undefined` when it did not show. */
  readonly problem: string | undefined;
}

/** A fault may also show by going round for ever, which the simulation cannot see. */
const MS_MAX = 600_000;

const IMPORT = /(from|import)(\s*\(?\s*)"(\.{1,2}\/[^"]+)"/g;

/** Runs seeds until the fault shows. */
export async function findPlant(plant: Plant, seedsMax: number): Promise<Finding> {
  const work = await Deno.makeTempDir({ prefix: "vm-dhcp-plant-" });
  try {
    const map = await importMapOf(plant, work);
    const { success, stdout } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--allow-all", "--no-check", `--import-map=${map}`],
        ...["tests/simulation/simulate.ts", "--brief", "--seeds", String(seedsMax)],
        ...["--from", String(plant.firstSeed ?? 1)],
      ],
      cwd: PROJECT,
      stdin: "null",
      stderr: "null",
      signal: AbortSignal.timeout(MS_MAX),
    }).output();
    const problem = new TextDecoder().decode(stdout).split("\n")
      .find((line) => /^seed \d+: /.test(line));
    if (!success && problem === undefined) throw new Error(`cannot run with "${plant.name}"`);
    return { plant, problem };
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

/**
 * The file with the fault in it.
 *
 * @throws {Error} when the words to be replaced do not stand there exactly once.
 */
async function plantedSource({ name, file, from, to }: Plant): Promise<string> {
  const source = await Deno.readTextFile(resolve(PROJECT, file));
  const parts = source.split(from);
  if (parts.length === 2) return parts.join(to);
  throw new Error(`"${name}": ${file} has its words ${parts.length - 1} times`);
}

/** Maps a file of the program to one with a fault, and leaves all others as they are. */
async function importMapOf(plant: Plant, work: string): Promise<string> {
  const original = pathToFileURL(resolve(PROJECT, plant.file));
  const source = await plantedSource(plant);
  const absolute = source.replaceAll(
    IMPORT,
    (_, word, space, path) => `${word}${space}"${new URL(path, original)}"`,
  );
  const planted = `${work}/planted.ts`;
  await Deno.writeTextFile(planted, absolute);
  const config = JSON.parse(await Deno.readTextFile(`${PROJECT}/deno.json`));
  const imports = { ...config.imports, [String(original)]: String(pathToFileURL(planted)) };
  const map = `${work}/import_map.json`;
  await Deno.writeTextFile(map, JSON.stringify({ imports }));
  return fileURLToPath(pathToFileURL(map));
}
