/** One simulation: a busy time, a time to come to rest, and tests of the rest. */

import { IPPOOLS } from "../../lib/api/resources.ts";
import { RECORD_READABLE } from "../../lib/reconcile/ippool/record/unreadable_entries.ts";
import { conditionOf } from "./checks/facts.ts";
import { handBackProblems } from "./checks/hand_back_checks.ts";
import { problemsAtRest } from "./checks/rest_checks.ts";
import { vmProblemsAtRest } from "./checks/vm_checks.ts";
import { ACTIONS } from "./users/actions.ts";
import { createGoConfig } from "./users/config_actions.ts";
import { createNetwork, createPool } from "./users/pool_actions.ts";
import { User } from "./users/user.ts";
import { restoreBackupSometime } from "./world/backup.ts";
import { DISTURBANCES } from "./world/disturbances.ts";
import { World } from "./world/world.ts";

/** Longer than every wait of the program before it tries again. */
const QUIET_MS = 75_000;
const REST_MS_MAX = 1_200_000;
const STEP_MS = 5000;

/** How a simulation is cut short, to find the least that fails. */
export interface SeedOptions {
  readonly seed: number;
  /** Users stop after this many actions. */
  readonly actionsMax?: number;
}

/** Runs a seed. @returns Its world, whose `problem` says what was broken. */
export async function runSeed({ seed, actionsMax = Infinity }: SeedOptions): Promise<World> {
  const world = new World(seed);
  const user = new User(world);
  for (let number = 0; number < world.scenario.networks; number++) {
    if (user.sometimes(0.9)) createNetwork(user, number);
    if (user.sometimes(0.8)) createPool(user, number, `pool-${"abc"[number]}`);
  }
  if (user.sometimes(0.2)) {
    for (let count = user.upTo(5); count > 0; count--) {
      createGoConfig(user);
    }
  }
  for (const process of world.processes) process.start();
  disturb(world);
  restoreBackupSometime(world);
  await act(world, user, actionsMax);
  if (world.problem === undefined) await rest(world);
  return world;
}

async function act(world: World, user: User, actionsMax: number): Promise<void> {
  const { scenario, clock } = world;
  const chance = world.chance("actions");
  const isOver = () => world.problem !== undefined;
  await clock.advance(chance() * 5000, isOver);
  for (let count = 0; count < Math.min(scenario.actions, actionsMax) && !isOver(); count++) {
    const action = ACTIONS[drawWeighted(scenario.actionWeights, chance)];
    if (action !== undefined) {
      world.note(`users ${action.name}`);
      action.run(user);
    }
    await clock.advance(-Math.log(1 - chance()) * scenario.actionEveryMs, isOver);
  }
}

function disturb(world: World): void {
  const { scenario, clock, weather, processes } = world;
  const { disturbanceEveryMs } = scenario;
  if (disturbanceEveryMs === undefined) return;
  const chance = world.chance("disturbances");
  const next = () => {
    if (weather.isFair) return;
    const index = drawWeighted(scenario.disturbanceWeights, chance);
    const process = processes[Math.floor(chance() * processes.length)]!;
    if (process.isRunning) DISTURBANCES[index]?.run(world, process, chance);
    clock.after(-Math.log(1 - chance()) * disturbanceEveryMs, next);
  };
  clock.after(chance() * disturbanceEveryMs, next);
}

/** Ends the faults, and judges what comes of it; then once more by new processes, and by new lists. */
async function rest(world: World): Promise<void> {
  world.note("the faults end");
  world.weather.isFair = true;
  const wasClockWrong = world.processes.some((process) => process.wasClockWrong);
  const isDated = world.api.list(IPPOOLS).some((pool) => conditionOf(pool, RECORD_READABLE) !== "");
  for (const process of world.processes) {
    process.life?.thaw();
    process.skewMs = 0;
    // What was judged by the wrong time, by whomever, is judged again after a start.
    if (wasClockWrong && isDated) process.kill("its clock is right now");
    if (process.link !== undefined) process.link.isCut = false;
    if (!process.isRunning) process.start();
  }
  if (!await comesToRest(world)) return;
  judge(world, "at rest");
  if (world.problem !== undefined) return;
  const [first, ...others] = world.processes;
  for (const process of others) process.stop();
  await restartWithoutWrites(world, "after a restart", () => first!.kill("to see a new one"));
  await restartWithoutWrites(world, "after new lists", () => {
    world.api.compacted = world.api.version;
    first!.link?.loseWatches();
  });
  for (const process of world.processes) process.stop();
  await world.clock.advance(30_000);
}

async function restartWithoutWrites(
  world: World,
  when: string,
  restart: () => void,
): Promise<void> {
  if (world.problem !== undefined) return;
  const { writes } = world;
  restart();
  await world.clock.advance(QUIET_MS, () => world.problem !== undefined);
  const { length } = world.processes.filter(({ leads }) => leads);
  if (length !== 1) world.fail(`${when}, ${length} processes lead`);
  if (world.writes > writes) world.fail(`${when}, ${world.writes - writes} things are written`);
  judge(world, when);
}

function judge(world: World, when: string): void {
  const problems = [
    ...problemsAtRest(world.api, world.scenario.mayLabel),
    ...vmProblemsAtRest(world.api),
    ...handBackProblems(world.api),
    ...world.events.problems(),
  ];
  if (problems.length > 0) world.fail(`${when}: ${problems.join("; ")}`);
}

async function comesToRest(world: World): Promise<boolean> {
  const { clock } = world;
  const startMs = clock.elapsedMs;
  const isOver = () => world.problem !== undefined;
  world.changedMs = Math.max(world.changedMs, startMs);
  while (clock.elapsedMs - world.changedMs < QUIET_MS) {
    await clock.advance(STEP_MS, isOver);
    if (isOver()) return false;
    if (clock.elapsedMs - startMs > REST_MS_MAX) {
      world.fail("the controllers do not come to rest");
      return false;
    }
  }
  return true;
}

function drawWeighted(weights: readonly number[], chance: () => number): number {
  let left = chance() * weights.reduce((sum, weight) => sum + weight, 0);
  return weights.findIndex((weight) => (left -= weight) < 0);
}
